"""API keys: for programs, shown once and kept as a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_network

from aicontext.domain.errors import Forbidden, InvalidInput
from aicontext.domain.storage.records import Key, Role, User
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.scopes import patterns
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.records import Records, Transaction
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.changing import changed
from aicontext.services.enterprise.identity.known import Known
from aicontext.services.enterprise.identity.powers import check_end, check_given

OVERLAP = timedelta(hours=24)
"""How long a key that was rotated goes on being good."""

_SHOWN = 12
"""Characters by which a key is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A key to be made. user: "" for whoever asks. The rest is as the key's."""

    name: str
    user: str = ""
    scopes: tuple[str, ...] = ("*",)
    project: str = ""
    environment: str = ""
    networks: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """secret: the key itself, which is shown now and never again."""

    key: Key
    secret: str = field(repr=False)


class KeyService:
    """Whether who asks may do it at all is the policy's; that no key allows more than who made it
    may is seen to here."""

    def __init__(self, records: Records, known: Known, clock: Clock, new_id: NewId) -> None:
        self._records = records
        self._known = known
        self._clock = clock
        self._new_id = new_id

    async def create(self, by: Principal, wanted: Wanted) -> Issued:
        """Raises InvalidInput, Forbidden, and NotFound where there is no such user."""
        now = self._clock.utc()
        text = secret.made(secret.KEY)
        key = Key(
            id=self._new_id(now.timestamp()),
            organisation=by.organisation,
            created_at=now,
            user=wanted.user or by.user,
            name=wanted.name,
            prefix=text[:_SHOWN],
            digest=secret.digest(text),
            scopes=patterns(wanted.scopes),
            project=wanted.project or by.project,
            environment=wanted.environment or by.environment,
            networks=_networks(wanted.networks or by.networks),
            expires_at=wanted.expires_at or by.ends_at,
        )
        _check(by, key)
        if key.expires_at is not None and key.expires_at <= now:
            raise InvalidInput("The key would have expired already.")
        async with self._records.transaction(by.organisation) as transaction:
            await _check_user(transaction, by, key.user)
            await transaction.add(key)
        return Issued(key, text)

    async def get(self, organisation: str, key_id: str) -> Key:
        """Raises NotFound."""
        return await self._records.get(organisation, Key, key_id)

    async def all(
        self, organisation: str, *, user: str = "", after: str = "", limit: int = 100
    ) -> Sequence[Key]:
        """By id; those of one user where one is named."""
        of = {"user": user} if user else {}
        return await self._records.find(organisation, Key, after=after, limit=limit, **of)

    async def revoke(self, organisation: str, key_id: str) -> Key:
        """It is good no more. Raises NotFound."""
        now = self._clock.utc()
        key = await changed(
            self._records,
            organisation,
            Key,
            key_id,
            lambda found: replace(found, revoked_at=found.revoked_at or now),
        )
        await self._known.forget(f"key:{key.digest}")
        return key

    async def rotate(self, by: Principal, key_id: str, *, overlap: timedelta = OVERLAP) -> Issued:
        """A new key in the place of one, which goes on being good for the overlap. Raises NotFound,
        and InvalidInput where the key is good no more."""
        now = self._clock.utc()
        text = secret.made(secret.KEY)
        async with self._records.transaction(by.organisation) as transaction:
            old = await transaction.get(Key, key_id)
            await _check_user(transaction, by, old.user)
            _check(by, old)
            if not good(old, now):
                raise InvalidInput("The key is good no more.", hint="Create another.")
            new = replace(
                old,
                id=self._new_id(now.timestamp()),
                created_at=now,
                prefix=text[:_SHOWN],
                digest=secret.digest(text),
                expires_at=_renewed(by, old, now),
                used_at=None,
                version=1,
            )
            ends = min(now + overlap, old.expires_at or now + overlap)
            await transaction.replace(replace(old, expires_at=ends, version=old.version + 1))
            await transaction.add(new)
        await self._known.forget(f"key:{old.digest}")
        return Issued(new, text)


def good(key: Key, at: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or at < key.expires_at)


def _renewed(by: Principal, old: Key, now: datetime) -> datetime | None:
    """For as long again as the old one was made for; by a key that ends, until it does."""
    wanted = None if old.expires_at is None else now + (old.expires_at - old.created_at)
    return min(filter(None, (wanted, by.ends_at)), default=None)


async def _check_user(transaction: Transaction, by: Principal, user_id: str) -> None:
    """Whoever makes a key sees it, and could act as its user."""
    user = await transaction.get(User, user_id)
    if user.id != by.user and user.role is not Role.SERVICE:
        raise Forbidden(
            "A key of another person cannot be made.",
            hint="They make it themselves; for programs, add a user with the role service.",
        )


def _check(by: Principal, key: Key) -> None:
    if not key.name.strip() or not key.name.isprintable():
        raise InvalidInput("A key needs a name.", hint="Say what it is for, such as `ci`.")
    if not key.scopes:
        raise InvalidInput("A key needs scopes.", hint='Give some as "context:read".')
    check_given(by, key.scopes, "keys:write")
    for name in ("project", "environment"):
        if getattr(by, name) not in ("", getattr(key, name)):
            raise Forbidden(f"Your own credential is good for another {name}.")
    check_end(by, key.expires_at)
    if by.networks and not (key.networks and set(key.networks) <= set(by.networks)):
        raise Forbidden("Your own credential is good for other networks.")


def _networks(given: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(one)) for one in given)
    except ValueError:
        raise InvalidInput(
            "A network is none.", hint="Give one such as 10.0.0.0/8 or 203.0.113.7/32."
        ) from None
