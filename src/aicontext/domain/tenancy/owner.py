"""Whose something is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """Ids of the organisation, of the team and of the user that a call is on account of. All are
    empty on one person's own machine, and each where it is not known."""

    organisation: str = ""
    team: str = ""
    user: str = ""


NOBODY = Owner()
