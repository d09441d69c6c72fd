"""The ledger's entries of an event, as a function for SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from aicontext.adapters.events.rows import encodable, quote_of
from aicontext.adapters.events.spans import Kept
from aicontext.adapters.events.sums import Sums
from aicontext.domain.analytics.ledger import Charged, balances, entries
from aicontext.domain.analytics.usage import HOUR, Dimension, Grain, UsageQuery
from aicontext.domain.events import UsageEvent
from aicontext.domain.usage import Billed

_TAKEN = (
    "model", "quote", "correction", "cost", "direct_cost", "direct_tokens", "sent_tokens",
    "input", "cache_read", "cache_write", "cache_write_1h", "output",
)  # fmt: skip

LEDGER = Sums(
    source="(SELECT * FROM {usage} WHERE {which}) AS held "
    f"JOIN json_each(ledger_entries({', '.join(f'held.{name}' for name in _TAKEN)})) AS entry",
    keys={"account": "json_extract(entry.value, '$[0]')"},
    added={
        "tokens": "json_extract(entry.value, '$[1]')",
        "micro_cents": "json_extract(entry.value, '$[2]')",
    },
    kept=(Kept("ledger", HOUR, (Dimension.ORGANISATION,)),),
)
"""As `domain.analytics.ledger.balances` says it."""


_HOURS = UsageQuery(by=(Dimension.ORGANISATION,), grain=Grain.HOUR)

ADD = (
    "INSERT INTO ledger VALUES (?, ?, ?, ?, ?) ON CONFLICT (at, organisation, account) "
    "DO UPDATE SET tokens = tokens + excluded.tokens, "
    "micro_cents = micro_cents + excluded.micro_cents"
)
"""Of one of `rows`. The same as LEDGER's own statement, in a third of its time."""


def rows(events: Iterable[UsageEvent]) -> Iterator[tuple[Any, ...]]:
    """What events add to the ledger."""
    for one in balances(events, _HOURS):
        yield encodable((one.at, *one.keys, one.account, one.tokens, one.micro_cents))


def prepare(base: sqlite3.Connection) -> None:
    """The connection can run the statements of LEDGER."""
    base.create_function("ledger_entries", len(_TAKEN), _entries, deterministic=True)


def _entries(*taken: Any) -> str:
    """Of a damaged event none: who reads it is told."""
    model, quote, correction, *more = taken[:7]
    try:
        billed = None if None in taken[7:] else Billed(*taken[7:])
        more.append(1 if correction < "-" else -1)
        found = entries(Charged(model, billed, quote_of(quote), *more))
        return json.dumps([(one.account, one.tokens, one.micro_cents) for one in found])
    except (TypeError, ValueError, OverflowError):
        return "[]"
