"""Users as administrators see them: programs, roles, and who may come in."""

from __future__ import annotations

import re
from dataclasses import replace

from aicontext.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Stale
from aicontext.domain.storage.records import Identity, Organisation, Role, User
from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.records import Records, Transaction
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.known import Known
from aicontext.services.enterprise.identity.members import Members
from aicontext.services.enterprise.identity.powers import check_role
from aicontext.services.enterprise.identity.tokens.sessions import Sessions

CERTIFICATE = "certificate"
"""Who says by which name a user is known: an authority that the server trusts."""

_NAME = re.compile(r"(?:DNS|URI|email):[\x21-\x7e]{1,400}")


def certificate(name: str) -> str:
    """What is remembered of a certificate's name goes by this."""
    return f"certificate:{secret.digest(name)}"


class Users:
    """Whether who asks may do it at all is the policy's; that owners stay, and that owners alone
    make or change owners, is seen to here."""

    def __init__(
        self,
        records: Records,
        members: Members,
        sessions: Sessions,
        known: Known,
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._records = records
        self._members = members
        self._sessions = sessions
        self._known = known
        self._clock = clock
        self._new_id = new_id

    async def named(self, organisation: str, who: str) -> User:
        """By id or e-mail address. Raises NotFound."""
        async with self._records.transaction(organisation, reading=True) as transaction:
            if "@" in who and (found := await transaction.find(User, email=who.lower())):
                return found[0]
            if _is_id(who):
                return await transaction.get(User, who)
        raise NotFound(f"There is no user {who[:80]!r}.", hint="Give an address, or an id.")

    async def add_service(self, by: Principal, name: str) -> User:
        """A program, which comes in by keys or certificates. Raises InvalidInput."""
        if not name.strip() or not name.isprintable() or len(name) > 200:
            raise InvalidInput("A service needs a name of at most 200 characters.")
        now = self._clock.utc()
        own = self._new_id(now.timestamp())
        user = User(
            id=own,
            organisation=by.organisation,
            created_at=now,
            email=f"{own}@service.invalid",
            name=name.strip(),
            role=Role.SERVICE,
        )
        async with self._records.transaction(by.organisation) as transaction:
            await transaction.add(user)
        return user

    async def add_certificate(self, by: Principal, user_id: str, name: str) -> Identity:
        """A service comes in by certificates with this name, such as "DNS:ci.example.org" or
        "URI:spiffe://example.org/ci". Raises InvalidInput, NotFound, Conflict."""
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{name[:80]!r} is no name in a certificate.", hint="Give DNS:HOST or URI:ADDRESS."
            )
        kind, _, rest = name.partition(":")
        name = f"DNS:{rest.lower()}" if kind == "DNS" else name
        now = self._clock.utc()
        async with self._records.transaction(by.organisation) as transaction:
            if (await transaction.get(User, user_id)).role is not Role.SERVICE:
                raise InvalidInput("Only services come in by certificates.")
            made = Identity(
                id=self._new_id(now.timestamp()),
                organisation=by.organisation,
                created_at=now,
                user=user_id,
                issuer=CERTIFICATE,
                subject=name,
            )
            await transaction.add(made)
        await self._known.forget(certificate(name))
        return made

    async def remove_certificate(self, by: Principal, name: str) -> None:
        """Raises NotFound."""
        async with self._records.transaction(by.organisation) as transaction:
            found = await transaction.find(Identity, issuer=CERTIFICATE, subject=name)
            if not found:
                raise NotFound("No service goes by that name.")
            await transaction.remove(Identity, found[0].id)
        await self._known.forget(certificate(name))

    async def change(
        self,
        by: Principal,
        user_id: str,
        *,
        role: Role | None = None,
        active: bool | None = None,
        seen: int = 0,
    ) -> User:
        """Another role, or whether they may come in; one who may not is signed out. seen: the
        version that the caller has seen, 0 where they do not say. Raises NotFound, Forbidden,
        Stale, Conflict."""
        async with self._records.transaction(by.organisation) as transaction:
            user = await transaction.get(User, user_id)
            if seen and user.version != seen:
                raise Stale("It was changed since you read it.", hint="Read it again.")
            changed = replace(
                user,
                role=user.role if role is None else role,
                active=user.active if active is None else active,
                version=user.version + 1,
            )
            await _check(transaction, by, user, changed)
            await transaction.replace(changed)
        await self._members.changed(user_id)
        if not changed.active:
            await self._sessions.end_all(by.organisation, user_id)
        return changed


async def _check(transaction: Transaction, by: Principal, user: User, changed: User) -> None:
    if Role.SERVICE in (user.role, changed.role) and user.role is not changed.role:
        raise InvalidInput("A person and a program do not become one another.")
    if changed.active and (user.role, user.active) != (changed.role, True):
        check_role(by, changed.role)
    if Role.OWNER not in (user.role, changed.role):
        return
    if by.role is not Role.OWNER:
        raise Forbidden("Owners alone make or change owners.")
    if changed.role is not Role.OWNER or not changed.active:
        # Two owners who demote each other at once would each see the other: one of them waits here,
        # and is told that it was changed meanwhile.
        own = await transaction.get(Organisation, user.organisation)
        await transaction.replace(replace(own, version=own.version + 1))
        owners = await transaction.find(User, role=Role.OWNER, active=True)
        if all(one.id == user.id for one in owners):
            raise Conflict("The last owner stays.", hint="Make somebody else an owner first.")


def _is_id(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")
