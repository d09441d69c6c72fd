"""Write the model catalogue from the `genai-prices` package (MIT) and the overlay beside it.

    python tools/build_catalogue.py YYYY-MM-DD

The date says up to when prices are known. The overlay is written by hand: longest answers, windows
that the package lacks, and the token family, each for the first pattern that a model's name
matches.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices import types
from genai_prices.data import providers

TARGET = Path(__file__).parent.parent / "src/aicontext/engine/estimate/data/catalogue.json"
PRICES = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok")
TIERS = (
    ("batch", ("processing", "batch")), ("flex", ("service_tier", "flex")),
    ("priority", ("service_tier", "priority")), ("fast", ("service_tier", "fast")),
    ("fast", ("speed", "fast")),
)  # fmt: skip
# Who makes models comes before who serves those of others.
MAKERS = (
    "anthropic", "openai", "google", "x-ai", "mistral", "deepseek", "moonshotai", "zai",
    "minimax", "cohere", "meta", "perplexity", "arcee", "voyageai",
)  # fmt: skip
RULES = {
    types.ClauseEquals: ("=", "equals"),
    types.ClauseStartsWith: ("^", "starts_with"),
    types.ClauseEndsWith: ("$", "ends_with"),
    types.ClauseContains: ("*", "contains"),
    types.ClauseRegex: ("~", "regex"),
}


def rules(clause: Any) -> Iterator[list[list[str]]]:
    """Conjunctions, any of which a name must meet: [[operator, text], ...]."""
    if isinstance(clause, types.ClauseOr):
        for one in clause.or_:
            yield from rules(one)
    elif isinstance(clause, types.ClauseAnd):
        yield [rule for one in clause.and_ for conjunction in rules(one) for rule in conjunction]
    else:
        operator, field = RULES[type(clause)]
        yield [[operator, getattr(clause, field)]]


def tariffs(model: Any) -> Iterator[list[Any]]:
    """What holds always, then what holds from a day on or at some hours instead; at last what is
    asked in other service tiers. Each is [steps, tier, since, hours] without empty ends."""
    standard = model.prices
    if not isinstance(standard, list):
        standard = [types.ConditionalPrice(prices=standard)]
    for one in standard:
        yield _shortened([steps(one.prices), "", *_limits(one.constraint)])
    for tier, (key, value) in TIERS:
        context = {key: value}
        days = sorted({*_days(standard), *_days(offered := _offered(model, context))})
        before: list[Any] | None = None
        for day in days if offered else ():
            moment = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
            if any(one.constraint is None or one.constraint.active(moment) for one in offered):
                found = steps(model.get_prices(moment, context))
                if found != before:
                    yield _shortened([found, tier, "" if before is None else day.isoformat(), ""])
                before = found


def steps(prices: Any) -> list[Any]:
    """Prices in the order of PRICES; then, where a longer input has others, from which size on it
    has which: [prices, tokens, prices, ...]."""
    values = [getattr(prices, name) for name in PRICES]
    tiers = [v.tiers for v in values if isinstance(v, types.TieredPrices)]
    found: list[Any] = [_shortened([_price(value, 0) for value in values])]
    for start in sorted({tier.start for one in tiers for tier in one}):
        found += [start, _shortened([_price(value, start + 1) for value in values])]
    return found


def _price(value: Any, tokens: int) -> float | None:
    if isinstance(value, types.TieredPrices):
        reached = [tier.price for tier in value.tiers if tokens > tier.start]
        value = reached[-1] if reached else value.base
    return None if value is None else round(float(value), 8)


def _offered(model: Any, context: dict[str, str]) -> list[Any]:
    variants = model.price_variants or ()
    return [one for one in variants if one.when == context and one.prices.__dict__]


def _days(ones: list[Any]) -> Iterator[datetime.date]:
    for one in ones:
        if one.constraint is None:
            yield datetime.date(1970, 1, 1)
        elif isinstance(one.constraint, types.StartDateConstraint):
            yield one.constraint.start_date


def _limits(constraint: Any) -> tuple[str, str]:
    """(from which day on, at which hours), in UTC."""
    if isinstance(constraint, types.StartDateConstraint):
        return constraint.start_date.isoformat(), ""
    if constraint is None:
        return "", ""
    return "", f"{constraint.start_time:%H:%M}-{constraint.end_time:%H:%M}"


def _shortened(row: list[Any]) -> list[Any]:
    while row[-1] in ("", None):
        row = row[:-1]
    return row


def provider_row(provider: Any, moment: datetime.datetime) -> dict[str, Any]:
    models, names, patterns = [], {}, []
    for model in provider.models:
        if model.get_prices(moment).input_mtok is None:
            continue
        at = len(models)
        row = [model.id, model.context_window or 0, list(tariffs(model))]
        models.append(compact(row))
        names.setdefault(model.id.lower(), at)
        for conjunction in rules(model.match):
            if len(conjunction) == 1 and conjunction[0][0] == "=":
                names.setdefault(conjunction[0][1].lower(), at)
            else:
                patterns.append([at, conjunction])
    return {"id": provider.id, "models": models, "names": names, "patterns": patterns}


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def main(day: str) -> None:
    moment = datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.UTC)
    rank = {name: place for place, name in enumerate(MAKERS)}
    ordered = sorted(providers, key=lambda p: (rank.get(p.id, len(rank)), p.id))
    rows = [provider_row(provider, moment) for provider in ordered]
    catalogue = {
        "source": f"genai-prices {version('genai-prices')}, MIT, Copyright Pydantic Services Inc.",
        "date": day,
        "makers": len(MAKERS),
        "providers": [row for row in rows if row["models"]],
    }
    TARGET.write_text(compact(catalogue).replace('{"id":', '\n{"id":') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
