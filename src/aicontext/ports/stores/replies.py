"""Answers that are given again, to requests that were sent again."""

from __future__ import annotations

from typing import Protocol

from aicontext.domain.storage.records import Idempotency


class Replies(Protocol):
    """One step each, which is durable once it is done. Methods raise Unavailable."""

    async def claim(self, request: Idempotency) -> Idempotency | None:
        """Take a request on, until it ends: None. Otherwise what is known of the one of its key and
        organisation that had not ended when this was made; among those who claim at the same time,
        in any process, one alone gets None."""

    async def find(self, organisation: str, key: str) -> Idempotency | None:
        """The one of that key, if it is still kept; it may have ended."""

    async def keep(self, answered: Idempotency) -> None:
        """Keep the answer to a request that was taken on; nothing where it ended and another took
        it on."""

    async def release(self, request: Idempotency) -> None:
        """It may be taken on anew; nothing where another did."""

    async def sweep(self, at: float) -> bool:
        """Forget some of those that ended before, of all tenants; whether there may be more. at:
        seconds since the epoch."""
