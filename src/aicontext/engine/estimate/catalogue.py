"""Models by name: windows, prices and how their tokens are counted.

The data is made by tools/build_catalogue.py; docs/adr/0002-model-catalogue.md says from what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypedDict, TypeVar

from aicontext.domain.usage import Model, Prices, Tariff, Tier

_LONGEST_NAME = 200
_DATED = re.compile(
    r"(?:[-@]20\d\d-?\d\d-?\d\d|-latest|-preview|-v\d(?::\d)?|\[[^\]]*\]|:[a-z0-9]+)$"
)
_REGION = re.compile(
    r"^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai)\."
)

_T = TypeVar("_T")
_TariffRow = list[Any]
"""steps, tier, since, hours, without empty ends. Steps: prices, tokens, prices, ..."""

_ModelRow = tuple[str, int, list[_TariffRow]]
_Packed = str
"""A row as JSON: all of them read take two megabytes, and few are asked for."""

_Pattern = tuple[int, list[tuple[str, str]]]


class _Provider(TypedDict):
    id: str
    models: list[_Packed]
    names: dict[str, int]
    patterns: list[_Pattern]


class _Default(TypedDict):
    window: int
    max_output: int
    family: str
    cache_minimum: int


class _Overlay(TypedDict):
    default: _Default
    providers: dict[str, str]
    regions: dict[str, dict[str, float]]
    families: list[tuple[str, str]]
    windows: list[tuple[str, int]]
    max_outputs: list[tuple[str, int]]
    cache_minimums: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Where the model data comes from and for which day its prices hold (ISO date)."""

    source: str
    date: str
    providers: tuple[_Provider, ...]
    makers: tuple[_Provider, ...]


@cache
def catalogue() -> Catalogue:
    """The catalogue of this release; loaded on first use."""
    data = _data("catalogue.json")
    providers = tuple(data["providers"])
    return Catalogue(data["source"], data["date"], providers, providers[: data["makers"]])


@lru_cache(maxsize=512)
def model(name: str, provider: str = "") -> Model:
    """What is known about the model called `name`.

    Looked for as it is, and without the path, region, date and suffixes around it, by exact name
    and by the makers' naming patterns. A name found nowhere gets known=False and defaults.
    provider: who serves it, asked first; one that is not known makes no difference.
    """
    asked = name.strip().lower()[:_LONGEST_NAME]
    for found, at in _matches(asked, provider.lower()):
        return _model(found, at)
    return _default(name[:_LONGEST_NAME], asked)


def _matches(asked: str, serving: str) -> Iterator[tuple[_Provider, int]]:
    """Who serves it comes first, by what we are told and by what the name begins with; then makers,
    then who serves others."""
    known, names = catalogue(), list(_spellings(asked))
    serves = [_overlay()["providers"].get(one, one) for one in (serving, asked.partition("/")[0])]
    if any(_REGION.match(part) for part in (asked, asked.rpartition("/")[2])):
        serves.append("aws")
    hinted = [p for one in serves for p in known.providers if p["id"] == one]
    for provider in (*hinted, *known.makers):
        for spelling in names:
            if (at := provider["names"].get(spelling)) is not None:
                yield provider, at
        for spelling in names:
            for at, conjunction in provider["patterns"]:
                if all(_meets(spelling, operator, text) for operator, text in conjunction):
                    yield provider, at
    for spelling in names:
        for provider in known.providers:
            if (at := provider["names"].get(spelling)) is not None:
                yield provider, at


def _spellings(asked: str) -> Iterator[str]:
    """The name as asked for, then with ever less before and behind it."""
    path = asked
    while path:
        bare = path
        yield bare
        while (shorter := _DATED.sub("", bare)) != bare:
            bare = shorter
            yield bare
        inner = path.partition("/")[2] or _REGION.sub("", path)
        path = inner if inner != path else ""


def _meets(name: str, operator: str, text: str) -> bool:
    match operator:
        case "=":
            return name == text
        case "^":
            return name.startswith(text)
        case "$":
            return name.endswith(text)
        case "*":
            return text in name
        case _:
            return re.search(text, name) is not None


def _model(provider: _Provider, at: int) -> Model:
    row: _ModelRow = json.loads(provider["models"][at])
    name, window, tariffs = row
    found = _default(name, name.lower())
    return replace(
        found,
        provider=provider["id"],
        window=window or found.window,
        known=True,
        regions=tuple(_overlay()["regions"].get(provider["id"], {}).items()),
        tariffs=tuple(_tariff(*row) for row in tariffs),
    )


def _tariff(steps: Sequence[Any], tier: str = "", since: str = "", hours: str = "") -> Tariff:
    sizes = (0, *steps[1::2])
    prices = zip(sizes, (_prices(*row) for row in steps[::2]), strict=True)
    start, end = map(_second, hours.split("-")) if hours else (0, 86_400)
    return Tariff(tuple(prices), Tier(tier) if tier else Tier.STANDARD, since, (start, end))


def _second(clock: str) -> int:
    hour, minute = clock.split(":")
    return 3600 * int(hour) + 60 * int(minute)


def _default(name: str, lowered: str) -> Model:
    """What a name alone tells."""
    overlay = _overlay()
    default = overlay["default"]
    return Model(
        id=name,
        provider="",
        window=_first(overlay["windows"], lowered, default["window"]),
        max_output=_first(overlay["max_outputs"], lowered, default["max_output"]),
        family=_first(overlay["families"], lowered, default["family"]),
        cache_minimum=_first(overlay["cache_minimums"], lowered, default["cache_minimum"]),
        known=False,
        source=catalogue().source.partition(",")[0],
        day=catalogue().date,
    )


def _prices(
    base: float | None = None,
    output: float | None = None,
    read: float | None = None,
    write: float | None = None,
    write_1h: float | None = None,
) -> Prices:
    """What a provider without a price for the cache charges is its price for input."""
    paid = base or 0.0
    kept = paid if write is None else write
    return Prices(
        input=paid,
        output=output or 0.0,
        cache_read=paid if read is None else read,
        cache_write=kept,
        cache_write_1h=kept if write_1h is None else write_1h,
    )


def _first(patterns: Iterable[tuple[str, _T]], name: str, otherwise: _T) -> _T:
    return next((value for pattern, value in patterns if re.search(pattern, name)), otherwise)


@cache
def _overlay() -> _Overlay:
    overlay: _Overlay = _data("overlay.json")
    return overlay


def _data(name: str) -> Any:
    path = files("aicontext.engine.estimate").joinpath("data", name)
    return json.loads(path.read_text(encoding="utf-8"))
