"""Usage events in ClickHouse, each counted once whatever was appended twice or cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from threading import Lock
from typing import Any, TypeVar, cast

from clickhouse_connect.driver.client import Client

from aicontext.adapters.events.clickhouse import schema
from aicontext.adapters.events.clickhouse.accounts import LEDGER
from aicontext.adapters.events.clickhouse.connection import connected, explained
from aicontext.adapters.events.clickhouse.sums import (
    CALLS,
    CHANGES,
    Runs,
    Sums,
    day_of,
    days_of,
    text,
)
from aicontext.adapters.events.rows import (
    HOOKS,
    USAGE,
    event_of,
    hook_event_of,
    hook_row_of,
    row_of,
)
from aicontext.adapters.events.sound import FIRST, LAST, check
from aicontext.adapters.events.spans import balance_row, optimization_row, usage_row
from aicontext.domain.analytics.corrections import standing
from aicontext.domain.analytics.ledger import Balance
from aicontext.domain.analytics.usage import Grain, OptimizationRow, UsageQuery, UsageRow
from aicontext.domain.errors import Unavailable
from aicontext.domain.events import HookEvent, UsageEvent
from aicontext.domain.usage import dollars, micro_cents
from aicontext.kit.ids import NewId, time_ordered

PAGE = 10_000
"""Events read at a time."""

AT_ONCE = 62
"""Days summed up at a time."""

ABANDONED = 3600
"""Seconds after which a write that has not ended is one that was cut short."""

TRIES = 3
"""Of a query whose days are summed up anew meanwhile; then its events are summed up."""

Event = TypeVar("Event", UsageEvent, HookEvent)

Value = TypeVar("Value")

_MONEY = (USAGE.index("cost"), USAGE.index("direct_cost"))
_TIMES = tuple(USAGE.index(f"{name}_ms") for name in ("added", "first", "total"))
_TEXTS = {
    table: tuple(map(names.index, more))
    for table, names, more in (
        ("usage_events", USAGE, ("changes", "rewriting")),
        ("hook_events", HOOKS, ("changes",)),
    )
}
_COLUMNS = {
    "usage_events": tuple(name.replace("_ms", "_us") for name in USAGE),
    "hook_events": HOOKS,
}


@dataclass(frozen=True, slots=True)
class Days:
    """Days that have events. runs: those whose sums hold, by the run that made them; stale: the
    others; ready: those of them that can be summed up, by the writes that there were."""

    runs: Runs
    ready: Mapping[int, int]
    stale: Sequence[int]


class ClickHouseEvents:
    """Asked over HTTP at an address, or in this process, which then alone may use the folder.

    address: clickhouse://USER:PASSWORD@HOST:PORT/DATABASE (clickhouses:// over TLS), or
    chdb:///FOLDER?database=NAME. keep_days: by organisation, `*` for every other, after how many
    days the events go that are appended from now on; else never. Any thread may use it.

    A day's sums are made from its events, when they are first asked for and no write of the day is
    under way. They are believed while as many writes of the day were begun and ended as before
    they were made; else its events are summed up anew. So nothing that is appended twice, late, or
    by a process that died within can make them differ.
    """

    def __init__(
        self, address: str, *, keep_days: Mapping[str, int] = {}, new_id: NewId = time_ordered
    ) -> None:
        self._address = address
        self._keep_days = keep_days
        self._new_id = new_id
        self._lock = Lock()
        self._open: Client | None = None

    def append(self, events: Sequence[UsageEvent], marks: Mapping[str, str] = {}) -> None:
        check(events)
        with self._client() as client:
            if fresh := _fresh(client, "usage_events", events):
                days = sorted({day_of(event.at) for event in fresh})
                _note(client, "begun", days)
                self._insert(client, "usage_events", fresh, row_of)
                _note(client, "ended", days)
            if marks:
                _mark(client, marks)

    def append_hooks(self, events: Sequence[HookEvent]) -> None:
        check(events)
        with self._client() as client:
            if fresh := _fresh(client, "hook_events", events):
                self._insert(client, "hook_events", fresh, hook_row_of)

    def since(
        self, at: float, until: float = float("inf"), *, raw: bool = False
    ) -> Iterator[UsageEvent]:
        found = self._since("usage_events", event_of, at, until)
        return found if raw else standing(found)

    def hooks_since(self, at: float) -> Iterator[HookEvent]:
        return self._since("hook_events", hook_event_of, at, inf)

    def usage(self, query: UsageQuery, *, raw: bool = False) -> Sequence[UsageRow]:
        return [usage_row(row, query) for row in self._summed(CALLS, query, raw=raw)]

    def optimizations(self, query: UsageQuery, *, raw: bool = False) -> Sequence[OptimizationRow]:
        return [optimization_row(row) for row in self._summed(CHANGES, query, raw=raw)]

    def version(self, query: UsageQuery) -> str:
        """As many writes were begun and ended of the query's days, the last one then."""
        with self._client() as client:
            ((begun, ended, at, lost),) = client.query(
                "SELECT sum(begun), sum(ended), toUnixTimestamp(max(at)), "
                f"(SELECT count() FROM lost) FROM writes WHERE {days_of(query)}"
            ).result_rows
        return f"{begun}.{at}.{lost}" if begun == ended else ""

    def ledger(self, query: UsageQuery, *, raw: bool = False) -> Sequence[Balance]:
        return [balance_row(row) for row in self._summed(LEDGER, query, raw=raw)]

    def rebuild(self, since: float, until: float) -> None:
        """By a write of nothing: the sums of its days are not believed any more."""
        between = days_of(UsageQuery(since=since, until=until))
        with self._client() as client:
            client.command(
                "INSERT INTO writes (day, begun, ended) "
                f"SELECT DISTINCT day, 1, 1 FROM summed_days WHERE {between}"
            )

    def held(self, ids: Sequence[str]) -> frozenset[str]:
        with self._client() as client:
            return _held(client, "usage_events", ids)

    def marks(self) -> Mapping[str, str]:
        with self._client() as client:
            found = client.query("SELECT name, argMax(value, version) FROM marks GROUP BY name")
            return dict(cast("Sequence[tuple[str, str]]", found.result_rows))

    def lose(self, calls: int, at: float) -> None:
        with self._client() as client:
            client.insert("lost", [(at, calls)], column_names=["at", "calls"])

    def lost(self, since: float) -> int:
        with self._client() as client:
            query = "SELECT sum(calls) FROM lost WHERE at >= {since:Float64}"
            return int(client.query(query, {"since": since}).result_rows[0][0])

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = None

    @contextmanager
    def _client(self) -> Iterator[Client]:
        with explained():
            with self._lock:
                if self._open is None:
                    self._open = _ready(connected(self._address), self._address)
            yield self._open

    def _insert(
        self,
        client: Client,
        table: str,
        events: Sequence[Event],
        made: Callable[[Event], tuple[Any, ...]],
    ) -> None:
        others = self._keep_days.get("*", 0)
        rows: list[list[Any]] = [_stored(table, made(event)) for event in events]
        for row, event in zip(rows, events, strict=True):
            keep_days = self._keep_days.get(event.owner.organisation, others)
            row += [day_of(event.at), keep_days]
        client.insert(table, rows, column_names=[*_COLUMNS[table], "day", "keep_days"])

    def _since(
        self, table: str, made: Callable[[tuple[Any, ...]], Event], at: float, until: float
    ) -> Iterator[Event]:
        at, until = max(at, FIRST), min(until, LAST)
        between = days_of(UsageQuery(since=at, until=until))
        days = f"SELECT DISTINCT day FROM {table} WHERE {between}"
        with self._client() as client:
            found = sorted(day for (day,) in client.query(days).result_rows)
        for day in found:
            after: tuple[float, str] = (at, "")
            rows: Sequence[Any] = ()
            while not rows or len(rows) == PAGE:
                page = (
                    f"SELECT {', '.join(_COLUMNS[table])} FROM {table} FINAL WHERE day = {day} "
                    f"AND (at, id) > ({after[0]!r}, {text(after[1])}) AND at < {until!r} "
                    f"ORDER BY at, id LIMIT {PAGE}"
                )
                with self._client() as client:
                    rows = client.query(page).result_rows
                for row in rows:
                    after = (row[1], row[0])
                    yield _sound(made, _loaded(table, row))
                if not rows:
                    break

    def _summed(self, sums: Sums, query: UsageQuery, *, raw: bool) -> Sequence[Sequence[Any]]:
        with self._client() as client:
            for _ in range(0 if raw else TRIES):
                days = self._made(client, query)
                rows = client.query(sums.asked(query, days.stale)).result_rows
                if _days(client, query).runs == days.runs:
                    break
            else:
                rows = client.query(sums.asked(query, None)).result_rows
            return [(_begun(at, query.grain), *rest) for at, *rest in rows]

    def _made(self, client: Client, query: UsageQuery) -> Days:
        """The query's days, after those were summed up that can be. The last one is left, for it
        is still written."""
        days = _days(client, query)
        ready = sorted(days.ready)
        if ready and ready[-1] > max(days.runs, default=ready[-1] - 1):
            ready.pop()
        for some in _some(ready, AT_ONCE):
            chance = int(self._new_id(0.0)[-6:], 16)
            runs = {day: days.ready[day] << 24 | chance for day in some}
            for statement in (*CALLS.runs(runs), *CHANGES.runs(runs), *LEDGER.runs(runs)):
                client.command(statement)
            rows = [(day, run, days.ready[day]) for day, run in runs.items()]
            client.insert("summed_days", rows, column_names=["day", "run", "writes"])
        return _days(client, query) if ready else days


def _ready(client: Client, address: str) -> Client:
    """The client of a store whose schema is up to date, with nothing left of what was cut short."""
    schema.upgrade(client)
    broken = client.query(
        "SELECT table, count() FROM system.detached_parts "
        "WHERE database = currentDatabase() AND startsWith(reason, 'broken') GROUP BY table"
    ).result_rows
    if broken:
        tables = ", ".join(f"{count} of {table}" for table, count in broken)
        raise Unavailable(
            f"Parts of the usage events are damaged: {tables}.",
            hint="Restore them from a backup, or go on without them: ALTER TABLE ... DROP DETACHED "
            "PARTITION ALL.",
        )
    since = 0 if address.startswith("chdb:") else ABANDONED
    client.command(
        "INSERT INTO writes (day, begun, ended) SELECT day, greatest(b, e) - b, greatest(b, e) - e "
        "FROM (SELECT day, sum(begun) AS b, sum(ended) AS e, max(at) AS last FROM writes "
        f"GROUP BY day) WHERE b != e AND last <= now() - {since}"
    )
    return client


def _days(client: Client, query: UsageQuery) -> Days:
    between = f"WHERE {days_of(query)}"
    found = client.query(
        "SELECT day, b, e, run, after FROM (SELECT day, sum(begun) AS b, sum(ended) AS e "
        f"FROM writes {between} GROUP BY day) AS of_writes LEFT JOIN "
        "(SELECT day, max(run) AS run, argMax(writes, summed_days.run) AS after FROM summed_days "
        f"{between} GROUP BY day) AS of_sums USING day"
    ).result_rows
    return Days(
        runs={day: run for day, begun, ended, run, after in found if begun == ended == after},
        ready={day: begun for day, begun, ended, _, after in found if begun == ended != after},
        stale=[day for day, begun, ended, _, after in found if not begun == ended == after],
    )


def _fresh(client: Client, table: str, events: Sequence[Event]) -> list[Event]:
    """The first of each id that is not kept."""
    named = {event.id: event for event in reversed(events)}
    held = _held(client, table, list(named))
    return [event for event in reversed(named.values()) if event.id not in held]


def _held(client: Client, table: str, ids: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for some in _some(ids, PAGE):
        names = ", ".join(map(text, some))
        rows = client.query(f"SELECT DISTINCT id FROM {table} WHERE id IN ({names})").result_rows
        found.update(name for (name,) in rows)
    return frozenset(found)


def _begun(at: int | None, grain: Grain) -> int | None:
    """Of a month, which comes as 202612, its first second."""
    if at is None or grain is not Grain.MONTH:
        return at
    return int(datetime(at // 100, at % 100, 1, tzinfo=UTC).timestamp())


def _some(values: Sequence[Value], most: int) -> Iterator[Sequence[Value]]:
    for first in range(0, len(values), most):
        yield values[first : first + most]


def _note(client: Client, column: str, days: Sequence[int]) -> None:
    client.insert("writes", [(day, 1) for day in days], column_names=["day", column])


def _mark(client: Client, marks: Mapping[str, str]) -> None:
    ((last,),) = client.query("SELECT max(version) FROM marks").result_rows
    rows = [(name, value, last + 1) for name, value in marks.items()]
    client.insert("marks", rows, column_names=["name", "value", "version"])


def _stored(table: str, row: tuple[Any, ...]) -> list[Any]:
    """Money and times as whole numbers, and no NULL where an empty text says the same."""
    values = list(row)
    for place in _TEXTS[table]:
        values[place] = values[place] or ""
    if table == "usage_events":
        for place in _MONEY:
            values[place] = None if values[place] is None else micro_cents(values[place])
        for place in _TIMES:
            values[place] = round(values[place] * 1000)
    return values


def _loaded(table: str, row: Sequence[Any]) -> tuple[Any, ...]:
    values = list(row)
    if table == "usage_events":
        for place in _MONEY:
            values[place] = None if values[place] is None else dollars(values[place])
        for place in _TIMES:
            values[place] = values[place] / 1000
    return tuple(values)


def _sound(made: Callable[[tuple[Any, ...]], Event], row: tuple[Any, ...]) -> Event:
    try:
        return made(row)
    except (TypeError, ValueError) as error:
        raise Unavailable(
            f"The usage events' store holds a damaged event: {error}.",
            hint="Restore it from a backup.",
        ) from None
