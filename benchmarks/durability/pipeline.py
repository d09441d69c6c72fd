"""Usage events over a bus into their store, while publishers, workers and servers are killed: what
was acknowledged and is not there at the end, or is there twice; how much is acknowledged in a
second; and how long events take until queries see them.

python benchmarks/durability/pipeline.py [--bus sqlite redis] [--kills 200] [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Protocol

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from servers.kafka import Kafka, kept_in_s3  # noqa: E402
from servers.moto import Moto  # noqa: E402
from servers.postgresql import Postgresql  # noqa: E402
from servers.redis import Redis  # noqa: E402
from writer import event, name  # noqa: E402

from aicontext.ports.stores.events import Events  # noqa: E402
from aicontext.services.analytics.ingest import GROUP, TOPIC, message  # noqa: E402
from aicontext.settings import load  # noqa: E402
from aicontext.wiring import stores  # noqa: E402
from aicontext.wiring.usage import events  # noqa: E402

RESULT = ROOT / "benchmarks/results/durability.json"
BUSES = ("sqlite", "redis", "postgresql", "kafka", "kafka-s3")
LONGEST = 0.6
"""Seconds after its first acknowledgement at which a publisher is killed, at most."""

LIVES = dict.fromkeys(("kafka", "kafka-s3"), (7.0, 12.0))
"""Seconds after which a worker is killed: dead members of a group of Kafka's are waited for six
seconds before others get their partitions."""

EACH = {"kafka-s3": 1}
"""Of how many runs the server is killed in one, where not in one of ten."""

UNTIMED = frozenset(("kafka-s3",))
"""What stands in for S3 is not made to be fast."""

RATE, SECONDS, EVERY = 2000, 20, 0.1
"""Events a second, for how long, and how often some are published, to see how fast they arrive."""


class Server(Protocol):
    def kill(self) -> None: ...
    def start(self) -> None: ...


@contextmanager
def address(kind: str, folder: Path) -> Iterator[tuple[str, Server | None]]:
    """Of an empty bus, and the server behind it where that keeps what it acknowledged."""
    if kind == "sqlite":
        yield "sqlite://", None
        return
    if kind == "postgresql":
        postgresql = Postgresql()
        try:
            yield postgresql.database(), postgresql
        finally:
            postgresql.stop()
        return
    if kind == "kafka-s3":
        with in_s3(folder) as kafka:
            yield kafka.url, kafka
        return
    server = Redis(folder, durable=True) if kind == "redis" else Kafka("tansu", folder)
    server.start()
    try:
        yield server.url, server if kind == "redis" else None
    finally:
        server.kill()


@contextmanager
def in_s3(folder: Path) -> Iterator[Kafka]:
    """A server whose S3 is let live."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = Moto()
    server = kept_in_s3(moto.url, "bus", folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        moto.stop()


def started(*words: str, told: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *words],
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def worker(told: Mapping[str, str]) -> subprocess.Popen[str]:
    return started("-m", "aicontext", "worker", "--services", "ingest", told=told)


def ended(process: subprocess.Popen[str], how: signal.Signals) -> None:
    process.send_signal(how)
    process.communicate()


def restarted(server: Server) -> None:
    server.kill()
    server.start()


def acknowledged(run: int, told: Mapping[str, str], seconds: float) -> tuple[int, float]:
    """(events acknowledged before the kill, seconds from the first acknowledgement on)."""
    script = str(Path(__file__).with_name("publisher.py"))
    with started(script, str(run), told=told) as publisher:
        assert publisher.stdout is not None
        first = publisher.stdout.readline()
        begun = time.perf_counter()
        time.sleep(seconds)
        publisher.send_signal(signal.SIGKILL)
        took = time.perf_counter() - begun
        lines = [first, *(line for line in publisher.stdout if line.endswith("\n"))]
    return int(lines[-1].split()[1]) + 1, took


def killed(kind: str, kills: int) -> dict[str, float]:
    """Both publisher and worker are killed each time, and every tenth time the server as well."""
    chance = random.Random(kind)
    told_of: dict[int, int] = {}
    seconds = 0.0
    servers = 0
    with tempfile.TemporaryDirectory() as home, address(kind, Path(home)) as (url, server):
        told = {"AICONTEXT_HOME": home, "AICONTEXT_BUS": url}
        for run in range(1, kills + 1):
            ingest = worker(told)
            Timer(chance.uniform(*LIVES.get(kind, (0.8, 2.0))), ingest.kill).start()
            restarting = None
            if server is not None and run % EACH.get(kind, 10) == 0:
                restarting = Timer(chance.uniform(0.6, 1.6), restarted, (server,))
                restarting.start()
                servers += 1
            told_of[run], took = acknowledged(run, told, chance.uniform(0, LONGEST))
            seconds += took
            ingest.communicate()
            if restarting is not None:
                restarting.join()
            if run % 20 == 0:
                total = sum(told_of.values())
                print(f"{kind}: {run} kills, {total:,} acknowledged", flush=True)
        lost, doubled = settled(told, told_of)
    acknowledged_ = sum(told_of.values())
    return {
        "kills": kills,
        "worker_kills": kills,
        "server_kills": servers,
        "acknowledged": acknowledged_,
        "lost": lost,
        "doubled": doubled,
        "acknowledged_per_second": round(acknowledged_ / seconds),
    }


def settled(told: Mapping[str, str], told_of: Mapping[int, int]) -> tuple[int, int]:
    """(lost, doubled), once a worker that is let live has done all that waits."""
    settings = load(told)

    async def waiting() -> int:
        bus = stores.bus(settings)
        left = await bus.waiting(TOPIC, GROUP)
        await bus.close()
        return left

    ingest = worker(told)
    while left := asyncio.run(waiting()):
        print(f"{left:,} wait", flush=True)
        time.sleep(1)
    ended(ingest, signal.SIGTERM)
    seen = Counter(one.id for one in events(settings).since(0))
    lost = sum(name(run, n) not in seen for run, count in told_of.items() for n in range(count))
    return lost, sum(seen.values()) - len(seen)


def arriving(kind: str) -> dict[str, float]:
    """Milliseconds from the acknowledgement of events until a query finds them."""
    with tempfile.TemporaryDirectory() as home, address(kind, Path(home)) as (url, _):
        told = {"AICONTEXT_HOME": home, "AICONTEXT_BUS": url}
        ingest = worker(told)
        assert ingest.stdout is not None
        ingest.stdout.readline()
        took = sorted(asyncio.run(_arrivals(told)))
        ended(ingest, signal.SIGTERM)
    return {
        "rate": RATE,
        "p50_ms": round(took[len(took) // 2] * 1000),
        "p95_ms": round(took[int(len(took) * 0.95)] * 1000),
        "max_ms": round(took[-1] * 1000),
        "load": round(os.getloadavg()[0], 1),
    }


async def _arrivals(told: Mapping[str, str]) -> list[float]:
    settings = load(told)
    bus, record = stores.bus(settings), events(settings)
    size = int(RATE * EVERY)
    await bus.publish([message(event(0, 0))])
    await asyncio.to_thread(_awaited, record, name(0, 0))  # The worker has found its partitions.
    away: dict[str, float] = {}
    took: list[float] = []

    async def publish() -> None:
        begun = time.perf_counter()
        for group in range(int(SECONDS / EVERY)):
            numbers = range(group * size, (group + 1) * size)
            await bus.publish([message(event(1, number)) for number in numbers])
            away[name(1, numbers[-1])] = time.perf_counter()
            await asyncio.sleep(max(0.0, begun + (group + 1) * EVERY - time.perf_counter()))

    publishing = asyncio.create_task(publish())
    while away or not publishing.done():
        found = await asyncio.to_thread(record.held, list(away))
        now = time.perf_counter()
        took += [now - away.pop(id_) for id_ in found]
        await asyncio.sleep(0.02)
    await bus.close()
    return took


def _awaited(record: Events, id_: str) -> None:
    while not record.held([id_]):
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bus", nargs="+", choices=BUSES, default=BUSES)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for kind in given.bus:
        found: dict[str, object] = {"load": round(os.getloadavg()[0], 1)}
        found |= killed(kind, given.kills)
        if kind in UNTIMED:
            del found["acknowledged_per_second"]
        else:
            found["arrival"] = arriving(kind)
        print(json.dumps({kind: found}, indent=1), flush=True)
        if given.write:
            kept = json.loads(RESULT.read_text(encoding="utf-8"))
            kept.setdefault("pipelines", {})[kind] = found
            RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
