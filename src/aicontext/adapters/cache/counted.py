"""A cache that counts how often it helps."""

from __future__ import annotations

from aicontext.ports.stores.cache import Cache


class CountedCache:
    """Another cache, with the reads that found something and those that did not."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self.hits = self.misses = 0

    async def get(self, key: str) -> bytes | None:
        found = await self._cache.get(key)
        if found is None:
            self.misses += 1
        else:
            self.hits += 1
        return found

    async def lease(self, key: str) -> str:
        return await self._cache.lease(key)

    async def put(
        self, key: str, value: bytes, seconds: float, *, lease: str | None = None
    ) -> bool:
        return await self._cache.put(key, value, seconds, lease=lease)

    async def remove(self, key: str) -> None:
        await self._cache.remove(key)

    async def close(self) -> None:
        await self._cache.close()
