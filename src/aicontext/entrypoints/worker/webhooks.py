"""Delivers webhooks for as long as the process runs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from threading import Event, Thread

from aicontext.domain.errors import AiContextError
from aicontext.services.integrations.webhooks.delivery import Courier

AT_ONCE = 4
"""Messages under way, so that one slow endpoint does not keep the others waiting."""

_LOOK = 0.5
"""Seconds between two looks into the outbox."""

_HOUR = 3600.0


class WebhookWorker:
    """A service of `kit.services`, and what runs of it."""

    address = "outbox"

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._end, self._cut = Event(), asyncio.Event()
        self._threads: list[Thread] = []

    async def start(self) -> WebhookWorker:
        work = [self._deliver] * AT_ONCE + [self._purge]
        self._threads = [Thread(target=one, name="webhooks", daemon=True) for one in work]
        for thread in self._threads:
            thread.start()
        return self

    async def stop(self) -> None:
        """Lets those under way finish; what is cut off is sent again by the next process."""
        self._end.set()
        while any(thread.is_alive() for thread in self._threads):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._cut.wait(), _LOOK / 10)
                return

    def hasten(self) -> None:
        self._cut.set()

    def _deliver(self) -> None:
        while not self._end.is_set():
            try:
                found = self._courier.deliver()
            except AiContextError as error:
                logging.getLogger(__name__).warning("Webhooks are not delivered. %s", error)
                self._end.wait(_LOOK * 20)
                continue
            if found is None:
                self._end.wait(_LOOK)

    def _purge(self) -> None:
        while not self._end.is_set():
            try:
                self._courier.purge()
            except AiContextError as error:
                logging.getLogger(__name__).warning("Webhooks are not cleared up. %s", error)
            self._end.wait(_HOUR)
