"""Programs that ask for tokens."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from aicontext.domain.errors import Forbidden, GrantRefused, InvalidInput, NotFound
from aicontext.domain.storage.records import PLATFORM, Client, Role, User
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.scopes import allowed, patterns
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.known import Known
from aicontext.services.enterprise.identity.powers import check_end, check_given

CLI = "aicontext"
"""The name of our own command, which is no record: what it gets are sign-ins of the platform."""

_LONGEST = 200
"""Characters of a name."""


class Grant(StrEnum):
    """How a client may come to tokens."""

    CODE = "authorization_code"
    CLIENT = "client_credentials"
    DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
    REFRESH = "refresh_token"
    """With the first and the third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """confidential: it can keep a secret. user: in whose name it acts by itself, of the role
    service. The rest is as the client's."""

    name: str
    redirects: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = (Grant.CODE,)
    scopes: tuple[str, ...] = ()
    confidential: bool = False
    user: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """secret: shown now and never again; "" where the client can keep none."""

    client: Client
    secret: str = field(repr=False)


class Clients:
    def __init__(self, records: Records, known: Known, clock: Clock, new_id: NewId) -> None:
        self._records = records
        self._known = known
        self._clock = clock
        self._new_id = new_id
        self._cli = Client(
            id=CLI,
            organisation=PLATFORM,
            created_at=clock.utc(),
            name="aicontext, the command",
            digest="",
            grants=(Grant.DEVICE,),
            scopes=("*",),
        )

    async def register(self, by: Principal, new: NewClient) -> Registered:
        """A new client of the organisation, and its secret, which is shown once. Raises
        InvalidInput, Forbidden, NotFound."""
        _check(by, new)
        check_end(by, None)
        now = self._clock.utc()
        text = secret.made(secret.CLIENT) if new.confidential else ""
        client = Client(
            id=self._new_id(now.timestamp()),
            organisation=by.organisation,
            created_at=now,
            name=new.name.strip(),
            digest=secret.digest(text) if text else "",
            redirects=new.redirects,
            grants=new.grants,
            scopes=patterns(new.scopes),
            user=new.user,
        )
        async with self._records.transaction(by.organisation) as transaction:
            if new.user and (await transaction.get(User, new.user)).role is not Role.SERVICE:
                raise Forbidden("A client acts by itself in the name of a service alone.")
            await transaction.add(client)
        return Registered(client, text)

    async def all(
        self, organisation: str, *, after: str = "", limit: int = 100
    ) -> Sequence[Client]:
        return await self._records.find(organisation, Client, after=after, limit=limit)

    async def remove(self, organisation: str, client_id: str) -> None:
        """With all tokens that it got. Raises NotFound."""
        async with self._records.transaction(organisation) as transaction:
            await transaction.remove(Client, client_id)
        await self._known.forget(f"client:{client_id}")

    async def get(self, client_id: str) -> Client:
        """Whatever organisation it is of. Raises GrantRefused."""
        if client_id == CLI:
            return self._cli
        try:
            return await self._records.get(None, Client, client_id)
        except (NotFound, InvalidInput):
            raise GrantRefused("invalid_client", "This client is not known.") from None

    async def authenticated(self, client_id: str, shown: str) -> Client:
        """The client of that name, which shows its secret where it has one. Raises GrantRefused."""
        client = await self.get(client_id)
        if not hmac.compare_digest(secret.digest(shown) if shown else "", client.digest):
            raise GrantRefused("invalid_client", "This client is not known.")
        return client

    async def there(self, organisation: str, client_id: str) -> bool:
        """Whether it was not removed; remembered for seconds."""

        async def load() -> bool:
            return bool(await self._records.find(organisation, Client, id=client_id))

        return bool(await self._known.read(f"client:{client_id}", load))


def scopes_of(client: Client, asked: str) -> tuple[str, ...]:
    """Those asked for, else all that the client may have. Raises GrantRefused."""
    try:
        wanted = patterns(asked.split()) or client.scopes
    except InvalidInput as error:
        raise GrantRefused("invalid_scope", error.message) from None
    if not all(allowed(frozenset(client.scopes), one) for one in wanted):
        raise GrantRefused("invalid_scope", "The client may not have all of these scopes.")
    return wanted


def redirects_to(client: Client, address: str) -> bool:
    """Whether the client registered the address. On this machine any port will do (RFC 8252)."""
    if not _sound(address):
        return False
    return address in client.redirects or _portless(address) in {
        found for one in client.redirects if (found := _portless(one))
    }


def _portless(address: str) -> str:
    """A loopback address without its port; "" for any other."""
    try:
        parts = urlsplit(address)
        local = ip_address(parts.hostname or "").is_loopback and parts.port != 0
    except ValueError:
        return ""
    plain = parts.scheme == "http" and "@" not in parts.netloc and not parts.fragment
    return f"{parts.hostname}{parts.path}?{parts.query}" if local and plain else ""


def _check(by: Principal, new: NewClient) -> None:
    if not new.name.strip() or not new.name.isprintable() or len(new.name) > _LONGEST:
        raise InvalidInput("A client needs a name of at most 200 characters.")
    if not new.scopes:
        raise InvalidInput("A client needs scopes.", hint='Give some as "context:read".')
    check_given(by, patterns(new.scopes), "clients:write")
    if (Grant.CODE in new.grants) != bool(new.redirects):
        raise InvalidInput("Addresses to lead back to go with authorization codes, and only so.")
    if (Grant.CLIENT in new.grants) != bool(new.user) or (new.user and not new.confidential):
        raise InvalidInput("A client that acts by itself keeps a secret, and has a user.")
    if not all(map(_sound, new.redirects)):
        raise InvalidInput(
            "An address to lead back to is not safe.",
            hint="Give https addresses, or http ones of 127.0.0.1 or [::1], without #.",
        )


def _sound(address: str) -> bool:
    try:
        parts = urlsplit(address)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \\#<>\"'")
    web = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    return sound and plain and len(address) <= 500 and (web or bool(_portless(address)))
