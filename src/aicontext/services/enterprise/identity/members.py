"""Who a user is now: their role and teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aicontext.domain.errors import Unauthenticated
from aicontext.domain.storage.records import Role, TeamMember, User
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity.known import Known

_TEAMS = 1000
"""Of one user, at most."""


@dataclass(frozen=True, slots=True)
class Member:
    role: Role
    teams: frozenset[str]


class Members:
    def __init__(self, records: Records, known: Known) -> None:
        self._records = records
        self._known = known

    async def get(self, organisation: str, user: str) -> Member:
        """Raises Unauthenticated where there is no such user, or they may not come in any more."""

        async def load() -> Any:
            async with self._records.transaction(organisation, reading=True) as transaction:
                found = await transaction.find(User, id=user)
                if not found or not found[0].active:
                    return None
                teams = await transaction.find(TeamMember, user=user, limit=_TEAMS)
                return [found[0].role, [one.team for one in teams]]

        if (kept := await self._known.read(f"user:{user}", load)) is None:
            raise Unauthenticated("The account was closed.", hint="Ask an administrator.")
        return Member(Role(kept[0]), frozenset(kept[1]))

    async def changed(self, user: str) -> None:
        """To be called after a change of a user or their teams is committed."""
        await self._known.forget(f"user:{user}")
