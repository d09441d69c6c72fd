"""Usage events in one SQLite file: durable, shared by processes, read by time in pages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from math import ceil, floor, inf
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from aicontext.adapters.database import (
    OF_DAMAGED,
    KeptConnection,
    at_schema,
    opened,
    unusable,
)
from aicontext.adapters.events import accounts
from aicontext.adapters.events.accounts import LEDGER
from aicontext.adapters.events.rows import (
    HOOKS,
    USAGE,
    event_of,
    hook_event_of,
    hook_row_of,
    row_of,
)
from aicontext.adapters.events.sound import FIRST, LAST, check
from aicontext.adapters.events.spans import DAY, Kept, balance_row, optimization_row, usage_row
from aicontext.adapters.events.sums import (
    ADD,
    CALLS,
    CHANGES,
    KEEP_KEYS,
    KEEP_SUMS,
    Sums,
)
from aicontext.domain.analytics.corrections import standing
from aicontext.domain.analytics.ledger import Balance
from aicontext.domain.analytics.usage import OptimizationRow, UsageQuery, UsageRow
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.events import HookEvent, UsageEvent

SCHEMA = 10
"""Of the file, in its user_version."""

PAGE = 1000
"""Events read at a time."""

Event = TypeVar("Event", UsageEvent, HookEvent)

_COLUMNS = {
    "id": "TEXT NOT NULL UNIQUE",
    "at": "REAL NOT NULL",
    "tool": "TEXT NOT NULL",
    "session": "TEXT NOT NULL",
    "project": "TEXT NOT NULL",
    "local": "INTEGER NOT NULL",
    "protocol": "TEXT NOT NULL",
    "upstream": "TEXT NOT NULL",
    "model": "TEXT NOT NULL",
    "status": "INTEGER NOT NULL",
    "outcome": "TEXT NOT NULL",
    "why": "TEXT NOT NULL",
    "direct_tokens": "INTEGER NOT NULL",
    "sent_tokens": "INTEGER NOT NULL",
    "input": "INTEGER",
    "cache_read": "INTEGER",
    "cache_write": "INTEGER",
    "cache_write_1h": "INTEGER",
    "output": "INTEGER",
    "predicted_read": "INTEGER NOT NULL",
    "cost": "REAL",
    "direct_cost": "REAL",
    "added_ms": "REAL NOT NULL",
    "first_ms": "REAL NOT NULL",
    "total_ms": "REAL NOT NULL",
    "changes": "TEXT",
    "rewriting": "TEXT",
}
_OF_HOOKS = {
    name: _COLUMNS[name] for name in ("id", "at", "tool", "session", "project", "local")
} | {
    "moment": "TEXT NOT NULL",
    "outcome": "TEXT NOT NULL",
    "source": "TEXT NOT NULL",
    "why": "TEXT NOT NULL",
    "original_tokens": "INTEGER NOT NULL",
    "optimized_tokens": "INTEGER NOT NULL",
    "changes": "TEXT",
}
_OWNER = ("organisation", "team", "user")
_TABLES = {"usage": USAGE, "hooks": HOOKS}
_MADE = "".join(
    f"CREATE TABLE IF NOT EXISTS {name} ("
    f"{', '.join(f'{column} {kind}' for column, kind in columns.items())}, PRIMARY KEY (at, id)"
    f") WITHOUT ROWID;\n"
    for name, columns in (("usage", _COLUMNS), ("hooks", _OF_HOOKS))
)
_SCHEMA = f"""
{_MADE}
CREATE TABLE IF NOT EXISTS lost (at REAL NOT NULL, calls INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_STEPS = {
    5: "".join(
        f"ALTER TABLE {table} ADD COLUMN {name} TEXT NOT NULL DEFAULT '';"
        for table in _TABLES
        for name in _OWNER
    ),
    6: "ALTER TABLE usage ADD COLUMN quote TEXT NOT NULL DEFAULT '';",
    7: KEEP_SUMS,
    8: "".join(LEDGER.made),
    9: "ALTER TABLE usage ADD COLUMN correction TEXT NOT NULL DEFAULT '';",
    10: KEEP_KEYS,
}
_HELD = "SELECT id FROM usage WHERE id IN (SELECT value FROM json_each(?))"
_INSERT = {
    table: f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))}) ON CONFLICT DO NOTHING"
    for table, columns in _TABLES.items()
}


class SqliteEvents:
    """The events of one user; safe for several processes and for `kill -9` at any point.

    kept: what is written goes over one connection, until `close`; to open one for each group costs
    more than the group.
    """

    def __init__(self, path: Path, *, kept: bool = False) -> None:
        self._path = path
        self._kept = kept
        connection = partial(opened, path, self._prepare, timeout=30, threads=True)
        self._writer = KeptConnection(path, connection)
        self._watcher = KeptConnection(path, connection)
        self._lock = Lock()

    def append(
        self,
        events: Sequence[UsageEvent],
        marks: Mapping[str, str] = {},
    ) -> None:
        check(events)
        new = {event.id: event for event in reversed(events)}
        with self._written() as base:
            for (held,) in base.execute(_HELD, (json.dumps(list(new)),)).fetchall():
                del new[held]
            base.executemany(_INSERT["usage"], map(row_of, reversed(new.values())))
            if new:
                ids = json.dumps(list(new))
                for statement in ADD:
                    base.execute(statement, (ids,))
                base.executemany(accounts.ADD, accounts.rows(new.values()))
            base.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", marks.items())

    def since(
        self, at: float, until: float = float("inf"), *, raw: bool = False
    ) -> Iterator[UsageEvent]:
        found = self._since("usage", event_of, at, until)
        return found if raw else standing(found)

    def append_hooks(self, events: Sequence[HookEvent]) -> None:
        check(events)
        with self._written() as base:
            base.executemany(_INSERT["hooks"], [hook_row_of(event) for event in events])

    def hooks_since(self, at: float) -> Iterator[HookEvent]:
        return self._since("hooks", hook_event_of, at, inf)

    def usage(self, query: UsageQuery, *, raw: bool = False) -> Sequence[UsageRow]:
        return [usage_row(row, query) for row in self._summed(CALLS, query, raw=raw)]

    def optimizations(self, query: UsageQuery, *, raw: bool = False) -> Sequence[OptimizationRow]:
        return [optimization_row(row) for row in self._summed(CHANGES, query, raw=raw)]

    def version(self, query: UsageQuery) -> str:
        """As one connection sees it, which writes nothing: SQLite counts what the others commit."""
        if not self._path.exists():
            return ""
        with self._lock:
            try:
                ((number,),) = self._watcher.get().execute("PRAGMA data_version").fetchall()
            except (OSError, sqlite3.Error):  # A record that can only be read may still answer.
                self._watcher.close()
                return ""
            return f"{self._watcher.id}.{number}"

    def ledger(self, query: UsageQuery, *, raw: bool = False) -> Sequence[Balance]:
        return [balance_row(row) for row in self._summed(LEDGER, query, raw=raw)]

    def rebuild(self, since: float, until: float) -> None:
        days = floor(max(since, FIRST) / DAY) * DAY, ceil(min(until, LAST) / DAY) * DAY
        with self._written() as base:
            for sums in (CALLS, CHANGES, LEDGER):
                for statement in sums.made_anew:
                    base.execute(statement, days)

    def _summed(self, sums: Sums, query: UsageQuery, *, raw: bool) -> Sequence[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        with self._open(reading=True) as base:
            if not _has(base, "usage"):
                return []
            kept = [one.table for one in sums.kept if not raw and _whole(base, one)]
            there = _there(base, "usage")
            usage = "usage" if there == list(USAGE) else f"(SELECT {', '.join(there)} FROM usage)"
            found = base.execute(*sums.asked(query, tables=kept, usage=usage)).fetchall()
            return cast("Sequence[tuple[Any, ...]]", found)

    def held(self, ids: Sequence[str]) -> frozenset[str]:
        if not self._path.exists():
            return frozenset()
        with self._open(reading=True) as base:
            return frozenset(name for (name,) in base.execute(_HELD, (json.dumps(ids),)))

    def marks(self) -> Mapping[str, str]:
        if not self._path.exists():
            return {}
        with self._open(reading=True) as base:
            if not _has(base, "marks"):
                return {}
            return dict(base.execute("SELECT name, value FROM marks").fetchall())

    def lose(self, calls: int, at: float) -> None:
        with self._write() as base:
            base.execute("INSERT INTO lost VALUES (?, ?)", (at, calls))

    def lost(self, since: float) -> int:
        if not self._path.exists():
            return 0
        with self._open(reading=True) as base:
            if not _has(base, "lost"):
                return 0
            query = "SELECT COALESCE(SUM(calls), 0) FROM lost WHERE at >= ?"
            return int(base.execute(query, (since,)).fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._writer.close()
            self._watcher.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        if not self._kept:
            with self._open() as base:
                yield base
            return
        with self._lock, self._explained():
            try:
                yield self._writer.get()
            except BaseException:
                self._writer.close()
                raise

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing."""
        with self._write() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except (sqlite3.IntegrityError, OverflowError) as error:
                raise InvalidInput(f"An event cannot be kept: {error}.") from None
            base.execute("COMMIT")

    def _since(
        self, table: str, made: Callable[[tuple[Any, ...]], Event], at: float, until: float
    ) -> Iterator[Event]:
        after: tuple[float, str] = (at, "")
        rows = None
        while rows is None or len(rows) == PAGE:
            if not self._path.exists():
                return
            with self._open(reading=True) as base:
                if not _has(base, table):
                    return
                read = (
                    f"SELECT {', '.join(_there(base, table))} FROM {table} "
                    "WHERE (at, id) > (?, ?) AND at >= ? AND at < ? ORDER BY at, id LIMIT ?"
                )
                rows = base.execute(read, (*after, at, until, PAGE)).fetchall()
            for row in rows:
                after = (row[1], row[0])
                yield self._sound(made, row)

    @contextmanager
    def _open(self, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
        with (
            self._explained(),
            closing(opened(self._path, self._prepare, timeout=30, reading=reading)) as base,
        ):
            yield base

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What SQLite and the file system raise, as Unavailable with what to do."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise unusable(f"The usage record {self._path}", error) from error

    def _prepare(self, base: sqlite3.Connection) -> None:
        accounts.prepare(base)
        at_schema(base, SCHEMA, _SCHEMA, f"The usage record {self._path}", _STEPS)

    def _sound(self, made: Callable[[tuple[Any, ...]], Event], row: tuple[Any, ...]) -> Event:
        try:
            return made(row)
        except (TypeError, ValueError) as error:
            raise Unavailable(
                f"The usage record {self._path} holds a damaged event: {error}.",
                hint=OF_DAMAGED,
            ) from None


def _has(base: sqlite3.Connection, table: str) -> bool:
    """A record of an earlier schema that may only be read may lack it."""
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return base.execute(query, (table,)).fetchone() is not None


def _whole(base: sqlite3.Connection, kept: Kept) -> bool:
    """Whether the table is there, and tells apart all that it should."""
    return set(map(str, kept.by)) < _columns(base, kept.table)


def _columns(base: sqlite3.Connection, table: str) -> set[str]:
    found = base.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return {name for (name,) in found}


def _there(base: sqlite3.Connection, table: str) -> list[str]:
    """What to select for the table's columns; a record as in `_has` may lack some."""
    held = _columns(base, table)
    return [name if name in held else f"'' AS {name}" for name in _TABLES[table]]
