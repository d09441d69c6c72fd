"""From the records' outbox onto the bus."""

import asyncio
from pathlib import Path

import pytest

from aicontext.adapters.bus.sql import SqlBus, sqlite_bus
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.messages import Message
from aicontext.services.messaging.relay import Relay


class Away(SqlBus):
    """A bus that keeps what it is given and then gives no answer."""

    away = True

    async def publish(self, messages: object) -> None:
        await super().publish(messages)  # type: ignore[arg-type]
        if self.away:
            raise Unavailable("It gave no answer.")


def test_what_was_committed_comes_in_order_and_leaves_the_outbox(tmp_path: Path) -> None:
    sent = [Message(f"{number:032x}", "t", "k", b"x") for number in range(700)]

    async def go() -> None:
        records, bus = SqliteRecords(tmp_path / "records.db"), sqlite_bus(tmp_path / "bus.db")
        bus.__class__ = Away
        relay = Relay(records, bus)
        await records.migrate()
        async with records.transaction(None) as transaction:
            for message in sent:
                await transaction.publish(message)
        with pytest.raises(Unavailable):
            await relay.round()
        Away.away = False
        assert [await relay.round() for _ in range(3)] == [500, 200, 0]
        assert not await records.waiting(10)
        async with bus.consumer("t", "g") as consumer:
            (batch,) = await consumer.take(5000, 1)
            assert list(dict.fromkeys(batch.messages)) == sent
        await bus.close()
        await records.close()

    asyncio.run(go())
