"""Sums over usage events in ClickHouse's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isinf

from aicontext.adapters.events.rows import encodable
from aicontext.adapters.events.sound import FIRST, LAST
from aicontext.adapters.events.spans import DAY, Kept, parts
from aicontext.domain.analytics.usage import HOUR, Dimension, Grain, UsageQuery

Runs = Mapping[int, int]
"""Days that are summed up, and the runs that did."""


SIGN = "if(correction < '-', 1, -1)"
"""Of an event; a reversal's correction begins with a minus."""


def day_of(at: float) -> int:
    """Days since the epoch."""
    return int(at // DAY)


def days_of(query: UsageQuery) -> str:
    """A condition, by which parts are found. Dates end with those that are kept."""
    first, last = day_of(max(query.since, FIRST)), day_of(min(query.until, LAST - 1))
    return f"day >= {first} AND day <= {last}"


def _begun(span: int) -> str:
    """Division rounds towards 0, so it is counted from the first time that is kept."""
    return f"intDiv(toInt64(floor(at)) - {FIRST}, {span}) * {span} + {FIRST}"


_BEGUN = {
    Grain.HOUR: _begun(HOUR),
    Grain.DAY: _begun(DAY),
    Grain.MONTH: "toYYYYMM(toDate32(day))",
    Grain.WHOLE: "NULL",
}


@dataclass(frozen=True, slots=True)
class Sums:
    """As in SQLite's words; more: joins what is summed up to the event."""

    more: str
    keys: Mapping[str, str]
    added: Mapping[str, str]
    kept: tuple[Kept, ...]

    def runs(self, runs: Runs) -> list[str]:
        """Statements that sum up the days from their events."""
        days, numbers = _list(runs), _list(runs.values())
        made = ", ".join(f"sum({one})" for one in self.added.values())
        return [
            f"INSERT INTO {kept.table} "
            f"SELECT day, transform(day, {days}, {numbers}, toUInt64(0)), {keys}, {made} "
            f"FROM usage_events FINAL {self.more} WHERE day IN {days} GROUP BY day, {keys}"
            for kept in self.kept
            for keys in [
                ", ".join(["keep_days", _begun(kept.span), *map(str, kept.by), *self.keys.values()])
            ]
        ]

    def asked(self, query: UsageQuery, stale: Sequence[int] | None) -> str:
        """The query's statement. stale: its days that are not summed up; None: none is."""
        keys = [f"key_{place}" for place in range(len(query.by))]
        columns = [
            f"{_BEGUN[query.grain]} AS begun",
            *(f"{one} AS {key}" for one, key in zip(query.by, keys, strict=True)),
        ]
        groups = ["begun", *keys, *self.keys]
        wanted = [f"{one} IN ({_texts(of)})" for one, of in query.where.items()]
        read = [
            f"SELECT {', '.join([*columns, made])} AND {' AND '.join(['true', *wanted])}"
            for made in self._parts(query, stale)
        ]
        return (
            f"SELECT {', '.join(groups)}, {', '.join(f'sum(of_{name})' for name in self.added)} "
            f"FROM ({' UNION ALL '.join(read)}) GROUP BY {', '.join(groups)} "
            f"ORDER BY {', '.join(groups)}"
        )

    def _parts(self, query: UsageQuery, stale: Sequence[int] | None) -> list[str]:
        """The rest of a SELECT for each."""
        made = []
        for kept, since, until in parts(query, () if stale is None else self.kept):
            between = _between(since, until)
            if kept is None:
                made.append(self._of_events(between))
                continue
            names = [*self.keys, *(f"{name} AS of_{name}" for name in self.added)]
            latest = f"SELECT day, max(run) FROM summed_days WHERE {days_of(query)} GROUP BY day"
            made.append(
                f"{', '.join(names)} FROM {kept.table} WHERE (day, run) IN ({latest}) "
                f"AND day NOT IN {_list(stale or ())} AND {between}"
            )
            if stale:
                made.append(self._of_events(f"day IN {_list(stale)} AND {between}"))
        return made

    def _of_events(self, which: str) -> str:
        names = [f"{made} AS {name}" for name, made in self.keys.items()]
        added = [f"{made} AS of_{name}" for name, made in self.added.items()]
        return f"{', '.join([*names, *added])} FROM usage_events FINAL {self.more} WHERE {which}"


def _of_priced(cost: str) -> str:
    return f"{SIGN} * if(isNull(cost) OR isNull(direct_cost), 0, assumeNotNull({cost}))"


def _counted(added: str) -> str:
    """Below zero it is that modulo 2**64; of a call and its corrections the sum never is."""
    return f"toUInt64({SIGN} * ({added}))"


CALLS = Sums(
    more="",
    keys={},
    added={
        "calls": _counted("1"),
        "failed": _counted("status = 0 OR status >= 400"),
        "direct_tokens": _counted("direct_tokens"),
        "sent_tokens": _counted("sent_tokens"),
        "reported": _counted("isNotNull(input)"),
        **{
            name: _counted(f"ifNull({name}, 0)")
            for name in ("input", "cache_read", "cache_write", "cache_write_1h", "output")
        },
        "predicted_read": _counted("if(isNull(input), 0, predicted_read)"),
        "priced": _counted("isNotNull(cost) AND isNotNull(direct_cost)"),
        "cost": _of_priced("cost"),
        "direct_cost": _of_priced("direct_cost"),
    },
    kept=(
        Kept("user_daily_stats", DAY, (Dimension.ORGANISATION, Dimension.USER)),
        Kept("usage_hours", HOUR),
        Kept("usage_sessions", DAY, tuple(Dimension)),
    ),
)
"""As `domain.analytics.usage.counted` says it."""

CHANGES = Sums(
    more="ARRAY JOIN JSONExtractArrayRaw(changes) AS change",
    keys={"kind": "JSONExtractString(change, 3)", "level": "JSONExtractString(change, 4)"},
    added={
        "blocks": "toUInt64(1)",
        "original_tokens": "JSONExtractUInt(change, 5)",
        "optimized_tokens": "JSONExtractUInt(change, 6)",
    },
    kept=(Kept("optimization_metrics", DAY),),
)


def _between(since: float, until: float) -> str:
    bound = [days_of(UsageQuery(since=since, until=until))]
    if not isinf(since):
        bound.append(f"at >= {since!r}")
    if not isinf(until):
        bound.append(f"at < {until!r}")
    return " AND ".join(bound)


def _list(numbers: Iterable[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"


def _texts(values: Sequence[str]) -> str:
    """Literals; of no values, one that nothing is equal to."""
    return ", ".join(text(value) for value in encodable(tuple(values))) or "NULL"


def text(value: str) -> str:
    """A literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{escaped}'"
