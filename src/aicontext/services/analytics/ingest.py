"""Usage events over the bus into their store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import HookEvent, UsageEvent
from aicontext.domain.storage.messages import LONGEST_NAME, Message
from aicontext.kit.clock import CLOCK, Clock
from aicontext.ports.stores.events import Events
from aicontext.services.analytics.encoding import decoded, encoded

Event = TypeVar("Event", UsageEvent, HookEvent)

TOPIC, GROUP = "usage", "ingest"

AHEAD = 24 * 3600.0
"""Seconds that the clock of who sends may be ahead of ours."""


def message(event: UsageEvent | HookEvent) -> Message:
    """What carries the event, of a call or a hook; those of one session stay in order. Raises
    InvalidInput where it is none."""
    key = json.dumps(event.caller.session)[1:-1][:LONGEST_NAME]  # Every bus takes ASCII.
    return Message(event.id, TOPIC, key, encoded(event))


class Ingest:
    """Appends to the store, which keeps an event that comes again once."""

    def __init__(self, events: Events, clock: Clock = CLOCK) -> None:
        self._events, self._clock = events, clock

    async def handle(self, messages: Sequence[Message]) -> Mapping[str, str]:
        """Keeps the events durably; why some cannot be kept, by the messages' ids. Raises
        Unavailable where the store cannot be used: none may be kept then."""
        latest = self._clock.now() + AHEAD
        dead: dict[str, str] = {}
        calls: dict[str, UsageEvent] = {}
        hooks: dict[str, HookEvent] = {}
        for one in messages:
            try:
                event = decoded(one.payload, latest)
            except InvalidInput as error:
                dead[one.id] = str(error)
                continue
            if isinstance(event, HookEvent):
                hooks[one.id] = event
            else:
                calls[one.id] = event
        if calls:
            dead |= await asyncio.to_thread(_keep, self._events.append, calls)
        if hooks:
            dead |= await asyncio.to_thread(_keep, self._events.append_hooks, hooks)
        return dead


def _keep(append: Callable[[Sequence[Event]], None], events: Mapping[str, Event]) -> dict[str, str]:
    try:
        append(list(events.values()))
    except InvalidInput as error:
        if len(events) == 1:
            return dict.fromkeys(events, str(error))
        halves = list(events.items())
        middle = len(halves) // 2
        return _keep(append, dict(halves[:middle])) | _keep(append, dict(halves[middle:]))
    return {}
