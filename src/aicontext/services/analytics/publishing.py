"""Usage events from a process that serves calls onto the bus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, repeat

from aicontext.domain.errors import AiContextError, Unavailable
from aicontext.domain.events import HookEvent, UsageEvent
from aicontext.domain.storage.messages import Message
from aicontext.kit.breaker import Breaker
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.loops import LoopThread
from aicontext.ports.stores.bus import Bus
from aicontext.services.analytics.ingest import TOPIC, message
from aicontext.services.messaging.consuming import Rule, round_

_GROUP = "forward"
_AGAIN = 5.0
"""Seconds for which a bus that did not answer is left alone."""

_WAIT = 1.0

_PAUSES = (_AGAIN, 10.0, 30.0, 60.0)
"""Seconds until a spool that cannot be read is tried again."""


class Publisher:
    """Where a recorder's events go when others keep them: onto the bus, and while that does not
    answer into a spool on this machine's disk, from which they follow. Either is durable.

    spool: opens it where it is needed. left: whether a process before this one may have left events
    there.
    """

    def __init__(
        self, bus: Bus, spool: Callable[[], Bus], *, left: bool = False, clock: Clock = CLOCK
    ) -> None:
        self._bus, self._open_spool = bus, spool
        self._clock = clock
        self._breaker = Breaker(threshold=1, cooldown=_AGAIN)
        self._loop: LoopThread | None = None
        self._spool: Bus | None = None
        self._following: asyncio.Task[None] | None = None
        if left:
            self._started().run(self._follow())

    def append(self, events: Sequence[UsageEvent]) -> None:
        """Keeps the events of calls durably. Raises Unavailable where neither the bus nor the disk
        can be used, and InvalidInput where one of them is no event."""
        self._send([message(event) for event in events])

    def append_hooks(self, events: Sequence[HookEvent]) -> None:
        """The same of hooks."""
        self._send([message(event) for event in events])

    def lose(self, calls: int, at: float) -> None:
        """Says that so many calls could not be kept."""
        logging.getLogger(__name__).error("%d calls could not be recorded.", calls)

    def close(self) -> None:
        if self._loop is not None:
            self._loop.run(self._closed())
            self._loop.close()
            self._loop = None

    def _send(self, messages: Sequence[Message]) -> None:
        if messages:
            self._started().run(self._publish(messages))

    def _started(self) -> LoopThread:
        if self._loop is None:
            self._loop = LoopThread("aicontext-bus")
        return self._loop

    async def _closed(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        for one in filter(None, (self._bus, self._spool)):
            await one.close()

    async def _publish(self, messages: Sequence[Message]) -> None:
        if self._breaker.allows(self._clock.tick()):
            try:
                await self._bus.publish(messages)
            except Unavailable as error:
                self._breaker.failed(self._clock.tick())
                logging.getLogger(__name__).warning("Events wait on this disk. %s", error)
            else:
                self._breaker.succeeded()
                return
        self._spool = self._spool or self._open_spool()
        await self._spool.publish(messages)
        await self._follow()

    async def _follow(self) -> None:
        """Has the spool emptied, beside all else."""
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._emptied())

    async def _emptied(self) -> None:
        pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
        while True:
            try:
                spool = self._spool = self._spool or self._open_spool()
                async with spool.consumer(TOPIC, _GROUP) as consumer:
                    while await spool.waiting(TOPIC, _GROUP):
                        await round_(consumer, self._forward, _WAIT, Rule(longest_delay=_AGAIN))
            except AiContextError as error:
                logging.getLogger(__name__).warning("Events stay on this disk. %s", error)
                await asyncio.sleep(next(pauses))
            else:
                return

    async def _forward(self, messages: Sequence[Message]) -> Mapping[str, str]:
        await self._bus.publish(messages)
        return {}
