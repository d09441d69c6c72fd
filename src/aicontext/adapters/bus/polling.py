"""Looking again and again for what others published."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aicontext.domain.storage.messages import Batch
from aicontext.kit.clock import Clock

_LOOK = 0.05
"""Seconds between two looks."""


async def polled(
    take: Callable[[], Awaitable[Sequence[Batch]]], wait: float, clock: Clock
) -> Sequence[Batch]:
    """What `take` gives, once that is something; nothing after `wait` seconds."""
    end = clock.tick() + wait
    while not (found := await take()):
        left = end - clock.tick()
        if left <= 0:
            return ()
        await asyncio.sleep(min(_LOOK, left))
    return found
