"""Many callers, one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Gathering(Generic[Item]):
    """Commits what callers add while the commit before is under way, all at once.

    commit: of items in the order in which they were added. most: items of one commit, unless one
    caller adds more.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Awaitable[None]], most: int) -> None:
        self._commit, self._most = commit, most
        self._waiting: deque[tuple[Sequence[Item], asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def add(self, items: Sequence[Item]) -> None:
        """Returns when they are committed; raises what kept them from it. They may be committed
        even where this is cancelled."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((items, done))
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
        while self._waiting and (not items or len(items) + len(self._waiting[0][0]) <= self._most):
            added, done = self._waiting.popleft()
            items += added
            callers.append(done)
        return items, callers
