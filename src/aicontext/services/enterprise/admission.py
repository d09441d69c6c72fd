"""Letting callers in who show a credential elsewhere than to a route of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aicontext.domain.errors import Forbidden, Unauthenticated
from aicontext.domain.tenancy.access import Principal, Question, Resource
from aicontext.kit.clock import Clock

if TYPE_CHECKING:  # Most proxies never need what stands behind the gate.
    from aicontext.ports.access.policy import Policy
    from aicontext.services.enterprise.identity.authentication import Authentication
    from aicontext.services.enterprise.limits import RateLimits

SCOPE = "context:write"
"""What a call of a model needs, and is counted as: it hands a context on."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What callers pass. close: the stores behind it."""

    authentication: Authentication
    policy: Policy
    limits: RateLimits
    close: Callable[[], Awaitable[None]]


class Admission:
    """Says who calls a model, and that they may.

    opened: the gate, made when a credential is first shown; None: there are no accounts. Raises
    MissingExtra, Unavailable.
    """

    def __init__(self, opened: Callable[[], Awaitable[Gate | None]], clock: Clock) -> None:
        self._opened = opened
        self._clock = clock
        self._opening = asyncio.Lock()
        self._gate: Gate | None = None

    async def admit(self, shown: str, address: str) -> Principal:
        """Who asks, by a key or an access token; the call is counted. address: of the other end.
        Raises Unauthenticated, Forbidden, RateLimited, MissingExtra, Unavailable."""
        gate = self._gate or await self._open()
        who = await gate.authentication.authenticate(f"Bearer {shown}", address)
        context = Resource(
            kind="context",
            organisation=who.organisation,
            owner=who.user,
            project=who.project,
            environment=who.environment,
        )
        asked = Question(
            principal=who,
            scope=SCOPE,
            resource=context,
            at=self._clock.utc(),
            address=address,
        )
        if not (found := gate.policy.decide(asked)).allowed:
            raise Forbidden(found.why, hint=f"This needs the scope {SCOPE}.")
        await gate.limits.take(who, SCOPE, address=address)
        return who

    async def close(self) -> None:
        if self._gate is not None:
            await self._gate.close()

    async def _open(self) -> Gate:
        async with self._opening:
            self._gate = self._gate or await self._opened()
        if self._gate is None:
            raise Unauthenticated("Nobody has a key here.", hint="Create one: aicontext keys.")
        return self._gate
