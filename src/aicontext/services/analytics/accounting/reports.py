"""Reports of usage for those who look again and again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, TypeVar

from aicontext.domain.analytics.usage import UsageQuery
from aicontext.kit.caching import Cached, SingleFlight, Space
from aicontext.ports.stores.cache import Cache
from aicontext.ports.stores.events import Events
from aicontext.services.analytics.accounting.usage import usage

Answer = TypeVar("Answer")

SPACE = Space("analytics", 300.0, fixed=True, ahead=0.8)
"""Kept for five minutes; looked at in the last of them, made anew in the background."""


class Apart(Protocol):
    """Does what would keep the event loop waiting."""

    def __call__(self, work: Callable[[], Answer], /) -> Awaitable[Answer]: ...


class Reports:
    """A report is kept with the version of the events that it was made from, and answered while
    theirs is the same: what was taken in a moment ago is in the next one.

    now: seconds since the epoch.
    """

    def __init__(self, events: Events, cache: Cache, *, now: Callable[[], float]) -> None:
        self._events = events
        self._kept: Cached[bytes] = Cached(cache, SPACE, bytes, bytes, now=now)
        self._flights: SingleFlight[str, bytes] = SingleFlight()

    async def usage(self, whose: str, query: UsageQuery, apart: Apart) -> bytes:
        """`Usage.as_dict` as JSON. whose: the user or organisation that the query is held to.
        Raises Unavailable, and what `apart` does."""
        version = await apart(partial(self._events.version, query))
        asked = hashlib.sha256(repr(query).encode()).hexdigest()
        make = partial(apart, partial(_written, self._events, query))
        if not version:  # Events are being written.
            return await self._flights.once(asked, make)
        return await self._kept.get(f"{whose}:{asked}:{version}", make)

    def close(self) -> None:
        self._events.close()


def _written(events: Events, query: UsageQuery) -> bytes:
    return json.dumps(usage(events, query).as_dict(), separators=(",", ":")).encode()
