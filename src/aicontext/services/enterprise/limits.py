"""How often somebody may call."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from aicontext.domain.errors import RateLimited
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.limits import Claim, Per, Quota, Rule, Taken
from aicontext.ports.access.limits import Limits


class RateLimits:
    """Holds callers to the rules; where none concerns a call, nothing is asked."""

    def __init__(self, limits: Limits, rules: Sequence[Rule]) -> None:
        self._limits = limits
        self._rules = rules

    async def take(self, principal: Principal, route: str = "", *, address: str = "") -> Taken:
        """Takes a call to the route from every quota that concerns it. Raises RateLimited, and
        Unavailable where nothing can count."""
        quotas = list(self._quotas(principal, route, address))
        if not quotas:
            return Taken(True, ())
        claims = [Claim(quota) for quota in quotas]
        taken = await self._limits.take(principal.organisation, claims)
        if not taken.allowed:
            raise RateLimited(taken.wait, headers(taken), hint="Wait as Retry-After says.")
        return taken

    async def close(self) -> None:
        await self._limits.close()

    def _quotas(self, principal: Principal, route: str, address: str) -> Iterator[Quota]:
        subjects = {
            Per.ORGANISATION: principal.organisation,
            Per.USER: principal.user,
            Per.KEY: principal.credential_id,
            Per.ADDRESS: address,
        }
        for rule in self._rules:
            subject = subjects[rule.per]
            if subject and rule.route in ("", route):
                yield Quota(rule.name, f"{rule.per}:{subject}", rule.limit, rule.window)


def headers(taken: Taken) -> Mapping[str, str]:
    """What an answer tells of its quotas (draft-ietf-httpapi-ratelimit-headers-11), and after how
    many seconds a refused call may come again."""
    if not taken.left:
        return {}
    quotas = [(one.quota, one) for one in taken.left]
    told = {
        "RateLimit-Policy": ", ".join(f'"{q.name}";q={q.limit};w={q.window}' for q, _ in quotas),
        "RateLimit": ", ".join(
            f'"{q.name}";r={one.remaining};t={math.ceil(one.reset)}' for q, one in quotas
        ),
    }
    if not taken.allowed and math.isfinite(taken.wait):
        told["Retry-After"] = str(max(1, math.ceil(taken.wait)))
    return told
