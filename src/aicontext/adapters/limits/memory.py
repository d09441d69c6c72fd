"""Limits that one process holds."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence

from aicontext.domain.tenancy.limits import PARTS, Claim, Left, Quota, Taken

Key = tuple[str, Quota]

MOST = 100_000
"""Counters held. To have one forgotten takes as many calls of others since its last one."""


class MemoryLimits:
    """now: seconds on a clock that never goes back. most: counters held; the one that was asked for
    longest ago goes first."""

    def __init__(self, now: Callable[[], float], most: int = MOST) -> None:
        self._now = now
        self._most = most
        self._counts: OrderedDict[Key, dict[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    async def take(self, tenant: str, claims: Sequence[Claim]) -> Taken:
        now = int(self._now() * 1000)
        held = [self._held((tenant, claim.quota), now) for claim in claims]
        pairs = list(zip(claims, held, strict=True))
        wait = max((_wait(claim, counts, now) for claim, counts in pairs), default=0.0)
        if wait == 0:
            for claim, counts in pairs:
                if claim.weight:
                    part = now // claim.quota.part
                    counts[part] = counts.get(part, 0) + claim.weight
                    self._keep((tenant, claim.quota), counts)
        left = tuple(_left(claim.quota, counts, now) for claim, counts in pairs)
        return Taken(wait == 0, left, wait / 1000)

    async def close(self) -> None:
        self._counts.clear()

    def _held(self, key: Key, now: int) -> dict[int, int]:
        """What was let through by the number of its part, oldest first."""
        first = now // key[1].part - PARTS
        return {part: n for part, n in self._counts.get(key, {}).items() if part >= first}

    def _keep(self, key: Key, counts: dict[int, int]) -> None:
        self._counts[key] = counts
        self._counts.move_to_end(key)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)


def _wait(claim: Claim, counts: dict[int, int], now: int) -> float:
    """Milliseconds until the claim can be let through."""
    quota = claim.quota
    over = sum(counts.values()) + claim.weight - quota.limit
    if over <= 0 or not claim.weight:
        return 0.0
    for part, number in counts.items():
        over -= number
        if over <= 0:
            return _gone(quota, part, now)
    return math.inf


def _left(quota: Quota, counts: dict[int, int], now: int) -> Left:
    remaining = max(0, quota.limit - sum(counts.values()))
    reset = _gone(quota, max(counts), now) / 1000 if counts else 0.0
    return Left(quota, remaining, reset)


def _gone(quota: Quota, part: int, now: int) -> int:
    """Milliseconds until a part is forgotten."""
    return (part + PARTS + 1) * quota.part - now
