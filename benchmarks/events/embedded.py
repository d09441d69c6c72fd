"""What the embedded data layer adds to a process that serves: memory, and time to start.

python benchmarks/events/embedded.py [--times 5] [--write]

In a process of its own each time, which has loaded what the proxy loads: records are migrated,
usage events opened, a message and a content kept, the cache asked; in an empty folder, and once
more in the folder that the first process left. Megabytes, CPU seconds and seconds of the clock
beyond what that process had, the least of all times. --write: into results/embedded.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

RESULT = Path(__file__).parents[1] / "results/embedded.json"
OPTIONAL = {
    *("chdb", "clickhouse_connect", "redis", "confluent_kafka", "asyncpg", "boto3", "aiobotocore"),
    *("qdrant_edge", "pgvector", "hvac", "pyarrow", "pandas"),
}
"""What no embedded installation needs."""


async def content() -> AsyncIterator[bytes]:
    yield b"content"


async def opened() -> None:
    stores, usage = (import_module(f"aicontext.wiring.{name}") for name in ("stores", "usage"))
    usage.events().append(())
    messages = import_module("aicontext.domain.storage.messages")
    records, bus, blobs, cache = stores.records(), stores.bus(), stores.blobs(), stores.cache()
    await records.migrate()
    await bus.publish([messages.Message("1", "topic", "key", b"payload")])

    await blobs.put("0" * 32, content())
    await cache.get("key")
    for one in (records, bus, blobs, cache):
        await one.close()


def measured() -> dict[str, float]:
    """In this process."""
    import_module("aicontext.wiring.serving")
    import_module("aicontext.entrypoints.proxy.server")
    before, clock, spent = _held(), time.perf_counter(), time.process_time()
    asyncio.run(opened())
    if loaded := OPTIONAL & {name.partition(".")[0] for name in sys.modules}:
        raise SystemExit(f"It loaded {', '.join(sorted(loaded))}.")
    return {
        "mb": round(_held() - before, 1),
        "cpu_s": round(time.process_time() - spent, 3),
        "clock_s": round(time.perf_counter() - clock, 3),
    }


def _held() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def of_process(home: str) -> dict[str, float]:
    clean = {name: of for name, of in os.environ.items() if not name.startswith("AICONTEXT_")}
    done = subprocess.run(
        [sys.executable, __file__, "--here"],
        env=clean | {"AICONTEXT_HOME": home, "PYTHONDONTWRITEBYTECODE": ""},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    if chosen.here:
        print(json.dumps(measured()))
        return
    runs: dict[str, list[dict[str, float]]] = {"new": [], "again": []}
    for _ in range(chosen.times):
        with tempfile.TemporaryDirectory() as home:
            for one in runs.values():
                one.append(of_process(home))
    found = {
        name: {figure: min(run[figure] for run in some) for figure in some[0]}
        for name, some in runs.items()
    }
    print(json.dumps(found, indent=1))
    if chosen.write:
        RESULT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
