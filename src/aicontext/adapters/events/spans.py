"""Sums that are kept, and which of them answer a query, in whatever words a store speaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isinf
from typing import Any

from aicontext.domain.analytics.ledger import Balance
from aicontext.domain.analytics.usage import (
    COARSE,
    HOUR,
    Dimension,
    Grain,
    OptimizationRow,
    UsageQuery,
    UsageRow,
    UsageSums,
)
from aicontext.domain.context import Kind, Level
from aicontext.domain.usage import Billed

DAY = 24 * HOUR

_LONGEST = {Grain.HOUR: HOUR, Grain.DAY: DAY}
"""Spans of time that sums may be kept by, to tell grains apart."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of sums by spans of seconds and dimensions."""

    table: str
    span: int
    by: tuple[Dimension, ...] = COARSE

    def serves(self, query: UsageQuery) -> bool:
        asked = {*query.by, *query.where}
        return asked <= set(self.by) and self.span <= _LONGEST.get(query.grain, DAY)


Part = tuple[Kept | None, float, float]
"""From when until when the table is summed up, or the events."""


def parts(query: UsageQuery, tables: Sequence[Kept]) -> list[Part]:
    """All of the query's time: whole spans as they are kept, and what is left at their ends of
    events. tables: those that are there, in the order in which they are tried."""
    found: list[Part] = []
    left = [(query.since, query.until)]
    for kept in tables:
        if kept.serves(query):
            whole = [_whole(*one, kept.span) for one in left]
            found += [(kept, first, last) for first, last in whole if first < last]
            left = [
                rest for one, two in zip(left, whole, strict=True) for rest in _rest(*one, *two)
            ]
    return [*found, *((None, since, until) for since, until in left)]


def usage_row(row: Sequence[Any], query: UsageQuery) -> UsageRow:
    at, *rest = row
    keys, numbers = rest[: len(query.by)], rest[len(query.by) :]
    calls, failed, direct, sent, reported, *more = numbers
    billed, (predicted, priced, cost, direct_cost) = Billed(*more[:5]), more[5:]
    sums = UsageSums(
        calls, failed, direct, sent, reported, billed, predicted, priced, cost, direct_cost
    )
    return UsageRow(at, tuple(keys), sums)


def optimization_row(row: Sequence[Any]) -> OptimizationRow:
    at, *keys, kind, level, blocks, original, optimized = row
    return OptimizationRow(at, tuple(keys), Kind(kind), Level(level), blocks, original, optimized)


def balance_row(row: Sequence[Any]) -> Balance:
    at, *keys, account, tokens, micro_cents = row
    return Balance(at, tuple(keys), account, tokens, micro_cents)


def _whole(since: float, until: float, span: int) -> tuple[float, float]:
    """The whole spans in between; empty where the first is not before the last."""
    first = since if isinf(since) else ceil(since / span) * span
    last = until if isinf(until) else floor(until / span) * span
    return first, last


def _rest(since: float, until: float, first: float, last: float) -> Iterator[tuple[float, float]]:
    if first >= last:
        yield since, until
    else:
        yield from ((a, b) for a, b in ((since, first), (last, until)) if a < b)
