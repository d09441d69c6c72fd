"""A secret that all processes of an installation have."""

import asyncio
import secrets

from aicontext.adapters.keys.ring import KeyRing
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.storage.records import PLATFORM, Setting
from aicontext.kit.clock import CLOCK
from aicontext.kit.ids import time_ordered
from aicontext.services.enterprise.shared_secret import SharedSecrets


def test_processes_that_begin_together_share_one_and_it_is_kept_sealed(tmp_path) -> None:
    async def scenario() -> None:
        records = SqliteRecords(tmp_path / "records.db")
        await records.migrate()

        def process() -> SharedSecrets:
            keys = KeyRing(tmp_path / "keys.json")
            return SharedSecrets(
                records, keys, random=secrets.token_bytes, new_id=time_ordered, clock=CLOCK
            )

        found = await asyncio.gather(*(process().get("cursors") for _ in range(6)))
        assert len(set(found)) == 1
        assert len(found[0]) == 32
        assert await process().get("cursors") == found[0] != await process().get("other")
        async with records.transaction(PLATFORM, reading=True) as transaction:
            kept = await transaction.find(Setting, name="cursors")
        assert found[0].hex() not in str(kept)
        await records.close()

    asyncio.run(scenario())
