"""A cache in this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import count

_ENTRY = 200
"""Bytes that an entry takes beside its key and value, about."""

_LEASES = 10_000
"""Leases that may be open; those of work that failed are never given back."""


class MemoryCache:
    """The least recently used goes first, once `limit` bytes are held.

    tick: seconds on a clock that never goes back.
    """

    def __init__(self, limit: int, tick: Callable[[], float]) -> None:
        self._limit = limit
        self._tick = tick
        self._held = 0
        self._entries: OrderedDict[str, tuple[bytes, float, bool]] = OrderedDict()
        self._leases: dict[str, str] = {}
        self._numbers = count(1)

    async def get(self, key: str) -> bytes | None:
        return self.held(key)

    async def lease(self, key: str) -> str:
        if len(self._leases) >= _LEASES:
            self._leases.clear()
        return self._leases.setdefault(key, str(next(self._numbers)))

    async def put(
        self, key: str, value: bytes, seconds: float, *, lease: str | None = None
    ) -> bool:
        if lease is not None and self._leases.pop(key, "") != lease:
            return False
        return self.keep(key, value, seconds, fixed=lease is None)

    async def remove(self, key: str) -> None:
        self._leases.pop(key, None)
        self.forget(key)

    async def close(self) -> None:
        self.clear()

    def held(self, key: str, *, fixed: bool = False) -> bytes | None:
        """What is kept under the key; with `fixed`, only what can never become wrong."""
        if (found := self._entries.get(key)) is None:
            return None
        value, until, lasting = found
        if until <= self._tick():
            self.forget(key)
            return None
        if fixed and not lasting:
            return None
        self._entries.move_to_end(key)
        return value

    def keep(self, key: str, value: bytes, seconds: float, *, fixed: bool) -> bool:
        """Whether it has room and time."""
        self.forget(key)
        size = _size(key, value)
        if size > self._limit or seconds <= 0:
            return False
        self._held += size
        while self._held > self._limit:
            self.forget(next(iter(self._entries)))
        self._entries[key] = value, self._tick() + seconds, fixed
        return True

    def forget(self, key: str) -> None:
        if (found := self._entries.pop(key, None)) is not None:
            self._held -= _size(key, found[0])

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
        self._leases.clear()
        self._held = 0


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + _ENTRY
