"""Sums over usage events, in SQLite's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aicontext.adapters.events.rows import encodable
from aicontext.adapters.events.sound import FIRST
from aicontext.domain.analytics.usage import (
    HOUR,
    Grain,
    UsageQuery,
    UsageRow,
    UsageSums,
)
from aicontext.domain.usage import MICRO_CENTS, Billed


def _of_priced(cost: str) -> str:
    whole = f"CAST({cost} * {MICRO_CENTS}.0 + IIF({cost} < 0, -0.5, 0.5) AS INTEGER)"
    return f"IIF(cost IS NULL OR direct_cost IS NULL, 0, {whole})"


_ADDED = {
    "calls": "1",
    "failed": "status <= 0 OR status >= 400",
    "direct_tokens": "direct_tokens",
    "sent_tokens": "sent_tokens",
    "reported": "input IS NOT NULL",
    "input": "COALESCE(input, 0)",
    "cache_read": "COALESCE(cache_read, 0)",
    "cache_write": "COALESCE(cache_write, 0)",
    "cache_write_1h": "COALESCE(cache_write_1h, 0)",
    "output": "COALESCE(output, 0)",
    "predicted_read": "IIF(input IS NULL, 0, predicted_read)",
    "priced": "cost IS NOT NULL AND direct_cost IS NOT NULL",
    "cost": _of_priced("cost"),
    "direct_cost": _of_priced("direct_cost"),
}
"""What an event adds to each sum; `domain.analytics.usage.counted` says the same."""

_SECOND = "CAST(at AS INTEGER) - (at < CAST(at AS INTEGER))"
"""The whole second that the moment is in, before 1970 too."""


def _begun(span: int) -> str:
    """Division rounds towards 0, so it is counted from the first time that is kept."""
    return f"({_SECOND} - {FIRST}) / {span} * {span} + {FIRST}"


_BEGUN = {
    Grain.HOUR: _begun(HOUR),
    Grain.DAY: _begun(24 * HOUR),
    Grain.MONTH: f"CAST(strftime('%s', {_SECOND}, 'unixepoch', 'start of month') AS INTEGER)",
    Grain.WHOLE: "NULL",
}


def summing(query: UsageQuery, columns: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
    """The statement, and its values. columns: what to select of the events."""
    keys = [str(one) for one in query.by]
    marks = {one: ", ".join("?" * len(wanted)) for one, wanted in query.where.items()}
    conditions = ["at >= ?", "at < ?", *(f"{one} IN ({mark})" for one, mark in marks.items())]
    sums = [f"SUM({added}) AS total_{name}" for name, added in _ADDED.items()]
    places = ", ".join(str(place + 1) for place in range(1 + len(keys)))
    statement = (
        f"SELECT {', '.join([_BEGUN[query.grain], *keys, *sums])} "
        f"FROM (SELECT {', '.join(columns)} FROM usage) WHERE {' AND '.join(conditions)} "
        f"GROUP BY {places} ORDER BY {places}"
    )
    wanted = (value for values in query.where.values() for value in values)
    return statement, (query.since, query.until, *encodable(tuple(wanted)))


def row_of_sums(row: tuple[Any, ...], query: UsageQuery) -> UsageRow:
    at, *rest = row
    keys, (calls, failed, direct, sent, reported, *more) = (
        rest[: len(query.by)],
        rest[len(query.by) :],
    )
    billed, (predicted, priced, cost, direct_cost) = Billed(*more[:5]), more[5:]
    sums = UsageSums(
        calls, failed, direct, sent, reported, billed, predicted, priced, cost, direct_cost
    )
    return UsageRow(at, tuple(keys), sums)
