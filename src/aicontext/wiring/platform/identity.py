"""Who may do what: credentials, accounts, and the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.ids import NewId, time_ordered
from aicontext.kit.memory.late import late
from aicontext.settings import LOOPBACK
from aicontext.wiring import stores
from aicontext.wiring.extras import needed
from aicontext.wiring.platform import limits

if TYPE_CHECKING:
    from aicontext.ports.access.factors import Passkeys
    from aicontext.ports.access.passwords import Passwords
    from aicontext.ports.access.policy import Policy
    from aicontext.ports.access.signing import Signing
    from aicontext.ports.keys import Keys
    from aicontext.ports.stores.cache import Cache
    from aicontext.ports.stores.records import Records
    from aicontext.services.enterprise.identity.accounts.attempts import Attempts
    from aicontext.services.enterprise.identity.accounts.factors import Factors
    from aicontext.services.enterprise.identity.accounts.invitations import Invitations
    from aicontext.services.enterprise.identity.accounts.service import Accounts
    from aicontext.services.enterprise.identity.accounts.signing_in import SigningIn
    from aicontext.services.enterprise.identity.accounts.tickets import Tickets
    from aicontext.services.enterprise.identity.authentication import Authentication
    from aicontext.services.enterprise.identity.keys import KeyService
    from aicontext.services.enterprise.identity.known import Known
    from aicontext.services.enterprise.identity.local import LocalUser
    from aicontext.services.enterprise.identity.members import Members
    from aicontext.services.enterprise.identity.oauth.clients import Clients
    from aicontext.services.enterprise.identity.oauth.endpoint import OAuth
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
    invitations: Invitations
    sessions: Sessions
    tokens: AccessTokens
    keys: KeyService
    members: Members
    users: Users
    factors: Factors
    signing_in: SigningIn
    oauth: OAuth
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
    from aicontext.services.enterprise.identity.accounts.invitations import Invitations
    from aicontext.services.enterprise.identity.accounts.service import Accounts
    from aicontext.services.enterprise.identity.accounts.signing_in import SigningIn
    from aicontext.services.enterprise.identity.keys import KeyService
    from aicontext.services.enterprise.identity.members import Members
    from aicontext.services.enterprise.identity.oauth.clients import Clients
    from aicontext.services.enterprise.identity.users import Users

    on = _base(settings, records, cache, clock)
    made: _Made = {"clock": clock, "new_id": time_ordered}
    passwords = passwords or Argon2Passwords()
    members, clients = Members(records, on.known), Clients(records, on.known, **made)
    accounts = Accounts(
        records,
        passwords,
        on.tickets,
        on.sessions,
        local=on.local,
        attempts=on.attempts,
        **made,
    )
    factors = _factors(on, public_url(settings), late(lambda: stores.keys(settings)))
    shown = _authentication(on, members, clients)
    return Identity(
        authentication=shown,
        accounts=accounts,
        invitations=Invitations(records, on.tickets, clock),
        sessions=on.sessions,
        tokens=on.tokens,
        keys=KeyService(records, on.known, **made),
        members=members,
        users=Users(records, members, on.sessions, on.known, **made),
        factors=factors,
        signing_in=SigningIn(records, accounts, factors, on.sessions, tickets=on.tickets),
        oauth=_oauth(on, clients, shown),
        passwords=passwords,
    )


def authentication(
    settings: Settings, records: Records, cache: Cache, *, clock: Clock = CLOCK
) -> Authentication:
    """By itself, for who does nothing else with accounts. Raises MissingExtra."""
    from aicontext.services.enterprise.identity.members import Members
    from aicontext.services.enterprise.identity.oauth.clients import Clients

    on = _base(settings, records, cache, clock)
    clients = Clients(records, on.known, clock=clock, new_id=time_ordered)
    return _authentication(on, Members(records, on.known), clients)


def _authentication(on: _Base, members: Members, clients: Clients) -> Authentication:
    from aicontext.services.enterprise.identity.authentication import Authentication

    return Authentication(
        on.records,
        on.known,
        members,
        on.local,
        tokens=on.tokens,
        sessions=on.sessions,
        client_there=clients.there,
        clock=on.clock,
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """What the services share."""

    records: Records
    known: Known
    local: LocalUser
    tokens: AccessTokens
    sessions: Sessions
    tickets: Tickets
    attempts: Attempts
    clock: Clock


def _base(settings: Settings, records: Records, cache: Cache, clock: Clock) -> _Base:
    from aicontext.services.enterprise.identity.accounts.attempts import Attempts
    from aicontext.services.enterprise.identity.accounts.tickets import Tickets
    from aicontext.services.enterprise.identity.known import Known
    from aicontext.services.enterprise.identity.local import LocalUser
    from aicontext.services.enterprise.identity.tokens.access import AccessTokens
    from aicontext.services.enterprise.identity.tokens.sessions import Sessions

    known = Known(cache)
    made: _Made = {"clock": clock, "new_id": time_ordered}
    # What signs takes 11 MB, which who comes by a key, or by none, does not need.
    keys, signing = late(lambda: stores.keys(settings)), late(_signing)
    url = public_url(settings)
    tokens = AccessTokens(records, known, signing, keys, issuer=url, **made)
    return _Base(
        records,
        known,
        LocalUser(records, known, clock, open_=settings.host in LOOPBACK),
        tokens,
        Sessions(records, known, tokens, **made),
        Tickets(**made),
        Attempts(limits.counted(settings, clock)),
        clock,
    )


def _signing() -> Signing:
    with needed("Signing in", "identity"):
        from aicontext.adapters.identity.jose import JoseSigning

        return JoseSigning()


def _factors(on: _Base, url: str, keys: Keys) -> Factors:
    with needed("Signing in", "identity"):
        from aicontext.adapters.identity.totp import TotpCodes
    from aicontext.services.enterprise.identity.accounts.factors import Factors

    return Factors(
        on.records,
        on.tickets,
        codes=TotpCodes(_NAME),
        passkeys=late(lambda: _passkeys(url)),  # What reads certificates takes 5 MB.
        keys=keys,
        attempts=on.attempts,
        clock=on.clock,
        new_id=time_ordered,
    )


def _passkeys(url: str) -> Passkeys:
    from aicontext.adapters.identity.passkeys import WebPasskeys

    return WebPasskeys(url, _NAME)


def _oauth(on: _Base, clients: Clients, authentication: Authentication) -> OAuth:
    from aicontext.services.enterprise.identity.oauth.codes import Codes
    from aicontext.services.enterprise.identity.oauth.devices import Devices
    from aicontext.services.enterprise.identity.oauth.endpoint import OAuth

    base = on.records, clients, on.tickets, on.sessions
    codes = Codes(*base, issuer=on.tokens.issuer)
    devices = Devices(*base, attempts=on.attempts, clock=on.clock)
    return OAuth(clients, codes, devices, on.sessions, on.tokens, authentication)


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
