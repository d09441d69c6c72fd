"""What may be done once: by a link that is given to a person, or by a code between programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aicontext.domain.errors import Unauthenticated
from aicontext.domain.storage.records import PLATFORM, Ticket
from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.records import Transaction
from aicontext.services.enterprise.identity import secret

_OLD = 20
"""Tickets whose time is over that are forgotten when one is issued."""


def ending(by: Principal, now: datetime, lifetime: timedelta) -> timedelta:
    """How long what somebody gives is good: no longer than the credential by which they do."""
    return lifetime if by.ends_at is None else min(lifetime, by.ends_at - now)


class Tickets:
    def __init__(self, clock: Clock, new_id: NewId) -> None:
        self._clock = clock
        self._new_id = new_id

    async def issue(
        self,
        transaction: Transaction,
        kind: str,
        data: Mapping[str, Any],
        lifetime: timedelta,
        *,
        organisation: str = PLATFORM,
        text: str = "",
    ) -> str:
        """The secret of a new ticket: `text`, where one is given that is random enough."""
        text = text or secret.made(secret.TICKET)
        now = self._clock.utc()
        for old in await transaction.find(Ticket, kind=kind, limit=_OLD):
            if old.expires_at <= now:
                await transaction.remove(Ticket, old.id)
        ticket = Ticket(
            id=self._new_id(now.timestamp()),
            organisation=organisation,
            created_at=now,
            kind=kind,
            digest=secret.digest(text),
            data=data,
            expires_at=now + lifetime,
        )
        await transaction.add(ticket)
        return text

    async def look(self, transaction: Transaction, kind: str, text: str) -> Ticket:
        """A ticket that can be used. Raises Unauthenticated."""
        found = await transaction.find(Ticket, digest=secret.digest(text), kind=kind)
        if not found or found[0].used_at is not None or found[0].expires_at <= self._clock.utc():
            raise Unauthenticated(
                "This was used already, has expired or was never given out.",
                hint="Ask for another.",
            )
        return found[0]

    async def use(self, transaction: Transaction, ticket: Ticket) -> None:
        """Raises Conflict where somebody else used it meanwhile."""
        used = replace(ticket, used_at=self._clock.utc(), version=ticket.version + 1)
        await transaction.replace(used)
