"""A cache in this process over one that processes share."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

from aicontext.adapters.cache.memory import MemoryCache
from aicontext.domain.errors import Unavailable
from aicontext.kit.breaker import Breaker
from aicontext.kit.clock import Clock
from aicontext.ports.stores.cache import Cache

_FRAME = struct.Struct("<?d")
"""Whether the value is fixed, and when it ends for all processes, in seconds since the epoch."""

_PAUSE = 0.5
"""Seconds until the shared cache is asked again for its news."""

_AT_ONCE = 64
"""Calls of the shared cache under way; each has a connection, and to make a thousand takes long."""

Answer = TypeVar("Answer")


class Shared(Cache, Protocol):
    """A cache that several processes use. It fails, with Unavailable, and says what changed."""

    def changes(self) -> AsyncIterator[str]: ...

    async def forget_all(self) -> None: ...


class LayeredCache:
    """Answers from this process where nobody can have changed the value, else from the shared one.

    What others put or remove is dropped here as soon as the shared cache tells of it, within a hop
    of the network. While its news do not come, only values that cannot become wrong are answered
    from here. While it does not answer at all, everything else is a miss; what could not be
    removed meanwhile may still stand there, so the first thing done afterwards is to forget all.

    failures: calls that the shared cache did not answer.
    """

    def __init__(self, near: MemoryCache, far: Shared, clock: Clock) -> None:
        self._near = near
        self._far = far
        self._clock = clock
        self._breaker = Breaker(threshold=1, cooldown=_PAUSE)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._told = False
        self._unclean = False
        self._asked: dict[str, object] = {}
        self._listening: asyncio.Task[None] | None = None
        self.failures = 0

    async def get(self, key: str) -> bytes | None:
        if (found := self._near.held(key, fixed=not self._told)) is not None:
            return found
        with self._unchanged(key) as still:
            kept = await self._answer(lambda: self._far.get(key))
            if kept is None or len(kept) < _FRAME.size:
                return None
            fixed, until = _FRAME.unpack_from(kept)
            left = until - self._clock.now()
            if left <= 0:
                return None
            value = kept[_FRAME.size :]
            if still():
                self._near.keep(key, value, left, fixed=fixed)
            return value

    async def lease(self, key: str) -> str:
        return await self._answer(lambda: self._far.lease(key)) or ""

    async def put(
        self, key: str, value: bytes, seconds: float, *, lease: str | None = None
    ) -> bool:
        framed = _FRAME.pack(lease is None, self._clock.now() + seconds) + value
        with self._unchanged(key) as still:
            done = await self._answer(lambda: self._far.put(key, framed, seconds, lease=lease))
            if lease is None or (done and still()):
                self._near.keep(key, value, seconds, fixed=lease is None)
        return bool(done)

    async def remove(self, key: str) -> None:
        self._near.forget(key)
        self._asked.pop(key, None)
        try:
            await self._reached(lambda: self._far.remove(key))
        except Unavailable:
            self._unclean = True

    async def close(self) -> None:
        while self._listening is not None and not self._listening.done():
            self._listening.cancel()  # Again where a wait for Redis ended just then, and took it.
            await asyncio.wait((self._listening,), timeout=_PAUSE)
        await self._far.close()
        await self._near.close()

    @contextlib.contextmanager
    def _unchanged(self, key: str) -> Iterator[Callable[[], bool]]:
        """Whether no other call and no news touched the key since: else what the shared cache
        answered may be older than what it holds."""
        mark = self._asked[key] = object()
        try:
            yield lambda: self._asked.get(key) is mark
        finally:
            if self._asked.get(key) is mark:
                del self._asked[key]

    async def _answer(self, call: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """The shared cache's, with nothing in it that should be gone; None where it gives none."""
        try:
            return await self._reached(call)
        except Unavailable:
            return None

    async def _reached(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """The same. Raises Unavailable."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._hear())
        async with self._room:
            if not self._breaker.allows(self._clock.tick()):
                raise Unavailable("The shared cache is left alone for a moment.")
            try:
                if self._unclean:
                    await self._far.forget_all()
                    self._unclean = False
                answer = await call()
            except Unavailable:
                self.failures += 1
                self._breaker.failed(self._clock.tick())
                raise
        self._breaker.succeeded()
        return answer

    async def _hear(self) -> None:
        while True:
            try:
                async for key in self._far.changes():
                    self._heard(key)
            except Unavailable:
                self._told = False
            await asyncio.sleep(_PAUSE)

    def _heard(self, key: str) -> None:
        if key:
            self._near.forget(key)
            self._asked.pop(key, None)
        else:
            self._near.clear()
            self._asked.clear()
            self._told = True
