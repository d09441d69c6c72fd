"""Sums over usage events, kept by the hour and summed anew, in SQLite's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aicontext.adapters.events.rows import encodable
from aicontext.adapters.events.sound import FIRST
from aicontext.adapters.events.spans import DAY, Kept, parts
from aicontext.domain.analytics.usage import HOUR, Dimension, Grain, UsageQuery
from aicontext.domain.usage import MICRO_CENTS

_SECOND = "CAST(at AS INTEGER) - (at < CAST(at AS INTEGER))"
"""The whole second that the moment is in, before 1970 too."""


def _begun(span: int) -> str:
    """Division rounds towards 0, so it is counted from the first time that is kept."""
    return f"(({_SECOND}) - {FIRST}) / {span} * {span} + {FIRST}"


_BEGUN = {
    Grain.HOUR: _begun(HOUR),
    Grain.DAY: _begun(DAY),
    Grain.MONTH: f"CAST(strftime('%s', {_SECOND}, 'unixepoch', 'start of month') AS INTEGER)",
    Grain.WHOLE: "NULL",
}


def _places(count: int) -> str:
    return ", ".join(str(place + 1) for place in range(count))


_SIGN = "IIF(correction < '-', 1, -1)"
"""Of an event; a reversal's correction begins with a minus."""

_FORMER = "(SELECT *, '' AS correction, '' AS key FROM usage)"
"""The events, before they could be corrected and had keys."""

_FRESH = "id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Sums:
    """source: of the events, in {usage}, as `held`. keys: what they are told apart by besides the
    dimensions, and how an event says it; added: what it adds to each sum. kept: the longest spans
    first."""

    source: str
    keys: Mapping[str, str]
    added: Mapping[str, str]
    kept: tuple[Kept, ...]

    @property
    def made(self) -> Iterator[str]:
        """Statements that make the tables, and sum up the events that are there."""
        for kept in self.kept:
            yield self._table(kept)
            yield f"{self._into(kept, 'TRUE', _FORMER)};"

    def told_apart(self, table: str, dimension: Dimension) -> Iterator[str]:
        """Statements that make the table tell apart a dimension which no event had before."""
        (kept,) = (one for one in self.kept if one.table == table)
        names = ["''" if one is dimension else str(one) for one in kept.by]
        held = ", ".join(["at", *names, *self.keys, *self.added])
        yield f"ALTER TABLE {table} RENAME TO former;"
        yield self._table(kept)
        yield f"INSERT INTO {table} SELECT {held} FROM former;"
        yield "DROP TABLE former;"

    def _table(self, kept: Kept) -> str:
        names = [*map(str, kept.by), *self.keys]
        return (
            f"CREATE TABLE {kept.table} (at INTEGER NOT NULL,"
            f"{''.join(f'{name} TEXT NOT NULL, ' for name in names)}"
            f"{''.join(f'{name} INTEGER NOT NULL, ' for name in self.added)}"
            f"PRIMARY KEY (at, {', '.join(names)})) WITHOUT ROWID;"
        )

    @property
    def added_to(self) -> Iterator[str]:
        """Statements that add events which are there, by their ids as JSON."""
        for kept in self.kept:
            names = ", ".join(["at", *map(str, kept.by), *self.keys])
            more = ", ".join(f"{name} = {name} + excluded.{name}" for name in self.added)
            yield f"{self._into(kept, _FRESH)} ON CONFLICT ({names}) DO UPDATE SET {more}"

    @property
    def made_anew(self) -> Iterator[str]:
        """Statements, of the first moment and the one after the last each, that make what is kept
        of the whole days in between again."""
        for kept in self.kept:
            yield f"DELETE FROM {kept.table} WHERE at >= ? AND at < ?"
            yield self._into(kept, "at >= ? AND at < ?")

    def _into(self, kept: Kept, which: str, usage: str = "usage") -> str:
        keys = [_begun(kept.span), *(f"held.{one}" for one in kept.by), *self.keys.values()]
        added = [f"SUM({one})" for one in self.added.values()]
        return (
            f"INSERT INTO {kept.table} SELECT {', '.join([*keys, *added])} "
            f"FROM {self.source.format(which=which, usage=usage)} GROUP BY {_places(len(keys))}"
        )

    def asked(
        self, query: UsageQuery, *, tables: Collection[str], usage: str
    ) -> tuple[str, tuple[Any, ...]]:
        """The statement, and its values. tables: of sums, that may be used. usage: where the events
        are, with all columns."""
        sums = [f"SUM({name})" for name in self.added]
        keys = [_BEGUN[query.grain], *map(str, query.by), *self.keys]
        source, bounds = self._between(query, tables, usage)
        wanted = [f"{one} IN ({', '.join('?' * len(of))})" for one, of in query.where.items()]
        statement = (
            f"SELECT {', '.join([*keys, *sums])} FROM ({source}) "
            f"WHERE {' AND '.join(wanted) or 'TRUE'} "
            f"GROUP BY {_places(len(keys))} ORDER BY {_places(len(keys))}"
        )
        values = tuple(value for of in query.where.values() for value in of)
        return statement, (*bounds, *encodable(values))

    def _between(
        self, query: UsageQuery, tables: Collection[str], usage: str
    ) -> tuple[str, tuple[float, ...]]:
        """What is summed up."""
        found = parts(query, [kept for kept in self.kept if kept.table in tables])
        read = [self._of_kept(kept) if kept else self._of_events(usage) for kept, _, _ in found]
        bounds = [bound for _, since, until in found for bound in (since, until)]
        return " UNION ALL ".join(read), tuple(bounds)

    def _of_events(self, usage: str) -> str:
        made = [f"{made} AS {name}" for name, made in {**self.keys, **self.added}.items()]
        source = self.source.format(which="at >= ? AND at < ?", usage=usage)
        names = [f"held.{one}" for one in Dimension]
        return f"SELECT at, {', '.join([*names, *made])} FROM {source}"

    def _of_kept(self, kept: Kept) -> str:
        names = [str(one) if one in kept.by else f"'' AS {one}" for one in Dimension]
        columns = ", ".join(["at", *names, *self.keys, *self.added])
        return f"SELECT {columns} FROM {kept.table} WHERE at >= ? AND at < ?"


def _of_priced(cost: str) -> str:
    whole = f"CAST({cost} * {MICRO_CENTS}.0 + IIF({cost} < 0, -0.5, 0.5) AS INTEGER)"
    return f"IIF(cost IS NULL OR direct_cost IS NULL, 0, {whole})"


CALLS = Sums(
    source="{usage} AS held WHERE {which}",
    keys={},
    kept=(
        Kept("usage_days", DAY),
        Kept("usage_sessions", DAY, tuple(Dimension)),
        Kept("usage_hours", HOUR),
    ),
    added={
        name: f"{_SIGN} * ({added})"
        for name, added in {
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
        }.items()
    },
)
"""As `domain.analytics.usage.counted` says it."""

CHANGES = Sums(
    source="(SELECT * FROM {usage} WHERE {which}) AS held JOIN "
    "json_each(IIF(json_valid(held.changes), held.changes, NULL)) AS change "
    "ON change.type = 'array'",
    kept=(Kept("optimization_metrics", DAY),),
    keys={
        "kind": "COALESCE(json_extract(change.value, '$[2]'), '')",
        "level": "COALESCE(json_extract(change.value, '$[3]'), '')",
    },
    added={
        "blocks": "1",
        "original_tokens": "COALESCE(json_extract(change.value, '$[4]'), 0)",
        "optimized_tokens": "COALESCE(json_extract(change.value, '$[5]'), 0)",
    },
)

KEEP_SUMS = f"""{"".join(CALLS.made)} {"".join(CHANGES.made)}
CREATE VIEW user_daily_stats AS SELECT date(at, 'unixepoch') AS day, organisation, user,
{", ".join(f"SUM({name}) AS {name}" for name in CALLS.added)} FROM usage_days GROUP BY 1, 2, 3;
"""

KEEP_KEYS = f"""ALTER TABLE usage ADD COLUMN key TEXT NOT NULL DEFAULT '';
{"".join(CALLS.told_apart("usage_sessions", Dimension.KEY))}
"""

ADD = (*CALLS.added_to, *CHANGES.added_to)
"""Statements, of one value each: ids of events as JSON."""
