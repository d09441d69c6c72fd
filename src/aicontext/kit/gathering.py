"""Many callers, one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Gathering(Generic[Item]):
    """Commits what callers add while the commit before is under way, all at once.

    commit: of items in the order in which they were added. weight: of an item. most: of one commit,
    unless one caller adds more.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Awaitable[None]],
        most: int,
        weight: Callable[[Item], int] = lambda item: 1,
    ) -> None:
        self._commit, self._most, self._weight = commit, most, weight
        self._waiting: deque[tuple[Sequence[Item], int, asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def add(self, items: Sequence[Item]) -> None:
        """Returns when they are committed; raises what kept them from it. They may be committed
        even where this is cancelled."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((items, sum(map(self._weight, items)), done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        while self._waiting:
            items, callers = self._next()
            error: Exception | None = None
            try:
                await self._commit(items)
            except Exception as failure:  # noqa: BLE001 - all who wait get it
                error = failure
            for done in callers:
                if done.cancelled():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    def _next(self) -> tuple[list[Item], list[asyncio.Future[None]]]:
        items: list[Item] = []
        callers: list[asyncio.Future[None]] = []
        left = self._most
        while self._waiting and (not items or self._waiting[0][1] <= left):
            added, weight, done = self._waiting.popleft()
            left -= weight
            items += added
            callers.append(done)
        return items, callers
