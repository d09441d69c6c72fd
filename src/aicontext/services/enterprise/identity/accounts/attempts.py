"""How often a secret may be guessed."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from aicontext.domain.errors import LimitReached
from aicontext.domain.storage.records import PLATFORM
from aicontext.domain.tenancy.limits import Claim, Quota
from aicontext.ports.access.limits import Limits
from aicontext.services.enterprise.identity import secret

_QUARTER, _HOUR = 900, 3600


class Attempts:
    """Counts attempts whatever they guess at, known or not, so that a refusal tells nothing.

    From one address fewer are let through than from all, so that a stranger who guesses does not
    lock out whoever owns the account.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def count(self, what: str, whose: str, address: str, *, most: int = 1000) -> None:
        """what: is tried, such as "sign-in"; whose: account or ticket, "" where anybody's would do.
        most: from one network, in a quarter of an hour. Raises LimitReached."""
        subject, network = secret.digest(whose), _network(address)
        claims = [Claim(Quota(what, f"@{network}", most, _QUARTER))]
        if whose:
            claims.append(Claim(Quota(what, f"{subject}@{network}", 10, _QUARTER)))
            claims.append(Claim(Quota(what, subject, 100, _HOUR)))
        taken = await self._limits.take(PLATFORM, claims)
        if not taken.allowed:
            raise LimitReached(
                "Too many attempts.", taken.wait, hint=f"Wait for {-(-taken.wait // 60):.0f} min."
            )


def _network(address: str) -> str:
    """Of IPv6 the part that one subscriber has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network(f"{found}/{32 if found.version == 4 else 64}", strict=False))
