"""Secrets that all processes of an installation have."""

from __future__ import annotations

import base64
from collections.abc import Callable

from aicontext.domain.errors import Conflict
from aicontext.domain.storage.records import PLATFORM, Setting
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.keys import Keys
from aicontext.ports.stores.records import Records

_SIZE = 32
"""Bytes of a secret."""


class SharedSecrets:
    """Kept among the records, sealed under the master key. random: so many bytes that nobody can
    guess."""

    def __init__(
        self,
        records: Records,
        keys: Keys,
        *,
        random: Callable[[int], bytes],
        new_id: NewId,
        clock: Clock,
    ) -> None:
        self._records, self._keys = records, keys
        self._random, self._new_id, self._clock = random, new_id, clock

    async def get(self, name: str) -> bytes:
        """The secret of that name, made when it is first asked for. Raises Unavailable, and
        InvalidInput where the master key that sealed it is gone."""
        if (sealed := await self._kept(name)) is None:
            sealed = await self._made(name)
        return await self._keys.open(base64.b64decode(sealed), name)

    async def _kept(self, name: str) -> str | None:
        async with self._records.transaction(PLATFORM, reading=True) as transaction:
            found = await transaction.find(Setting, limit=1, owner=PLATFORM, name=name)
        return str(found[0].value) if found else None

    async def _made(self, name: str) -> str:
        now = self._clock.utc()
        sealed = base64.b64encode(await self._keys.seal(self._random(_SIZE), name)).decode()
        made = Setting(
            id=self._new_id(now.timestamp()),
            organisation=PLATFORM,
            created_at=now,
            owner=PLATFORM,
            name=name,
            value=sealed,
        )
        try:
            async with self._records.transaction(PLATFORM) as transaction:
                await transaction.add(made)
        except Conflict:  # Another process was faster.
            return await self._kept(name) or sealed
        return sealed
