"""What the platform keeps about its tenants, one dataclass a kind.

Ids are 32 hexadecimal digits that sort by time. Times are in UTC. `organisation` is the tenant that
a record belongs to: no other ever sees it. `version` counts the changes, from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a member may do, in an organisation or in a team."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"
    BILLING = "billing"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    id: str
    organisation: str
    created_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Record):
    """A tenant; its `organisation` is its own id. slug: its name in addresses, unique."""

    name: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Record):
    """A person, or a program with the role of a service. email: unique in all organisations, in
    lower case."""

    email: str
    name: str
    role: Role = Role.MEMBER
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Record):
    """slug: unique in its organisation."""

    name: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember(Record):
    """A user in a team, once."""

    team: str
    user: str
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(Record):
    """slug: unique in its organisation. team: "" where it belongs to none."""

    name: str
    slug: str
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Record):
    """An API key. prefix: its first characters, by which people know it. digest: of the whole."""

    user: str
    name: str
    prefix: str
    digest: str
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Record):
    """A sign-in. family: shared by the refresh tokens that came of one another; digest: of the one
    that may be used now."""

    user: str
    family: str
    digest: str
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Record):
    """One value. owner: the id of a user, team, project or organisation."""

    owner: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration(Record):
    """A user's tool. tool: its id in the catalogue."""

    user: str
    tool: str
    state: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextOptimization(Record):
    """One optimization that was asked for. digest: of the context. steps: what was done, without
    content."""

    user: str
    project: str
    digest: str
    model: str
    original_tokens: int
    optimized_tokens: int
    quality: float
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency(Record):
    """The answer to a request that may be sent again. key: as the caller named it, unique in its
    organisation; fingerprint: of the request. status: 0 while it is being worked on."""

    key: str
    fingerprint: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    expires_at: datetime
