"""What authentication asks on every request, remembered for seconds."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aicontext.ports.stores.cache import Cache

SECONDS = 5.0
"""After which a change by another process counts at the latest; this one's, and those that share a
cache, count at once."""


class Known:
    """Values of JSON by name."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def read(self, name: str, load: Callable[[], Awaitable[Any]]) -> Any:
        """What is remembered, else what `load` gives; None is remembered too."""
        key = f"identity:{name}"
        if (found := await self._cache.get(key)) is not None:
            return json.loads(found)
        lease = await self._cache.lease(key)
        value = await load()
        await self._cache.put(key, json.dumps(value).encode(), SECONDS, lease=lease)
        return value

    async def forget(self, name: str) -> None:
        """To be called after a change of it is committed."""
        await self._cache.remove(f"identity:{name}")
