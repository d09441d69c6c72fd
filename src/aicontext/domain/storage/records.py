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

PLATFORM = "0" * 32
"""The tenant of what belongs to no other. It has no members."""


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
    """An API key. prefix: its first characters, by which people know it. digest: of the whole.

    project, environment: the only ones that it is good for; "" for all. networks: that it may be
    used from, such as "10.0.0.0/8"; none for all. used_at: within ten minutes.
    """

    user: str
    name: str
    prefix: str
    digest: str
    scopes: tuple[str, ...] = ()
    project: str = ""
    environment: str = ""
    networks: tuple[str, ...] = ()
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Record):
    """A sign-in. family: by which its refresh tokens are known, each made of the one before;
    digest: of the one that may be used now.

    client: the OAuth client that it was given to; "" for the platform's own. strong_at: as a
    principal's.
    """

    user: str
    family: str
    digest: str
    expires_at: datetime
    client: str = ""
    scopes: tuple[str, ...] = ()
    strong_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Password(Record):
    """A user's own, once. verifier: what a password is checked against, as Argon2 writes it."""

    user: str
    verifier: str


class FactorKind(StrEnum):
    """How a user shows that it is they."""

    TOTP = "totp"
    """Codes of a program that shares a secret with us (RFC 6238)."""

    PASSKEY = "passkey"
    RECOVERY = "recovery"
    """A code that was written down, good for once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor(Record):
    """handle: by which it is found, unique: a digest of the passkey's id, or of the code. secret:
    sealed for TOTP, the public key of a passkey. counter: of the last use, never used again: TOTP's
    step in time, or the passkey's own. confirmed: it was shown once, and counts from then on."""

    user: str
    kind: FactorKind
    name: str
    handle: str
    secret: bytes = b""
    counter: int = 0
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(Record):
    """What may be done once, by whoever has the secret of this digest. kind: what; data: to whom
    and how. organisation: PLATFORM where it concerns none yet."""

    kind: str
    digest: str
    data: Mapping[str, Any]
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey(Record):
    """Of the platform. public: as a JWK (RFC 7517); sealed: the private half. Signs until
    `retired_at`, and is trusted until `expires_at`."""

    public: Mapping[str, Any]
    sealed: bytes
    retired_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Record):
    """By which others know a user: issuer says who, subject is theirs. Both together are unique."""

    user: str
    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Record):
    """A program that asks for tokens (OAuth 2.0). digest: of its secret; "" where it can keep none.
    user: in whose name it acts by itself; "" where it does not."""

    name: str
    digest: str
    redirects: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    user: str = ""


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


class Level(StrEnum):
    """Whose spending a budget holds."""

    ORGANISATION = "organisation"
    TEAM = "team"
    PROJECT = "project"
    USER = "user"
    KEY = "key"


class Unit(StrEnum):
    """What a budget counts."""

    TOKENS = "tokens"
    MONEY = "money"
    """In micro-cents: a hundred-millionth of a US dollar."""


class Period(StrEnum):
    """How long a budget lasts, by the calendar of its time zone, before it begins anew."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    TOTAL = "total"
    """For good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget(Record):
    """owner: the id of what the level names, once for each unit and period. amount: that may be
    spent in each period, in the unit. hard: no call is let through that it may not hold; else it
    only warns. warn_at: percent of the amount at which it warns, beside 100. zone: of the calendar,
    by its name in the IANA database."""

    level: Level
    owner: str
    unit: Unit
    period: Period
    amount: int
    hard: bool = True
    warn_at: int = 80
    zone: str = "UTC"


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


KINDS: tuple[type[Record], ...] = (
    Organisation,
    User,
    Team,
    TeamMember,
    Project,
    Client,
    Key,
    Session,
    Password,
    Factor,
    Ticket,
    SigningKey,
    Identity,
    Setting,
    Integration,
    ContextOptimization,
    Budget,
    Idempotency,
)
"""All of them, each after those that its ids may name."""
