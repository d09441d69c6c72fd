"""What is particular to a bus in a database."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from aicontext.adapters.bus.sql import sqlite_bus
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.messages import Message
from aicontext.kit.clock import Clock

WRITER = """
import asyncio, sys
from pathlib import Path
from aicontext.adapters.bus.sql import sqlite_bus
from aicontext.domain.storage.messages import Message

async def main():
    bus = sqlite_bus(Path(sys.argv[1]))
    async def write(first):
        for number in range(first, 1_000_000, 10):
            await bus.publish([Message(str(number), "t", str(first), b"x")])
            print(number, flush=True)
    await asyncio.gather(*map(write, range(10)))

asyncio.run(main())
"""


@dataclass
class Hands:
    """The hands of a clock that a test moves."""

    time: float = 1_700_000_000.0

    def read(self) -> float:
        return self.time


def numbered(first: int, last: int) -> list[Message]:
    return [Message(str(number), "t", "k", b"") for number in range(first, last)]


def test_what_a_killed_writer_was_told_is_kept_is_there_in_order(tmp_path: Path) -> None:
    path = tmp_path / "bus.db"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        told = {int(writer.stdout.readline())}
        time.sleep(0.3)
        writer.send_signal(signal.SIGKILL)
        told |= {int(line) for line in writer.stdout if line.endswith("\n")}

    async def go() -> None:
        bus = sqlite_bus(path)
        found: list[int] = []
        async with bus.consumer("t", "a") as consumer:
            while batches := await consumer.take(10_000, 0):
                for batch in batches:
                    found += [int(message.id) for message in batch.messages]
                await consumer.done(batches)
        await bus.close()
        assert told <= set(found)
        assert len(set(found)) == len(found)
        for first in range(10):
            mine = [number for number in found if number % 10 == first]
            assert mine == list(range(first, first + 10 * len(mine), 10))

    asyncio.run(go())


def test_a_lease_lapses_and_what_comes_late_changes_nothing(tmp_path: Path) -> None:
    hands = Hands()
    clock = Clock(hands.read, time.perf_counter)

    async def go() -> None:
        bus = sqlite_bus(tmp_path / "bus.db", clock=clock, lease=10)
        await bus.publish(numbered(0, 2))
        async with bus.consumer("t", "a") as slow, bus.consumer("t", "a") as other:
            held = await slow.take(10, 0)
            hands.time += 9
            assert not await other.take(10, 0)
            hands.time += 1
            (batch,) = await other.take(10, 0)
            assert [one.id for one in batch.messages] == ["0", "1"]
            await slow.done(held, {"0": "late"})
            await slow.retry(held[0], 60, "late")
            await other.done([batch.first(1)])
            assert [one.id for one in (await other.take(10, 0))[0].messages] == ["1"]
            assert not await bus.dead("t", "a")
        await bus.close()

    asyncio.run(go())


def test_a_clock_that_is_put_back_holds_nothing_up(tmp_path: Path) -> None:
    hands = Hands()
    clock = Clock(hands.read, time.perf_counter)

    async def go() -> None:
        bus = sqlite_bus(tmp_path / "bus.db", clock=clock)
        await bus.publish([Message("1", "t", "held", b""), Message("2", "t", "later", b"")])
        async with bus.consumer("t", "a") as one, bus.consumer("t", "a") as other:
            batches = await one.take(10, 0)
            assert len(batches) == 2
            await one.retry(batches[0], 60, "no")
            hands.time -= 86_400
            assert len(await other.take(10, 0)) == 2
        await bus.close()

    asyncio.run(go())


def test_one_that_a_newer_release_wrote_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bus.db"

    async def go() -> None:
        bus = sqlite_bus(path)
        await bus.publish(numbered(0, 1))
        await bus.close()
        with sqlite3.connect(path) as base:
            base.execute("UPDATE bus_schema SET version = 99")
        base.close()
        bus = sqlite_bus(path)
        with pytest.raises(Unavailable, match="newer version"):
            await bus.publish(numbered(1, 2))
        await bus.close()

    asyncio.run(go())


def test_what_is_done_by_all_groups_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bus.db"

    def kept() -> int:
        base = sqlite3.connect(path)
        count: int = base.execute("SELECT count(*) FROM bus_messages").fetchone()[0]
        base.close()
        return count

    async def go() -> None:
        bus = sqlite_bus(path)
        async with bus.consumer("t", "a") as one, bus.consumer("t", "b") as other:
            await bus.publish(numbered(0, 10))
            await one.done(await one.take(100, 0))
            assert kept() == 10
            (batch,) = await other.take(100, 0)
            await other.done([batch.first(4)])
            assert kept() == 6
        await bus.close()

    asyncio.run(go())


def test_a_damaged_file_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "bus.db"
    path.write_bytes(b"this is no database" * 1000)

    async def go() -> None:
        bus = sqlite_bus(path)
        with pytest.raises(Unavailable, match="bus' database"):
            await bus.publish(numbered(0, 1))
        await bus.close()

    asyncio.run(go())


def test_a_damaged_file_is_told_of_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "bus.db"

    async def publish() -> None:
        bus = sqlite_bus(path)
        try:
            await bus.publish([Message("1", "t", "k", b"x")])
        finally:
            await bus.close()

    asyncio.run(publish())
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 600] = b"\xaa" * 600
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="bus' database is damaged") as caught:
        asyncio.run(publish())
    assert "aicontext restore" in caught.value.hint
