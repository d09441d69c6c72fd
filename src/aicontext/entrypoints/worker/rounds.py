"""Work that goes round and round for as long as the process runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress

from aicontext.domain.errors import AiContextError

Opened = Callable[[], AbstractAsyncContextManager[Callable[[], Awaitable[int]]]]
"""Opens what the work needs, and gives a round of it, which gives how much there was to do."""

_FULL = 500
"""So much is followed by the next round at once."""

_LINGER = 0.2
"""Seconds between rounds with less to do, so that more is done at once."""

_FIRST, _LONGEST = 0.5, 15.0
"""Seconds until what cannot be used is opened again; doubled each time."""


class RoundsWorker:
    """A service of `kit.services`, and what runs of it. address: where its work comes from."""

    def __init__(self, address: str, opened: Opened) -> None:
        self.address = address
        self._opened = opened
        self._end = asyncio.Event()

    async def start(self) -> RoundsWorker:
        self._task = asyncio.create_task(self._work())
        return self

    async def stop(self) -> None:
        """Lets the round under way finish; what is cut off is done again by the next process."""
        self._end.set()
        await asyncio.gather(self._task, return_exceptions=True)

    def hasten(self) -> None:
        self._task.cancel()

    async def _work(self) -> None:
        delay = _FIRST
        while not self._end.is_set():
            try:
                async with self._opened() as go_round:
                    while not self._end.is_set():
                        done = await go_round()
                        delay = _FIRST
                        if done < _FULL:
                            await self._pause(_LINGER)
            except AiContextError as error:
                logging.getLogger(__name__).warning("%s stands still. %s", self.address, error)
            except Exception:
                logging.getLogger(__name__).exception("%s stands still.", self.address)
            else:
                return
            await self._pause(delay)
            delay = min(2 * delay, _LONGEST)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), seconds)
