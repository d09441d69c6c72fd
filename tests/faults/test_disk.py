"""What the page on faults says of full disks: a limit on files stands for a disk."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tenants import organisation

from aicontext import settings as environment
from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.storage.messages import Message
from aicontext.domain.storage.records import Organisation
from aicontext.wiring import stores, usage
from aicontext.wiring.context import open_archive

ROOM = 1024
"""Bytes of a file at most."""

OWNER = "a" * 32


@contextmanager
def full() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def chosen(tmp_path: Path) -> environment.Settings:
    return environment.load({"AICONTEXT_HOME": str(tmp_path)}, {})


async def fills(write: Callable[[int], Awaitable[None]]) -> None:
    """The first one is kept, further ones are refused while the disk is full."""
    await write(1)
    with full():
        for number in (2, 3):
            with pytest.raises(Unavailable):
                await write(number)
    await write(4)


def test_records(chosen: environment.Settings) -> None:
    every = {number: organisation() for number in range(1, 5)}

    async def test() -> None:
        records = stores.records(chosen)
        await records.migrate()

        async def write(number: int) -> None:
            async with records.transaction(None) as transaction:
                await transaction.add(every[number])

        await fills(write)
        async with records.transaction(None, reading=True) as transaction:
            kept = {one.id for one in await transaction.find(Organisation)}
        assert {every[1].id, every[4].id} == kept & {one.id for one in every.values()}
        await records.close()

    asyncio.run(test())


def test_usage(chosen: environment.Settings) -> None:
    kept = usage.events(chosen, kept=True)

    async def write(number: int) -> None:
        kept.append([UsageEvent(str(number), 1.0, Caller(), "", "", "m", 200, Outcome.UNCHANGED)])

    asyncio.run(fills(write))
    assert [one.id for one in kept.since(0)] == ["1", "4"]
    kept.close()


def test_archive(chosen: environment.Settings) -> None:
    archive = open_archive(chosen)
    texts = {number: f"{number} " + "".join(map(chr, range(40, 9000))) for number in range(1, 5)}

    async def write(number: int) -> None:
        archive.put(texts[number])

    asyncio.run(fills(write))
    assert len(archive.held(*texts.values())) == 2


def test_bus(chosen: environment.Settings) -> None:
    async def test() -> None:
        bus = stores.bus(chosen)
        await fills(lambda number: bus.publish([Message(f"{number:032x}", "t", "k", b"x" * 2000)]))
        async with bus.consumer("t", "g") as consumer:
            found = [one.id for batch in await consumer.take(9, 5.0) for one in batch.messages]
        assert found == [f"{1:032x}", f"{4:032x}"]
        await bus.close()

    asyncio.run(test())


def test_contents(chosen: environment.Settings) -> None:
    async def content(number: int) -> AsyncIterator[bytes]:
        yield bytes([number]) * 5000

    async def test() -> None:
        blobs = stores.blobs(chosen)

        async def write(number: int) -> None:
            await blobs.put(OWNER, content(number))

        await fills(write)
        assert len([one async for one in blobs.digests(OWNER)]) == 2
        await blobs.close()

    asyncio.run(test())
