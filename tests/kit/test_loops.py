"""An event loop beside threads."""

import asyncio

import pytest

from aicontext.kit.loops import LoopThread


def test_work_is_done_there_and_what_is_left_is_cancelled() -> None:
    ends: list[str] = []

    async def ten() -> int:
        return 10

    async def fail() -> None:
        raise OSError("no")

    async def forever() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            ends.append("cancelled")

    async def begin() -> asyncio.Task[None]:
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        return task

    loop = LoopThread("test")
    assert loop.run(ten()) == 10
    with pytest.raises(OSError, match="no"):
        loop.run(fail())
    left = loop.run(begin())
    loop.close()
    assert ends == ["cancelled"]
    assert left.cancelled()
