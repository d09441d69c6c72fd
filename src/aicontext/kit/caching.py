"""Ways to use a store that may forget.

Cache-aside and refresh-ahead read, write-through writes; `kit/threads/behind.py` writes behind.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Value = TypeVar("Value")
Key = TypeVar("Key", bound=Hashable)

_MADE = struct.Struct("<d")


class Store(Protocol):
    """Bytes by key for a while. A lease is the right to put what is read or written elsewhere from
    then on; it ends when the key is put or removed by anyone."""

    async def get(self, key: str) -> bytes | None: ...

    async def lease(self, key: str) -> str: ...

    async def put(
        self, key: str, value: bytes, seconds: float, *, lease: str | None = None
    ) -> bool: ...

    async def remove(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Space:
    """A family of keys, `name:...`.

    seconds: how long a value is kept; 0: none is. fixed: the key determines the value. ahead: the
    share of that time after which a read refreshes the value in the background; 1 for never.
    """

    name: str
    seconds: float
    fixed: bool = False
    ahead: float = 1.0


class SingleFlight(Generic[Key, Value]):
    """Work that many ask for at once is done once; all get its result or its error."""

    def __init__(self) -> None:
        self._flying: dict[Key, asyncio.Task[Value]] = {}

    async def once(self, key: Key, make: Callable[[], Awaitable[Value]]) -> Value:
        """What `make` gives. A caller that is cancelled does not take it from the others."""
        return await asyncio.shield(self.start(key, make))

    def start(self, key: Key, make: Callable[[], Awaitable[Value]]) -> asyncio.Task[Value]:
        """The work under way for the key, begun if there is none."""
        if (task := self._flying.get(key)) is None:
            task = self._flying[key] = asyncio.ensure_future(_awaited(make))
            task.add_done_callback(lambda done: self._landed(key, done))
        return task

    def _landed(self, key: Key, task: asyncio.Task[Value]) -> None:
        del self._flying[key]
        if not task.cancelled():
            task.exception()  # Whoever waited has it; nobody may have.


async def _awaited(make: Callable[[], Awaitable[Value]]) -> Value:
    return await make()


class Cached(Generic[Value]):
    """Values of one space. encode, decode: to and from bytes; what does not decode is a miss.
    now: seconds since the epoch."""

    def __init__(
        self,
        store: Store,
        space: Space,
        encode: Callable[[Value], bytes],
        decode: Callable[[bytes], Value],
        *,
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._space = space
        self._encode = encode
        self._decode = decode
        self._now = now
        self._loads: SingleFlight[str, Value] = SingleFlight()
        self.hits = 0
        self.misses = 0

    async def get(self, key: str, load: Callable[[], Awaitable[Value]]) -> Value:
        """The kept value, or what `load` gives, which is kept then. Raises what `load` raises."""
        if not self._space.seconds:
            return await load()
        full = f"{self._space.name}:{key}"
        if (kept := self._read(await self._store.get(full))) is None:
            self.misses += 1
            return await self._loads.once(full, lambda: self._missed(full, load))
        self.hits += 1
        value, age = kept
        if age > self._space.ahead * self._space.seconds:
            self._loads.start(full, lambda: self._loaded(full, load))
        return value

    async def write(self, key: str, save: Callable[[], Awaitable[Value]]) -> Value:
        """Write through: keep what `save` saved. Raises what it raises; nothing is kept then.

        Removed before and, where another write came between, after: whoever read the former value
        meanwhile can no longer put it.
        """
        full = f"{self._space.name}:{key}"
        await self._store.remove(full)
        lease = await self._store.lease(full)
        kept = False
        try:
            value = await save()
            kept = await self._keep(full, value, lease)
        finally:
            if not kept:
                await self._store.remove(full)
        return value

    async def drop(self, key: str, erase: Callable[[], Awaitable[None]]) -> None:
        """Forget the value, before and after `erase` took it from where it is saved. Raises what
        that raises."""
        full = f"{self._space.name}:{key}"
        await self._store.remove(full)
        try:
            await erase()
        finally:
            await self._store.remove(full)

    async def _missed(self, full: str, load: Callable[[], Awaitable[Value]]) -> Value:
        """The store is asked once more: who heard late that it had nothing may come after those
        that loaded the value meanwhile."""
        if (kept := self._read(await self._store.get(full))) is not None:
            return kept[0]
        return await self._loaded(full, load)

    async def _loaded(self, full: str, load: Callable[[], Awaitable[Value]]) -> Value:
        lease = None if self._space.fixed else await self._store.lease(full)
        value = await load()
        await self._keep(full, value, lease)
        return value

    async def _keep(self, full: str, value: Value, lease: str | None) -> bool:
        framed = _MADE.pack(self._now()) + self._encode(value)
        return await self._store.put(full, framed, self._space.seconds, lease=lease)

    def _read(self, kept: bytes | None) -> tuple[Value, float] | None:
        if kept is None or len(kept) < _MADE.size:
            return None
        try:
            value = self._decode(kept[_MADE.size :])
        except (ValueError, KeyError, TypeError):
            return None
        return value, self._now() - _MADE.unpack_from(kept)[0]
