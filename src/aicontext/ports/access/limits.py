"""How often who may ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aicontext.domain.tenancy.limits import Claim, Taken


class Limits(Protocol):
    """Counts what was let through, by sliding windows.

    In no stretch of time as long as a quota's window is more let through than its limit. What was
    let through is forgotten a sixteenth of the window late at most, so a refusal is only ever that
    much too strict: an exact count over 17/16 of the window would refuse too.
    """

    async def take(self, tenant: str, claims: Sequence[Claim]) -> Taken:
        """Takes all claims or none, in one step. tenant: whose subjects these are. No two claims
        may be of one quota. Raises Unavailable."""

    async def close(self) -> None: ...
