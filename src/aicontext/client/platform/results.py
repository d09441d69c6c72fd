"""What the API answers with, beside the domain's own values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from aicontext.domain.analytics.usage import Dimension, Grain
from aicontext.domain.errors import AiContextError, Unavailable
from aicontext.domain.optimization import Optimization
from aicontext.domain.storage.records import Level, Period
from aicontext.domain.storage.similar import KeptContext, SimilarContext
from aicontext.domain.tools import Label, Tier, Via

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Tool:
    """An AI tool that the platform knows. ways: to reach it."""

    id: str
    name: str
    kind: str
    vendor: str
    status: str
    label: Label | None
    tier: Tier
    ways: tuple[Via, ...]
    docs: str


@dataclass(frozen=True, slots=True)
class Streamed:
    """What became of one of several contexts. index: its place among them. error: where there is
    no result."""

    index: int
    result: Optimization | None = None
    error: AiContextError | None = None


def decoded(body: bytes, kind: type[Value]) -> Value:
    """Raises Unavailable where it is not what was agreed."""
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise Unavailable(
            f"The server's answer is not understood ({error}).",
            hint="Use the same version of the client and the server.",
        ) from None


@dataclass(frozen=True, slots=True)
class _Tools:
    items: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    index: int
    result: Optimization | None = None
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _End:
    state: str = "succeeded"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of calls; money in US dollars, None where no call has a known price. reported: those whose
    provider told its usage; priced: those with a known price."""

    calls: int
    failed: int
    reported: int
    direct_tokens: int
    sent_tokens: int
    saved_tokens: int
    input: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    output: int
    priced: int
    cost: float | None
    direct_cost: float | None
    saved: float | None


@dataclass(frozen=True, slots=True)
class UsageReport:
    """rows: figures with what tells them apart. imported: of the total, calls that did not come
    through us. unpriced: by model. lost: calls that could not be recorded."""

    by: tuple[Dimension, ...]
    grain: Grain
    since: float | None
    until: float | None
    total: Figures
    rows: tuple[dict[str, Any], ...]
    imported: Figures
    unpriced: dict[str, int]
    compared: dict[str, Any] | None
    lost: int


def usage(body: bytes) -> UsageReport:
    return decoded(body, UsageReport)


@dataclass(frozen=True, slots=True)
class Budget:
    """As it stands. owner: the id of what the level names. unit: "tokens" or "usd". amount: that
    may be spent in each period; spent: by calls that ended; held: that calls under way may yet
    spend. ends_at: when it begins anew; None: never."""

    level: Level
    owner: str
    unit: str
    period: Period
    amount: float
    spent: float
    held: float
    left: float
    hard: bool
    warn_at: int
    zone: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Budgets:
    items: tuple[Budget, ...]


def budgets(body: bytes) -> tuple[Budget, ...]:
    return decoded(body, _Budgets).items


@dataclass(frozen=True, slots=True)
class _Similar:
    score: float
    handle: str
    source: str
    kind: str
    tokens: int
    at: float


@dataclass(frozen=True, slots=True)
class _AllSimilar:
    items: tuple[_Similar, ...]


def similar(body: bytes) -> tuple[SimilarContext, ...]:
    return tuple(
        SimilarContext(one.score, KeptContext(one.handle, one.source, one.kind, one.tokens, one.at))
        for one in decoded(body, _AllSimilar).items
    )


def tools(body: bytes) -> tuple[Tool, ...]:
    return decoded(body, _Tools).items


def streamed(data: bytes) -> Streamed:
    found = decoded(data, _Item)
    error = of_problem(found.problem, 422) if found.problem else None
    return Streamed(found.index, found.result, error)


def ended(data: bytes) -> None:
    """Raises Unavailable where not all was done."""
    state = decoded(data, _End).state
    if state != "succeeded":
        raise Unavailable(f"The operation {state}.", hint="Send it again.")


def error(status: int, body: bytes) -> AiContextError:
    """What an answer that is no success means."""
    try:
        told = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        told = None
    return of_problem(told if isinstance(told, dict) else {}, status)


def of_problem(told: dict[str, Any], status: int) -> AiContextError:
    """The error of the same code, with its words."""
    code, hint = str(told.get("code", "")), str(told.get("hint", ""))
    message = str(told.get("detail") or f"The server answered {status}.")
    places = [f"{one.get('at')}: {one.get('message')}" for one in told.get("errors") or ()]
    kind = _KINDS.get(code) or _BY_STATUS.get(status, Unavailable)
    made = kind.__new__(kind)
    AiContextError.__init__(made, " ".join((message, *places)), hint=hint)
    return made


def _all(kind: type[AiContextError]) -> list[type[AiContextError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in _all(child))]


_KINDS = {kind.code: kind for kind in _all(AiContextError)}
_BY_STATUS = {
    kind_status: _KINDS[code]
    for kind_status, code in {
        400: "invalid_input",
        402: "over_budget",
        401: "unauthenticated",
        403: "forbidden",
        404: "not_found",
        409: "conflict",
        412: "stale",
        413: "input_too_large",
        415: "invalid_input",
        422: "invalid_input",
        429: "limit_reached",
    }.items()
}
