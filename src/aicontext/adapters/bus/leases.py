"""Partitions that stay with whoever gives signs of life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from aicontext.domain.errors import Unavailable


@asynccontextmanager
async def alive(sign: Callable[[], Awaitable[None]], lease: float) -> AsyncIterator[None]:
    """Gives a sign of life again and again, three times a lease. Where one cannot be given, the
    lease lapses, and what was taken comes again."""
    ended = asyncio.Event()
    task = asyncio.create_task(_living(sign, lease / 3, ended))
    try:
        yield
    finally:
        ended.set()
        await task


async def _living(sign: Callable[[], Awaitable[None]], every: float, ended: asyncio.Event) -> None:
    while not ended.is_set():
        with suppress(Unavailable):
            await sign()
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), every)
