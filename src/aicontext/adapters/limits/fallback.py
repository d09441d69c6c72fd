"""Limits that go on where what counts them for all cannot be reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aicontext.domain.errors import Unavailable
from aicontext.domain.tenancy.limits import Claim, Left, Taken
from aicontext.kit.breaker import Breaker
from aicontext.ports.access.limits import Limits


class FallbackLimits:
    """Asks what counts for all processes; where that does not answer, each counts on its own and
    lets its share through, so that together they keep to the limits.

    nodes: processes that share the limits. tick: seconds on a clock that never goes back. alone:
    claims that were decided without the others.
    """

    def __init__(self, far: Limits, near: Limits, nodes: int, tick: Callable[[], float]) -> None:
        self._far = far
        self._near = near
        self._nodes = nodes
        self._tick = tick
        self._breaker = Breaker(cooldown=1.0)
        self.alone = 0

    async def take(self, tenant: str, claims: Sequence[Claim]) -> Taken:
        if self._breaker.allows(self._tick()):
            try:
                taken = await self._far.take(tenant, claims)
            except Unavailable:
                self._breaker.failed(self._tick())
            else:
                self._breaker.succeeded()
                return taken
        self.alone += 1
        taken = await self._near.take(tenant, [self._shared(claim) for claim in claims])
        left = zip(claims, taken.left, strict=True)
        own = tuple(Left(claim.quota, one.remaining, one.reset) for claim, one in left)
        return replace(taken, left=own)

    async def close(self) -> None:
        await self._far.close()
        await self._near.close()

    def _shared(self, claim: Claim) -> Claim:
        """One call is let through however many processes there are, or none would be for ever."""
        limit = max(1, claim.quota.limit // self._nodes)
        weight = claim.weight if claim.weight > claim.quota.limit else min(claim.weight, limit)
        return Claim(replace(claim.quota, limit=limit), weight)
