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


_OWN = frozenset({Condition.OWN})
_MINE = frozenset({Condition.OWN, Condition.TEAM, Condition.OPEN})
_WORK = frozenset(
    {
        "analytics:*",
        "archive:*",
        "context:*",
        "integrations:*",
        "operations:*",
        "packs:*",
        "settings:*",
        "usage:*",
    }
)
_ACCOUNT = frozenset({"account:*", "factors:*", "sessions:*"})
_KEYS = frozenset({"keys:*"})
_HIDDEN = _ACCOUNT | _KEYS | {"clients:*", "users:*"}
"""What is nobody's to see but the user's own, or administrators'."""

_OWNERS = frozenset({"billing:write", "organisation:write"})

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
        scopes=_WORK,
        where=frozenset({Condition.OWN, Condition.TEAM}),
        why="Members may work with what is theirs and their teams'.",
    ),
    Rule(
        role=Role.MEMBER,
        scopes=_ACCOUNT | _KEYS,
        where=_OWN,
        why="Members may change their own account and keys.",
    ),
    *(
        Rule(
            role=role,
            scopes=frozenset({"*:read"}),
            but=_HIDDEN,
            where=_MINE,
            why="They may see what is theirs, their teams' and everybody's.",
        )
        for role in (Role.MEMBER, Role.VIEWER)
    ),
    Rule(
        role=Role.BILLING,
        scopes=frozenset({"analytics:read", "billing:*", "budgets:*", "usage:read"}),
        why="Those who pay may see usage and set budgets.",
    ),
    *(
        Rule(role=role, scopes=_ACCOUNT, where=_OWN, why="They may change their own account.")
        for role in (Role.VIEWER, Role.BILLING)
    ),
    *(
        Rule(
            role=role,
            scopes=frozenset({"users:read"}),
            where=_OWN,
            why="They may see their own record; people's addresses are for administrators.",
        )
        for role in (Role.MEMBER, Role.VIEWER, Role.BILLING)
    ),
    Rule(
        role=Role.SERVICE,
        scopes=_WORK,
        where=_MINE,
        why="Services may work with what is theirs, their teams' and everybody's.",
    ),
    Rule(
        role=Role.SERVICE,
        scopes=frozenset({"account:read"}),
        where=_OWN,
        why="Services may see who they are.",
    ),
)
