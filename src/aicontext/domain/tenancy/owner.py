"""Whose something is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aicontext.domain.tenancy.access import Principal


@dataclass(frozen=True, slots=True)
class Owner:
    """Ids of the organisation, of the team and of the user that a call is on account of. All are
    empty on one person's own machine, and each where it is not known."""

    organisation: str = ""
    team: str = ""
    user: str = ""

    @classmethod
    def of(cls, principal: Principal) -> Owner:
        """The team is theirs where they have but one."""
        team = next(iter(principal.teams)) if len(principal.teams) == 1 else ""
        return cls(principal.organisation, team, principal.user)


NOBODY = Owner()
