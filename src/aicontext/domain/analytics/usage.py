"""Sums over usage events: what is asked for, and what comes back.

Money is summed as whole micro-cents, a hundred millionth of a US dollar. Each event's cost is
rounded to them once, so that sums of sums are the sums, in whatever order they were made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from math import floor
from operator import attrgetter

from aicontext.domain.context import Kind, Level
from aicontext.domain.events import UsageEvent
from aicontext.domain.usage import Billed, micro_cents

HOUR = 3600
"""Seconds; the finest grain."""


Place = tuple[int | None, tuple[str, ...]]


class Dimension(StrEnum):
    """What usage is told apart by. What an event does not know is the empty string."""

    ORGANISATION = "organisation"
    TEAM = "team"
    USER = "user"
    KEY = "key"
    PROJECT = "project"
    TOOL = "tool"
    SESSION = "session"
    UPSTREAM = "upstream"
    MODEL = "model"
    OUTCOME = "outcome"


COARSE = tuple(one for one in Dimension if one not in (Dimension.SESSION, Dimension.KEY))
"""Nearly every event may have a session of its own, and a session mostly has one key."""


class Grain(StrEnum):
    """Spans of time, in UTC, as providers bill."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    WHOLE = "whole"
    """All of the time that was asked for, as one."""


_VALUES: Mapping[Dimension, Callable[[UsageEvent], str]] = {
    Dimension.ORGANISATION: attrgetter("owner.organisation"),
    Dimension.TEAM: attrgetter("owner.team"),
    Dimension.USER: attrgetter("owner.user"),
    Dimension.KEY: attrgetter("key"),
    Dimension.PROJECT: attrgetter("caller.project"),
    Dimension.TOOL: attrgetter("caller.tool"),
    Dimension.SESSION: attrgetter("caller.session"),
    Dimension.UPSTREAM: attrgetter("upstream"),
    Dimension.MODEL: attrgetter("model"),
    Dimension.OUTCOME: attrgetter("outcome"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuery:
    """Events with since <= at < until, in seconds since the epoch, told apart by `by` and grain.

    where: of events that have, in each dimension named, one of the values; without values, none.
    """

    since: float = float("-inf")
    until: float = float("inf")
    by: tuple[Dimension, ...] = ()
    grain: Grain = Grain.WHOLE
    where: Mapping[Dimension, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UsageSums:
    """Of calls.

    failed: without an answer of status below 400. reported: those whose provider told its usage;
    billed: that usage; predicted_read: of them, the cached tokens that the ledger expected. priced:
    those whose cost is known both as it was and as it would have been without us; cost,
    direct_cost: of them, in micro-cents.
    """

    calls: int = 0
    failed: int = 0
    direct_tokens: int = 0
    sent_tokens: int = 0
    reported: int = 0
    billed: Billed = field(default_factory=Billed)
    predicted_read: int = 0
    priced: int = 0
    cost: int = 0
    direct_cost: int = 0

    def __add__(self, other: UsageSums) -> UsageSums:
        return UsageSums(
            self.calls + other.calls,
            self.failed + other.failed,
            self.direct_tokens + other.direct_tokens,
            self.sent_tokens + other.sent_tokens,
            self.reported + other.reported,
            self.billed + other.billed,
            self.predicted_read + other.predicted_read,
            self.priced + other.priced,
            self.cost + other.cost,
            self.direct_cost + other.direct_cost,
        )

    def __neg__(self) -> UsageSums:
        return UsageSums(
            -self.calls,
            -self.failed,
            -self.direct_tokens,
            -self.sent_tokens,
            -self.reported,
            Billed(*(-tokens for tokens in astuple(self.billed))),
            -self.predicted_read,
            -self.priced,
            -self.cost,
            -self.direct_cost,
        )

    @property
    def unpriced(self) -> int:
        return self.calls - self.priced

    @property
    def saved_tokens(self) -> int:
        return self.direct_tokens - self.sent_tokens

    @property
    def saved(self) -> int:
        """Micro-cents; negative where going through us was dearer."""
        return self.direct_cost - self.cost


@dataclass(frozen=True, slots=True)
class UsageRow:
    """at: when its span of time begins, in seconds since the epoch; None for the whole. keys: a
    value for each dimension asked for, in that order."""

    at: int | None
    keys: tuple[str, ...]
    sums: UsageSums


@dataclass(frozen=True, slots=True)
class OptimizationRow:
    """Blocks of a kind that were newly shown at a level, once each; at, keys: as of a UsageRow."""

    at: int | None
    keys: tuple[str, ...]
    kind: Kind
    level: Level
    blocks: int
    original_tokens: int
    optimized_tokens: int


def counted(event: UsageEvent) -> UsageSums:
    """What one event adds to the sums."""
    priced = event.cost is not None and event.direct_cost is not None
    found = UsageSums(
        calls=1,
        failed=int(not 0 < event.status < 400),
        direct_tokens=event.direct_tokens,
        sent_tokens=event.sent_tokens,
        reported=int(event.billed is not None),
        billed=event.billed or Billed(),
        predicted_read=event.predicted_read if event.billed is not None else 0,
        priced=int(priced),
        cost=micro_cents(event.cost or 0) if priced else 0,
        direct_cost=micro_cents(event.direct_cost or 0) if priced else 0,
    )
    return found if event.sign > 0 else -found


def value(event: UsageEvent, dimension: Dimension) -> str:
    """Of the event, in this dimension."""
    return str(_VALUES[dimension](event))


def begun(at: float, grain: Grain) -> int | None:
    """When the span of time begins that holds the moment."""
    if grain is Grain.WHOLE:
        return None
    if grain is Grain.MONTH:
        day = datetime.fromtimestamp(floor(at), UTC)
        return int(day.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp())
    span = HOUR if grain is Grain.HOUR else 24 * HOUR
    return floor(at) // span * span


def asked_for(events: Iterable[UsageEvent], query: UsageQuery) -> Iterator[UsageEvent]:
    """Those of the events that the query is about."""
    for event in events:
        if query.since <= event.at < query.until and all(
            value(event, one) in wanted for one, wanted in query.where.items()
        ):
            yield event


def summed(events: Iterable[UsageEvent], query: UsageQuery) -> list[UsageRow]:
    """The rows, by time and keys, of what the query asks for among the events."""
    sums: dict[Place, UsageSums] = defaultdict(UsageSums)
    for place, event in placed(events, query):
        sums[place] += counted(event)
    return [UsageRow(*place, sums[place]) for place in sorted(sums, key=place_order)]


def optimized(events: Iterable[UsageEvent], query: UsageQuery) -> list[OptimizationRow]:
    """The same of what was done to blocks, by time, keys, kind and level."""
    sums: dict[tuple[Place, Kind, Level], tuple[int, int, int]] = {}
    for place, event in placed(events, query):
        for change in event.changes:
            key = place, change.kind, change.level
            held = sums.get(key, (0, 0, 0))
            added = (1, change.original_tokens, change.optimized_tokens)
            sums[key] = held[0] + added[0], held[1] + added[1], held[2] + added[2]
    order = sorted(sums, key=lambda key: (place_order(key[0]), key[1:]))
    return [OptimizationRow(*key[0], *key[1:], *sums[key]) for key in order]


def placed(events: Iterable[UsageEvent], query: UsageQuery) -> Iterator[tuple[Place, UsageEvent]]:
    """The events that the query is about, each with the time and keys of its row."""
    for event in asked_for(events, query):
        keys = tuple(value(event, one) for one in query.by)
        yield (begun(event.at, query.grain), keys), event


def place_order(place: Place) -> tuple[int, tuple[str, ...]]:
    """By which rows are sorted."""
    return place[0] or 0, place[1]
