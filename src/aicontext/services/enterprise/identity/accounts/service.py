"""People's accounts: how they begin, and how people come in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aicontext.domain.errors import Conflict, InvalidInput, Unauthenticated
from aicontext.domain.storage.records import PLATFORM, Password, Role, User
from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.access.passwords import Passwords
from aicontext.ports.stores.records import Records, Transaction
from aicontext.services.enterprise.identity.accounts.addresses import email_of, sound
from aicontext.services.enterprise.identity.accounts.attempts import Attempts
from aicontext.services.enterprise.identity.accounts.invitations import INVITATION
from aicontext.services.enterprise.identity.accounts.tickets import Tickets, ending
from aicontext.services.enterprise.identity.local import (
    LOCAL_USER,
    LocalUser,
)
from aicontext.services.enterprise.identity.powers import check_role
from aicontext.services.enterprise.identity.tokens.sessions import Sessions

OWNER, RESET = "owner", "reset"
"""Kinds of tickets."""

LINK = timedelta(days=1)
"""How long a link is good."""

_SHORTEST, _LONGEST = 12, 256
"""Characters of a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Of a person who makes an account."""

    email: str
    name: str
    password: str = field(repr=False)


class Accounts:
    """Links are secrets that whoever gets them can use once: they are told to a person, who passes
    them on as they see fit."""

    def __init__(
        self,
        records: Records,
        passwords: Passwords,
        tickets: Tickets,
        sessions: Sessions,
        *,
        local: LocalUser,
        attempts: Attempts,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._records = records
        self._passwords = passwords
        self._tickets = tickets
        self._sessions = sessions
        self._local = local
        self._attempts = attempts
        self._clock = clock
        self._new_id = new_id

    async def ensure_owner(self) -> None:
        """The records of whoever runs the installation, with or without an account."""
        await self._local.ensure()

    async def owner_link(self) -> str:
        """The secret by which the first account is made; "" once there is one."""
        await self.ensure_owner()
        if await self._local.accounts_exist():
            return ""
        async with self._records.transaction(PLATFORM) as transaction:
            return await self._tickets.issue(transaction, OWNER, {}, LINK)

    async def claim(self, link: str, profile: Profile) -> User:
        """Make the first account: that of the local user, with all that is theirs. Raises
        Unauthenticated, InvalidInput, and Conflict where another was faster."""
        await self._data(OWNER, link)  # Passwords are work, which is not for whoever asks.
        verifier = await self._verifier(profile.password, profile.email)
        async with self._records.transaction(None) as transaction:
            ticket = await self._tickets.look(transaction, OWNER, link)
            if await transaction.find(Password, limit=1):
                raise Conflict("There is an owner already.", hint="Ask them for an invitation.")
            await self._tickets.use(transaction, ticket)
            user = await transaction.get(User, LOCAL_USER)
            user = replace(
                user,
                email=email_of(profile.email),
                name=_name(profile.name),
                version=user.version + 1,
            )
            await transaction.replace(user)
            await transaction.add(self._password(user, verifier))
        await self._local.account_made()
        return user

    async def check(self, kind: str, link: str) -> None:
        """Raises Unauthenticated where the link cannot be used, or not any more."""
        await self._data(kind, link)

    async def accept(self, link: str, name: str, password: str) -> User:
        """Make the account that an invitation is for. Raises Unauthenticated, InvalidInput,
        Conflict."""
        data = await self._data(INVITATION, link)
        verifier = await self._verifier(password, data["email"])
        now = self._clock.utc()
        user = User(
            id=self._new_id(now.timestamp()),
            organisation=data["organisation"],
            created_at=now,
            email=data["email"],
            name=_name(name),
            role=Role(data["role"]),
        )
        async with self._records.transaction(user.organisation) as transaction:
            ticket = await self._tickets.look(transaction, INVITATION, link)
            await _check_inviter(transaction, data)
            await self._tickets.use(transaction, ticket)
            await transaction.add(user)
            await transaction.add(self._password(user, verifier))
        await self._local.account_made()
        return user

    async def reset_link(self, by: Principal, user_id: str) -> str:
        """The secret by which a user sets a new password. Raises NotFound, Forbidden."""
        of = by.organisation
        async with self._records.transaction(of) as transaction:
            user = await transaction.get(User, user_id)
            check_role(by, user.role)
            data = {"user": user.id, "organisation": of, "email": user.email}
            good = ending(by, self._clock.utc(), LINK)
            return await self._tickets.issue(transaction, RESET, data, good, organisation=of)

    async def reset(self, link: str, password: str) -> None:
        """Set a new password, and end all sign-ins. Raises Unauthenticated, InvalidInput."""
        data = await self._data(RESET, link)
        verifier = await self._verifier(password, data["email"])
        async with self._records.transaction(data["organisation"]) as transaction:
            ticket = await self._tickets.look(transaction, RESET, link)
            await self._tickets.use(transaction, ticket)
            await self._set(transaction, await transaction.get(User, data["user"]), verifier)
        await self._sessions.end_all(data["organisation"], data["user"])
        await self._local.account_made()

    async def change_password(self, by: Principal, old: str, new: str, address: str) -> None:
        """End all other sign-ins too. Raises Unauthenticated, InvalidInput, LimitReached."""
        user = await self.proven(by, old, address)
        verifier = await self._verifier(new, user.email)
        async with self._records.transaction(by.organisation) as transaction:
            await self._set(transaction, user, verifier)
        for session in await self._sessions.all(by.organisation, by.user):
            if session.id != by.credential_id:
                await self._sessions.end(by.organisation, session.id)

    async def proven(self, by: Principal, password: str, address: str) -> User:
        """Whose password it is. Raises Unauthenticated, LimitReached."""
        user = await self._records.get(by.organisation, User, by.user)
        return await self.known(user.email, password, address)

    async def known(self, email: str, password: str, address: str) -> User:
        """Whose address and password these are. Raises Unauthenticated, in the same words and after
        the same work whichever is wrong, and LimitReached."""
        email, plain = email.strip().lower(), _plain(password)
        await self._attempts.count("sign-in", email, address)
        user, verifier = await self._kept(email)
        sound = len(plain) <= _LONGEST and _encodes(plain)
        fits = sound and await self._passwords.fits(plain, verifier)
        if not fits or user is None or not user.active:
            raise Unauthenticated("The e-mail address or the password is wrong.")
        return user

    async def _kept(self, email: str) -> tuple[User | None, str]:
        if not sound(email):
            return None, ""
        async with self._records.transaction(None, reading=True) as transaction:
            users = await transaction.find(User, email=email)
            of = users[0].id if users else PLATFORM
            passwords = await transaction.find(Password, user=of)
        return (users[0] if users else None), (passwords[0].verifier if passwords else "")

    async def _data(self, kind: str, link: str) -> Mapping[str, Any]:
        async with self._records.transaction(None, reading=True) as transaction:
            return (await self._tickets.look(transaction, kind, link)).data

    async def _verifier(self, password: str, email: str) -> str:
        return await self._passwords.verifier(_strong(password, email))

    async def _set(self, transaction: Transaction, user: User, verifier: str) -> None:
        if kept := await transaction.find(Password, user=user.id):
            changed = replace(kept[0], verifier=verifier, version=kept[0].version + 1)
            await transaction.replace(changed)
        else:
            await transaction.add(self._password(user, verifier))

    def _password(self, user: User, verifier: str) -> Password:
        now = self._clock.utc()
        return Password(
            id=self._new_id(now.timestamp()),
            organisation=user.organisation,
            created_at=now,
            user=user.id,
            verifier=verifier,
        )


async def _check_inviter(transaction: Transaction, data: Mapping[str, Any]) -> None:
    """Raises Unauthenticated where they may not come in themselves any more."""
    for by in await transaction.find(User, id=data["by"]) if "by" in data else ():
        if not by.active:
            raise Unauthenticated("The account of who invited you was closed.", hint="Ask another.")


def _name(given: str) -> str:
    found = " ".join(given.split())
    if not found or not found.isprintable() or len(found) > 200:
        raise InvalidInput("A name is needed, of at most 200 characters.")
    return found


def _plain(password: str) -> str:
    """The same password, however a keyboard composes its characters."""
    return unicodedata.normalize("NFKC", password)


def _encodes(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _strong(password: str, email: str) -> str:
    """Raises InvalidInput."""
    plain = _plain(password)
    if not _SHORTEST <= len(plain) <= _LONGEST:
        raise InvalidInput(
            f"The password is too {'short' if len(plain) < _SHORTEST else 'long'}.",
            hint=f"Take {_SHORTEST} to {_LONGEST} characters; a few words make a good one.",
        )
    if not _encodes(plain):
        raise InvalidInput("The password holds halves of characters.")
    if len(set(plain)) < 5 or email.partition("@")[0].lower() in plain.lower():
        raise InvalidInput("The password is easy to guess.", hint="Take a few words of your own.")
    return plain
