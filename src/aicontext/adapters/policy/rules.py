"""What each role may do, as data: any rule that fits allows; what none fits is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.storage.records import Role


class Condition(StrEnum):
    """What must be true of the resource."""

    OWN = "own"
    """It is the principal's, or is to be."""

    TEAM = "team"
    """It belongs to a team of the principal's."""

    OPEN = "open"
    """It belongs to no user and no team, but to the whole organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """scopes: patterns of what it allows, but for those of `but`. where: any of them suffices;
    none: everywhere in the organisation. why: in words."""

    role: Role
    scopes: frozenset[str]
    why: str
    but: frozenset[str] = frozenset()
    where: frozenset[Condition] = frozenset()


_MINE = frozenset({Condition.OWN, Condition.TEAM, Condition.OPEN})
_WORK = frozenset(
    {
        "analytics:*",
        "archive:*",
        "context:*",
        "integrations:*",
        "keys:*",
        "operations:*",
        "packs:*",
        "settings:*",
        "usage:*",
    }
)
_OWNERS = frozenset({"billing:write", "organisation:write"})
_ADMINISTRATION = frozenset({"clients:*"})
_ACCOUNT = frozenset({"account:*", "factors:*", "sessions:*"})

RULES = (
    Rule(role=Role.OWNER, scopes=frozenset({"*"}), why="Owners may do everything."),
    Rule(
        role=Role.ADMIN,
        scopes=frozenset({"*"}),
        but=_OWNERS,
        why="Administrators may do everything but what is for owners alone.",
    ),
    Rule(
        role=Role.MEMBER,
        scopes=_WORK | _ACCOUNT,
        where=frozenset({Condition.OWN, Condition.TEAM}),
        why="Members may work with what is theirs and their teams'.",
    ),
    Rule(
        role=Role.MEMBER,
        scopes=frozenset({"*:read"}),
        but=_ADMINISTRATION,
        where=_MINE,
        why="Members may see what is theirs, their teams' and everybody's.",
    ),
    Rule(
        role=Role.VIEWER,
        scopes=frozenset({"*:read"}),
        but=_ADMINISTRATION,
        where=_MINE,
        why="Viewers may see what is theirs, their teams' and everybody's.",
    ),
    Rule(
        role=Role.VIEWER,
        scopes=_ACCOUNT,
        where=frozenset({Condition.OWN}),
        why="Viewers may change their own account.",
    ),
    Rule(
        role=Role.BILLING,
        scopes=frozenset({"analytics:read", "billing:*", "budgets:*", "usage:read"}),
        why="Those who pay may see usage and set budgets.",
    ),
    Rule(
        role=Role.BILLING,
        scopes=_ACCOUNT,
        where=frozenset({Condition.OWN}),
        why="Those who pay may change their own account.",
    ),
    Rule(
        role=Role.SERVICE,
        scopes=(_WORK - {"keys:*"}) | {"account:read"},
        where=_MINE,
        why="Services may work with what is theirs, their teams' and everybody's.",
    ),
)

SENSITIVE = frozenset(
    {
        "billing:write",
        "clients:write",
        "factors:write",
        "keys:write",
        "organisation:write",
        "users:write",
    }
)
"""Scopes that need a fresh proof of who asks, or a credential on which they are named in full."""
