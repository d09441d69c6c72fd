"""Rounds that go on, whatever one of them meets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from aicontext.domain.errors import Unavailable
from aicontext.entrypoints.worker import rounds


def test_they_go_on_after_any_error_until_they_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_FIRST", 0.01)
    done: list[str] = []
    enough = asyncio.Event()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Callable[[], Awaitable[int]]]:
        done.append("open")
        yield go_round
        done.append("close")

    async def go_round() -> int:
        if len(done) == 1:
            raise Unavailable("It is away.")
        if len(done) == 2:
            raise KeyError("unforeseen")
        enough.set()
        return 0

    async def go() -> None:
        running = await rounds.RoundsWorker("work", opened).start()
        await asyncio.wait_for(enough.wait(), 60)
        await asyncio.wait_for(running.stop(), 60)

    asyncio.run(go())
    assert done == ["open", "open", "open", "close"]


def test_what_lasts_too_long_is_cut_off() -> None:
    begun = asyncio.Event()

    async def forever() -> int:
        begun.set()
        await asyncio.sleep(1000)
        return 0

    @asynccontextmanager
    async def opened() -> AsyncIterator[Callable[[], Awaitable[int]]]:
        yield forever

    async def go() -> None:
        running = await rounds.RoundsWorker("work", opened).start()
        await begun.wait()
        ending = asyncio.create_task(running.stop())
        await asyncio.sleep(0)
        running.hasten()
        await asyncio.wait_for(ending, 60)

    asyncio.run(go())
