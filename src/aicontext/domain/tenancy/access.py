"""Who asks for what, and whether they may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aicontext.domain.storage.records import Role


class Credential(StrEnum):
    """By what a principal was known."""

    LOCAL = "local"
    """None: one user on their own machine, over loopback."""

    KEY = "key"
    TOKEN = "token"
    """An access token, of a sign-in or of an OAuth client."""

    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. organisation, user: ids; user is that of the service where no person asks.

    teams: ids of those that the user belongs to. scopes: what the credential allows at most, such
    as "teams:write" or, as a pattern, "teams:*". credential_id: of the key, sign-in or client.
    project, environment: the only ones that it is good for, where it is limited so. networks: that
    it may come from, such as "10.0.0.0/8"; empty: all. ends_at: of a key that ends; what it makes
    ends with it. strong_at: when the person last showed the strongest proof that their account has,
    a second factor where there is one; None: not at all.
    """

    organisation: str
    user: str
    role: Role
    credential: Credential
    scopes: frozenset[str]
    teams: frozenset[str] = frozenset()
    credential_id: str = ""
    project: str = ""
    environment: str = ""
    networks: tuple[str, ...] = ()
    ends_at: datetime | None = None
    strong_at: datetime | None = None

    @property
    def key(self) -> str:
        """The id of the key that was shown; empty where it was something else."""
        return self.credential_id if self.credential is Credential.KEY else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What is asked about. Ids are empty where the kind has none: a list, or something new."""

    kind: str
    organisation: str
    id: str = ""
    owner: str = ""
    team: str = ""
    project: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May the principal do this? scope: what the route requires. address: where the call came from;
    empty for a call within the process."""

    principal: Principal
    scope: str
    resource: Resource
    at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """why: the rule that decided, in words that may be shown to who asked. step_up: it would be
    allowed after a fresh proof of who asks."""

    allowed: bool
    why: str
    step_up: bool = False
