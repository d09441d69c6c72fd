"""How soon a kept value is answered, from this process and from Redis, and how often it is made
when a thousand miss it at once.

python benchmarks/cache/run.py [--write]

Every hit is read as the services read it, with a value of 4,000 bytes. Times are of the best of
seven rounds. --write: into results/cache.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from servers.redis import Redis  # noqa: E402

from aicontext.adapters.cache.layered import LayeredCache  # noqa: E402
from aicontext.adapters.cache.memory import MemoryCache  # noqa: E402
from aicontext.adapters.cache.redis import RedisCache  # noqa: E402
from aicontext.kit.caching import Cached, Space, Store  # noqa: E402
from aicontext.kit.clock import CLOCK  # noqa: E402

RESULT = ROOT / "benchmarks/results/cache.json"
SPACE = Space("opt", 3600.0, fixed=True)
VALUE, ROUNDS, AT_ONCE = b"x" * 4000, 7, 1000


class Counted:
    """Makes the value, and counts."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self) -> bytes:
        self.made += 1
        await asyncio.sleep(0.05)
        return VALUE


def over(store: Store) -> Cached[bytes]:
    return Cached(store, SPACE, bytes, bytes, now=CLOCK.now)


async def timed(get: Callable[[], Awaitable[object]], times: int) -> dict[str, float]:
    """Microseconds of one."""
    took = []
    for _ in range(ROUNDS):
        clock, spent = time.perf_counter(), time.process_time()
        for _ in range(times):
            await get()
        took.append((time.perf_counter() - clock, time.process_time() - spent))
    best = (min(of) / times * 1e6 for of in zip(*took, strict=True))
    return dict(zip(("clock_us", "cpu_us"), (round(one, 1) for one in best), strict=True))


async def measured(url: str) -> dict[str, object]:
    load = Counted()
    memory = MemoryCache(2**26, CLOCK.tick)
    cache = LayeredCache(memory, RedisCache(url, "bench"), CLOCK)
    kept = over(cache)
    await kept.get("other", load)
    await asyncio.sleep(0.5)  # Until it hears what others change.
    load.made = 0
    await asyncio.gather(*(kept.get("key", load) for _ in range(AT_ONCE)))

    async def far() -> None:
        memory.clear()
        await kept.get("key", load)

    found: dict[str, object] = {
        "memory": await timed(lambda: kept.get("key", load), 10_000),
        "redis": await timed(far, 1000),
        "at_once": AT_ONCE,
        "made": load.made,
    }
    await cache.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Redis(Path(folder))
        server.start()
        try:
            found = asyncio.run(measured(server.url))
        finally:
            server.kill()
    found |= {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(found, indent=1))
    if given.write:
        RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
