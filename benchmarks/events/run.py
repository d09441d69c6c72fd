"""Sums over many usage events: how soon dashboards are answered, whether they are those of the
events, and how much disk an event takes.

python benchmarks/events/run.py sqlite|clickhouse [--events 1000000] [--copies 10] [--write]

copies: of what went through the adapter, all but one made by the engine: other ids, users, sessions
and some numbers; what repeats takes less disk than it would. --write: into results/events.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from clickhouse_connect import get_client
from made import CALLS_A_DAY, DAYS, START, events

from aicontext.adapters.cache.memory import MemoryCache
from aicontext.adapters.events.clickhouse.store import ClickHouseEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.analytics.usage import Dimension, Grain, UsageQuery
from aicontext.ports.stores.events import Events
from aicontext.services.analytics.accounting.reports import Reports

RESULT = Path(__file__).parents[1] / "results/events.json"
GROUP = 1000
"""Events acknowledged at a time; of copies none is."""

END = START + DAYS * 86_400
DAY = 86_400.0
D = Dimension


def dashboard(chance: random.Random, users: int) -> dict[str, UsageQuery]:
    """What people look at; spans of time begin and end at any moment."""
    end = END - chance.uniform(0, 60 * DAY)
    month = {"since": end - 30 * DAY, "until": end}
    user, team = f"user-{chance.randrange(users):04d}", f"team-{chance.randrange(users // 8 + 1)}"
    return {
        "all of it": UsageQuery(),
        "the year by month and outcome": UsageQuery(by=(D.OUTCOME,), grain=Grain.MONTH),
        "the year by day": UsageQuery(grain=Grain.DAY),
        "the year by team": UsageQuery(by=(D.TEAM,)),
        "the year by user": UsageQuery(by=(D.USER,)),
        "the year by tool and model": UsageQuery(by=(D.TOOL, D.MODEL)),
        "a month by team and day": UsageQuery(by=(D.TEAM,), grain=Grain.DAY, **month),
        "a month by project": UsageQuery(by=(D.PROJECT,), **month),
        "a day by hour": UsageQuery(grain=Grain.HOUR, since=end - DAY, until=end),
        "a team by day and model": UsageQuery(
            by=(D.MODEL,), grain=Grain.DAY, where={D.TEAM: [team]}
        ),
        "a user's month by day": UsageQuery(grain=Grain.DAY, where={D.USER: [user]}, **month),
        "a user's week by session": UsageQuery(
            by=(D.SESSION,), where={D.USER: [user]}, since=end - 7 * DAY, until=end
        ),
    }


def asked(store: Events, users: int, times: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """Each question, and the seconds until its answer: of the clock, of processors."""
    chance = random.Random(seed)
    for _ in range(times):
        for name, query in dashboard(chance, users).items():
            begun, spent = time.perf_counter(), time.process_time()
            store.usage(query)
            yield name, time.perf_counter() - begun, time.process_time() - spent


def unequal(store: Events, users: int) -> list[str]:
    """The questions that sums answer otherwise than the events."""
    chance = random.Random(99)
    found = [
        name
        for name, query in dashboard(chance, users).items()
        if store.usage(query) != store.usage(query, raw=True)
    ]
    month = UsageQuery(by=(D.ORGANISATION,), grain=Grain.MONTH)
    found += ["the ledger"] * (store.ledger(month) != store.ledger(month, raw=True))
    if store.optimizations(month) != store.optimizations(month, raw=True):
        found.append("what was done to blocks")
    return found


def filled(store: Events, count: int) -> float:
    """Processor seconds that appending took."""
    spent, source = 0.0, events(count)
    while group := list(islice(source, GROUP)):
        begun = time.process_time()
        store.append(group)
        spent += time.process_time() - begun
    return spent


def measured(store: Events, count: int, copies: int, disk: Callable[[], int]) -> dict[str, object]:
    users = copies * max(1, count // (DAYS * CALLS_A_DAY))
    begun = time.perf_counter()
    store.usage(UsageQuery())
    first = time.perf_counter() - begun
    list(asked(store, users, 1, 0))
    took = list(asked(store, users, 10, 1))
    by_name: dict[str, list[float]] = {}
    for name, _, spent in took:
        by_name.setdefault(name, []).append(spent)
    (row,) = store.usage(UsageQuery())
    total = row.sums.calls
    return {
        "events": total,
        "queries": len(took),
        **{
            f"{of}_ms": _shares(values)
            for of, values in zip(("clock", "cpu"), _times(took), strict=True)
        },
        "cpu_ms_of_each": {name: round(min(of) * 1e3, 1) for name, of in by_name.items()},
        "reports": reports(store, users),
        "first_s": round(first, 1),
        "unequal": unequal(store, users),
        "bytes_per_event": round(disk() / total, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def reports(store: Events, users: int) -> dict[str, object]:
    """Processor milliseconds of a report that is made, and of one that is asked for again."""
    cache = MemoryCache(2**26, time.perf_counter)
    kept = Reports(store, cache, now=time.time)
    took: dict[str, list[float]] = {"made": [], "again": []}

    async def asked() -> None:
        for query in dashboard(random.Random(2), users).values():
            for times in took.values():
                spent = time.process_time()
                await kept.usage("all", query, asyncio.to_thread)
                times.append(time.process_time() - spent)

    asyncio.run(asked())
    return {f"{name}_cpu_ms": _shares(times) for name, times in took.items()}


def _times(took: list[tuple[str, float, float]]) -> tuple[list[float], list[float]]:
    return [clock for _, clock, _ in took], [spent for _, _, spent in took]


def _shares(values: list[float]) -> dict[str, float]:
    """Milliseconds that half, and that 95 of a hundred, took at most."""
    cuts = statistics.quantiles(values, n=20)
    return {"p50": round(cuts[9] * 1e3, 1), "p95": round(cuts[-1] * 1e3, 1)}


def of_sqlite(folder: Path, count: int, copies: int) -> dict[str, object]:
    assert copies == 1, "copies are made by ClickHouse alone"
    path = folder / "usage.db"
    store = SqliteEvents(path, kept=True)
    spent = filled(store, count)
    store.close()
    found = measured(SqliteEvents(path), count, 1, lambda: path.stat().st_size)
    with sqlite3.connect(path) as base:
        (size,) = (
            base.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN ('usage', 'sqlite_autoindex_usage_1')"
            ).fetchone()
            if _has_dbstat(base)
            else (None,)
        )
    return {
        "append_us": round(spent / count * 1e6, 1),
        "event_bytes": size and size // count,
    } | found


def _has_dbstat(base: sqlite3.Connection) -> bool:
    return ("ENABLE_DBSTAT_VTAB",) in base.execute("PRAGMA compile_options").fetchall()


def of_clickhouse(folder: Path, count: int, copies: int) -> dict[str, object]:
    store = ClickHouseEvents(f"chdb://{folder}")
    spent = filled(store, count)
    client = get_client(interface="chdb", path=str(folder))
    for copy in range(1, copies):
        client.command(_COPY.format(copy=copy, users=max(1, count // (DAYS * CALLS_A_DAY))))
        client.command(
            "INSERT INTO writes (day, begun, ended) SELECT DISTINCT day, 1, 1 FROM usage_events"
        )

    def disk() -> int:
        client.command("OPTIMIZE TABLE usage_events")
        query = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'default'"
        return int(client.query(query).result_rows[0][0])

    found = measured(store, count, copies, disk)
    columns = client.query(
        "SELECT name, data_compressed_bytes FROM system.columns "
        "WHERE table = 'usage_events' ORDER BY 2 DESC LIMIT 12"
    ).result_rows
    parts = client.query(
        "SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active GROUP BY 1 ORDER BY 2 DESC"
    ).result_rows
    each = {name: round(size / count / copies, 2) for name, size in [*columns, *parts] if size}
    client.close()
    store.close()
    return {"append_us": round(spent / count * 1e6, 1), "each_bytes": each} | found


_COPY = """
INSERT INTO usage_events SELECT * EXCEPT number REPLACE (
    lower(concat(hex(toUInt64(at * 1000) * 65536 + 28672 + rand(1) % 4096), hex(rand64(2)))) AS id,
    lower(hex(MD5(concat(session, '{copy}')))) AS session,
    concat('user-', leftPad(toString(number), 4, '0')) AS user,
    concat('team-', toString(intDiv(number, 8))) AS team,
    at + rand(3) % 1000 / 1e3 - 0.5 AS at,
    direct_tokens + rand(4) % 512 AS direct_tokens,
    added_us + rand(5) % 256 AS added_us,
    first_us + rand(6) % 65536 AS first_us,
    total_us + rand(7) % 262144 AS total_us
) FROM (
    SELECT *, toUInt32(substring(user, 6)) + {copy} * {users} AS number FROM usage_events
    WHERE toUInt32(substring(user, 6)) < {users} AND floor(at / 86400) = floor((at + 1) / 86400)
)
"""

ENGINES = {"sqlite": of_sqlite, "clickhouse": of_clickhouse}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        found = ENGINES[chosen.engine](Path(folder), chosen.events, chosen.copies)
    found |= {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    found |= {"python": platform.python_version()}
    print(json.dumps(found, indent=1))
    if chosen.write:
        held = json.loads(RESULT.read_text()) if RESULT.exists() else {}
        RESULT.write_text(json.dumps(held | {chosen.engine: found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
