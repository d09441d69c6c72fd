"""What was acknowledged is there after `kill -9`, and damage and full disks are told of."""

import asyncio
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from aicontext.adapters.vectors.exact import ExactVectors
from aicontext.adapters.vectors.qdrant import QdrantVectors
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.vectors import Filter, Item, Space

SPACE = Space("a-model", 8)
ALL = Filter(organisation="one")

WRITER = """
import asyncio, sys
from pathlib import Path
from test_durability import ALL, item, opened

async def main(kind, path, first):
    vectors = opened(kind, path)
    for number in range(first, 1_000_000):
        await vectors.put([item(number)])
        print("put", number, flush=True)
        if number % 3 == 2:
            await vectors.remove("one", [str(number - 1)])
            await vectors.search(item(number).vector, ALL)
            print("removed", number - 1, flush=True)

asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
"""
"""Says each time what was acknowledged."""


def opened(kind: str, path: Path) -> ExactVectors:
    return (QdrantVectors if kind == "qdrant" else ExactVectors)(path, SPACE)


def item(number: int) -> Item:
    vector = [1.0, *[float(number >> bit & 1) for bit in range(7)]]
    kind = str(number // 500)
    return Item(id=str(number), organisation="one", user="ada", vector=vector, kind=kind)


async def found(which: str, path: Path) -> set[int]:
    vectors = opened(which, path)
    try:
        every: set[int] = set()
        for kind in count():
            if len(every) == await vectors.count(ALL):
                return every
            part = replace(ALL, kind=str(kind))
            every |= {int(m.id) for m in await vectors.search(item(0).vector, part, 1000)}
        raise AssertionError
    finally:
        await vectors.close()


def told(kind: str, path: Path, first: int, seconds: float) -> list[str]:
    """What was acknowledged before the writer was killed."""
    command = [sys.executable, "-c", WRITER, kind, str(path), str(first)]
    folder = Path(__file__).parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as writer:
        assert writer.stdout is not None
        begun = writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        lines = [begun, *(line for line in writer.stdout if line.endswith("\n"))]
    assert writer.returncode == -signal.SIGKILL  # It did not end by itself before.
    return lines


@pytest.mark.parametrize("kind", ["exact", "qdrant"])
def test_a_killed_writer_loses_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    here: set[int] = set()
    for seconds in (0.05, 0.2):
        for line in told(kind, path, max(here, default=-1) + 1, seconds):
            what, number = line.split()
            (here.add if what == "put" else here.discard)(int(number))
        there = asyncio.run(found(kind, path))
        assert len(here ^ there) <= 1  # What was under way may be done or not.
        here = there


def test_a_file_that_is_no_database_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    path.write_bytes(b"this is no database" * 1000)

    async def go() -> None:
        vectors = ExactVectors(path, SPACE)
        with pytest.raises(Unavailable, match="cannot be used"):
            await vectors.search(item(0).vector, ALL)
        await vectors.close()

    asyncio.run(go())


def test_a_damaged_row_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"

    async def go() -> None:
        vectors = ExactVectors(path, SPACE)
        await vectors.put([item(0), item(1)])
        with closing(sqlite3.connect(path)) as base:
            base.execute("UPDATE vectors SET vector = x'0000' WHERE id = '1'")
            base.commit()
        with pytest.raises(Unavailable, match="cannot be used"):
            await vectors.search(item(0).vector, ALL)
        await vectors.close()

    asyncio.run(go())


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    """A limit on the size of files stands for it."""
    path = tmp_path / "vectors.db"

    async def fill() -> int:
        vectors = ExactVectors(path, SPACE)
        try:
            await vectors.put([item(0)])
            former = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, former[1]))
            try:
                for number in range(1, 100_000, 50):
                    await vectors.put([item(n) for n in range(number, number + 50)])
            except Unavailable:
                return number
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, former)
            raise AssertionError("the disk never was full")
        finally:
            await vectors.close()

    first = asyncio.run(fill())
    assert first > 50

    async def look() -> None:
        vectors = ExactVectors(path, SPACE)
        assert await vectors.count(ALL) == first
        await vectors.put([item(n) for n in range(first, first + 50)])
        assert await vectors.count(ALL) == first + 50
        await vectors.close()

    asyncio.run(look())
