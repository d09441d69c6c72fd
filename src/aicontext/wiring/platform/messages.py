"""What travels over the bus."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from aicontext import settings as environment
from aicontext.wiring import stores
from aicontext.wiring.usage import events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from aicontext.kit.services import Service
    from aicontext.services.messaging.dead import DeadLetters
    from aicontext.settings import Settings

    Round = Callable[[], Awaitable[int]]

Answer = TypeVar("Answer")

_WAIT = 0.5
"""Seconds that a round waits for messages at most."""


def ingest(settings: Settings) -> Service:
    """What brings usage events from the bus into their store. Raises MissingExtra, InvalidInput."""
    from aicontext.services.analytics.ingest import GROUP, TOPIC, Ingest
    from aicontext.services.messaging.consuming import round_

    bus = stores.bus(settings)
    record = events(settings, kept=True)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Round]:
        try:
            async with bus.consumer(TOPIC, GROUP) as consumer:
                yield partial(round_, consumer, Ingest(record).handle, _WAIT)
        finally:
            record.close()
            await bus.close()

    return _worker("usage events", opened)


def relay(settings: Settings) -> Service:
    """What brings messages from the records' outbox onto the bus. Raises MissingExtra,
    InvalidInput."""
    from aicontext.services.messaging.relay import Relay

    bus, records = stores.bus(settings), stores.records(settings)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Round]:
        try:
            await records.check()
            yield Relay(records, bus).round
        finally:
            await records.close()
            await bus.close()

    return _worker("the records' outbox", opened)


def dead_letters(
    verb: Callable[[DeadLetters], Awaitable[Answer]], settings: Settings | None = None
) -> Answer:
    """What the verb gives of the usage events that were given up. Raises MissingExtra,
    InvalidInput."""
    import asyncio

    from aicontext.services.analytics.ingest import GROUP, TOPIC
    from aicontext.services.messaging.dead import DeadLetters

    bus = stores.bus(settings)

    async def go() -> Answer:
        try:
            return await verb(DeadLetters(bus, TOPIC, GROUP))
        finally:
            await bus.close()

    return asyncio.run(go())


def dropped(ids: Sequence[str]) -> tuple[int, str]:
    """(how many of the usage events that were given up are dropped, the file that keeps them). Of
    all where no ids are given; "" where there are none."""
    from aicontext.adapters.atomic import replace
    from aicontext.kit.clock import CLOCK
    from aicontext.kit.ids import time_ordered

    chosen = environment.load()
    file = chosen.home / "dropped" / f"{time_ordered(CLOCK.now())}.jsonl"

    def keep(text: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace(file, text, 0o600)

    count = dead_letters(lambda letters: letters.drop(ids, keep), chosen)
    return count, str(file) if count else ""


def _worker(address: str, opened: Callable[[], AbstractAsyncContextManager[Round]]) -> Service:
    worker = import_module("aicontext.entrypoints.worker.rounds")
    made: Service = worker.RoundsWorker(address, opened)
    return made
