"""Who may do what: credentials, accounts, and the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.ids import NewId, time_ordered
from aicontext.settings import LOOPBACK
from aicontext.wiring import stores
from aicontext.wiring.extras import needed
from aicontext.wiring.platform import limits

if TYPE_CHECKING:
    from aicontext.ports.access.passwords import Passwords
    from aicontext.ports.access.policy import Policy
    from aicontext.ports.keys import Keys
    from aicontext.ports.stores.cache import Cache
    from aicontext.ports.stores.records import Records
    from aicontext.services.enterprise.identity.accounts.attempts import Attempts
    from aicontext.services.enterprise.identity.accounts.factors import Factors
    from aicontext.services.enterprise.identity.accounts.service import Accounts
    from aicontext.services.enterprise.identity.accounts.signing_in import SigningIn
    from aicontext.services.enterprise.identity.accounts.tickets import Tickets
    from aicontext.services.enterprise.identity.authentication import Authentication
    from aicontext.services.enterprise.identity.keys import KeyService
    from aicontext.services.enterprise.identity.members import Members
    from aicontext.services.enterprise.identity.tokens.access import AccessTokens
    from aicontext.services.enterprise.identity.tokens.sessions import Sessions
    from aicontext.services.enterprise.identity.users import Users
    from aicontext.settings import Settings

_NAME = "AI Context Platform"


def policy() -> Policy:
    """The rules that are built in."""
    from aicontext.adapters.policy.compiled import CompiledPolicy

    return CompiledPolicy()


@dataclass(frozen=True, slots=True)
class Identity:
    """The services that know who asks, over the same records and cache."""

    authentication: Authentication
    accounts: Accounts
    sessions: Sessions
    tokens: AccessTokens
    keys: KeyService
    members: Members
    users: Users
    factors: Factors
    signing_in: SigningIn
    passwords: Passwords

    def close(self) -> None:
        self.passwords.close()


def identity(
    settings: Settings,
    records: Records,
    cache: Cache,
    *,
    clock: Clock = CLOCK,
    passwords: Passwords | None = None,
) -> Identity:
    """Raises MissingExtra."""
    with needed("Signing in", "identity"):
        from aicontext.adapters.identity.argon2 import Argon2Passwords
        from aicontext.adapters.identity.jose import JoseSigning
    from aicontext.services.enterprise.identity.accounts.attempts import Attempts
    from aicontext.services.enterprise.identity.accounts.service import Accounts
    from aicontext.services.enterprise.identity.accounts.signing_in import SigningIn
    from aicontext.services.enterprise.identity.accounts.tickets import Tickets
    from aicontext.services.enterprise.identity.authentication import Authentication
    from aicontext.services.enterprise.identity.keys import KeyService
    from aicontext.services.enterprise.identity.known import Known
    from aicontext.services.enterprise.identity.local import LocalUser
    from aicontext.services.enterprise.identity.members import Members
    from aicontext.services.enterprise.identity.tokens.access import AccessTokens
    from aicontext.services.enterprise.identity.tokens.sessions import Sessions
    from aicontext.services.enterprise.identity.users import Users

    known, url, master = Known(cache), public_url(settings), stores.keys(settings)
    made: _Made = {"clock": clock, "new_id": time_ordered}
    members = Members(records, known)
    local = LocalUser(records, known, clock, open_=settings.host in LOOPBACK)
    tokens = AccessTokens(records, known, JoseSigning(), master, issuer=url, **made)
    sessions = Sessions(records, known, tokens, **made)
    tickets, attempts = Tickets(**made), Attempts(limits.counted(settings, clock))
    passwords = passwords or Argon2Passwords()
    accounts = Accounts(
        records, passwords, tickets, sessions, local=local, attempts=attempts, **made
    )
    factors = _factors(url, records, tickets, attempts, keys=master, **made)
    authentication = Authentication(
        records, known, members, local, tokens=tokens, sessions=sessions, clock=clock
    )
    return Identity(
        authentication=authentication,
        accounts=accounts,
        sessions=sessions,
        tokens=tokens,
        keys=KeyService(records, known, **made),
        members=members,
        users=Users(records, members, sessions, **made),
        factors=factors,
        signing_in=SigningIn(records, accounts, factors, sessions, tickets=tickets),
        passwords=passwords,
    )


def _factors(
    url: str,
    records: Records,
    tickets: Tickets,
    attempts: Attempts,
    *,
    keys: Keys,
    clock: Clock,
    new_id: NewId,
) -> Factors:
    with needed("Signing in", "identity"):
        from aicontext.adapters.identity.passkeys import WebPasskeys
        from aicontext.adapters.identity.totp import TotpCodes
    from aicontext.services.enterprise.identity.accounts.factors import Factors

    return Factors(
        records,
        tickets,
        codes=TotpCodes(_NAME),
        passkeys=WebPasskeys(url, _NAME),
        keys=keys,
        attempts=attempts,
        clock=clock,
        new_id=new_id,
    )


class _Made(TypedDict):
    """What everything that makes records is made with."""

    clock: Clock
    new_id: NewId


def public_url(settings: Settings) -> str:
    """The address by which people reach the API."""
    return settings.public_url or f"http://localhost:{settings.api_port}"


def public_host(settings: Settings) -> tuple[str, ...]:
    """The name in it, where it is set."""
    from urllib.parse import urlsplit

    host = urlsplit(settings.public_url).hostname
    return (host,) if host else ()
