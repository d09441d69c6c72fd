"""Many callers, one commit."""

import asyncio
from collections.abc import Sequence

import pytest

from aicontext.kit.gathering import Gathering


def test_what_comes_during_a_commit_is_committed_together_in_order() -> None:
    commits: list[list[int]] = []

    async def commit(items: Sequence[int]) -> None:
        await asyncio.sleep(0)
        commits.append(list(items))

    async def go() -> None:
        gathering = Gathering(commit, most=4)
        await asyncio.gather(*(gathering.add([number, -number]) for number in range(1, 6)))
        await gathering.add([7] * 9)

    asyncio.run(go())
    assert commits == [[1, -1, 2, -2], [3, -3, 4, -4], [5, -5], [7] * 9]


def test_a_failed_commit_is_told_to_its_callers_alone() -> None:
    async def commit(items: Sequence[int]) -> None:
        await asyncio.sleep(0)
        if 1 in items:
            raise OSError("full")

    async def go() -> None:
        gathering = Gathering(commit, most=1)
        first, second = asyncio.create_task(gathering.add([1])), gathering.add([2])
        await second
        with pytest.raises(OSError, match="full"):
            await first

    asyncio.run(go())


def test_a_caller_that_is_cancelled_stops_no_other() -> None:
    commits: list[list[int]] = []

    async def commit(items: Sequence[int]) -> None:
        await asyncio.sleep(0.01)
        commits.append(list(items))

    async def go() -> None:
        gathering = Gathering(commit, most=10)
        first = asyncio.create_task(gathering.add([1]))
        await asyncio.sleep(0)
        first.cancel()
        await gathering.add([2])

    asyncio.run(go())
    assert [item for items in commits for item in items] == [1, 2]
