"""Kill -9 at seeded moments: what was acknowledged and is not there afterwards; and how much is
acknowledged in a second.

python benchmarks/durability/run.py [--kills 200] [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from servers.postgresql import Postgresql  # noqa: E402
from writer import GROUP, name, text  # noqa: E402

from aicontext.adapters.archive.sqlite import SqliteArchive  # noqa: E402
from aicontext.adapters.events.sqlite import SqliteEvents  # noqa: E402
from aicontext.adapters.records.postgresql import PostgresqlRecords  # noqa: E402
from aicontext.adapters.records.sqlite import SqliteRecords  # noqa: E402
from aicontext.domain.context import handle  # noqa: E402
from aicontext.domain.storage.records import Organisation  # noqa: E402
from aicontext.ports.stores.records import Records  # noqa: E402

RESULT = ROOT / "benchmarks/results/durability.json"
LONGEST = 0.4
"""Seconds after its first acknowledgement at which a writer is killed, at most."""


def acknowledged(store: str, address: str, run: int, seconds: float) -> tuple[int, float]:
    """(numbers acknowledged before the kill, seconds from the first acknowledgement on)."""
    command = [sys.executable, str(Path(__file__).with_name("writer.py")), store, address, str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        begun = time.perf_counter()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        took = time.perf_counter() - begun
        lines = [first, *(line for line in writer.stdout if line.endswith("\n"))]
    return int(lines[-1].split()[1]) + 1, took


def archive_held(address: str, run: int, count: int) -> set[str]:
    texts = {number: text(run, number) for number in range(count)}
    kept = SqliteArchive(Path(address), 2**30).held(*texts.values())
    return {name(run, number) for number, one in texts.items() if handle(one) in kept}


async def _organisations(records: Records, run: int) -> set[str]:
    """Those of the run, whose ids come after all earlier ones."""
    found = [name(run - 1, 2**63)]
    while True:
        async with records.transaction(None, reading=True) as transaction:
            page = await transaction.find(Organisation, after=found[-1], limit=1000)
        if not page:
            await records.close()
            return set(found)
        found += [one.id for one in page]


def held(store: str, address: str, run: int, count: int) -> set[str]:
    if store == "events":
        return set(SqliteEvents(Path(address)).held([name(run, n) for n in range(count)]))
    if store == "archive":
        return archive_held(address, run, count)
    server = store == "records-postgresql"
    records = PostgresqlRecords(address) if server else SqliteRecords(Path(address))
    return asyncio.run(_organisations(records, run))


@contextmanager
def address(store: str, folder: Path) -> Iterator[tuple[str, Postgresql | None]]:
    """Of an empty store, and the server behind it."""
    if store != "records-postgresql":
        path = str(folder / f"{store}.db")
        if store == "records-sqlite":
            asyncio.run(_migrated(SqliteRecords(Path(path))))
        yield path, None
        return
    server = Postgresql()
    try:
        url = server.database()
        asyncio.run(_migrated(PostgresqlRecords(url)))
        yield url, server
    finally:
        server.stop()


async def _migrated(records: Records) -> None:
    await records.migrate()
    await records.close()


def measure(store: str, kills: int) -> dict[str, float]:
    """Every tenth time the server is killed as well, where there is one."""
    chance = random.Random(store)
    told = lost = servers = 0
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder, address(store, Path(folder)) as (place, server):
        for run in range(1, kills + 1):
            count, took = acknowledged(store, place, run, chance.uniform(0, LONGEST))
            if server is not None and run % 10 == 0:
                server.kill()
                server.start()
                servers += 1
            kept = held(store, place, run, count)
            told += count
            seconds += took
            lost += sum(name(run, number) not in kept for number in range(count))
            if run % 20 == 0:
                print(f"{store}: {run} kills, {told:,} acknowledged, {lost} lost", flush=True)
    return {
        "kills": kills,
        "server_kills": servers,
        "group": GROUP[store],
        "acknowledged": told,
        "lost": lost,
        "acknowledged_per_second": round(told / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = {store: measure(store, given.kills) for store in GROUP}
    result = {"load": round(os.getloadavg()[0], 1), "cores": os.cpu_count(), "stores": found}
    print(json.dumps(result, indent=1))
    if given.write:
        kept = json.loads(RESULT.read_text(encoding="utf-8"))
        result["pipelines"] = kept["pipelines"]
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
