"""Device codes: a program without a browser gets tokens by one elsewhere (RFC 8628)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta

from aicontext.domain.errors import Conflict, GrantRefused, NotFound, Unauthenticated
from aicontext.domain.storage.records import Client, Ticket, User
from aicontext.kit.clock import Clock
from aicontext.ports.stores.records import Records, Transaction
from aicontext.services.enterprise.identity.accounts.attempts import Attempts
from aicontext.services.enterprise.identity.accounts.tickets import Tickets
from aicontext.services.enterprise.identity.oauth.clients import CLI, Clients, Grant, scopes_of
from aicontext.services.enterprise.identity.tokens.sessions import Sessions, Tokens

LIFETIME, INTERVAL = timedelta(minutes=10), 5
"""Of a code; and the seconds between two questions whether it was allowed."""

_MOST = 100
"""Codes that are begun, and that are typed, from one network in a quarter of an hour."""

_DEVICE, _TYPED = "device", "user code"
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628, section 6.1: no words, and nothing that is read as something else."""

_PENDING, _ALLOWED, _REFUSED = "pending", "allowed", "refused"


@dataclass(frozen=True, slots=True)
class Begun:
    """device_code: for the program; user_code: for the person to type elsewhere."""

    device_code: str = field(repr=False)
    user_code: str


class Devices:
    def __init__(
        self,
        records: Records,
        clients: Clients,
        tickets: Tickets,
        sessions: Sessions,
        *,
        attempts: Attempts,
        clock: Clock,
    ) -> None:
        self._records = records
        self._clients = clients
        self._tickets = tickets
        self._sessions = sessions
        self._attempts = attempts
        self._clock = clock

    async def begin(self, client: Client, scope: str, address: str) -> Begun:
        """The codes of a program that is to be let in. scope: with blanks between; address: where
        it asks from. Raises GrantRefused, LimitReached."""
        await self._attempts.count("device", "", address, most=_MOST)
        if Grant.DEVICE not in client.grants:
            raise GrantRefused("unauthorized_client", "The client does not use device codes.")
        data = {
            "client": client.id,
            "scopes": scopes_of(client, scope),
            "state": _PENDING,
            "polled": 0,
        }
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        async with self._records.transaction(None) as transaction:
            device = await self._tickets.issue(transaction, _DEVICE, data, LIFETIME)
            found = await self._tickets.look(transaction, _DEVICE, device)
            await self._tickets.issue(
                transaction, _TYPED, {"device": found.id}, LIFETIME, text=letters
            )
        return Begun(device, f"{letters[:4]}-{letters[4:]}")

    async def whose(self, user_code: str, address: str) -> tuple[Client, tuple[str, ...]]:
        """(the program that waits for the code, what it asks for). Raises Unauthenticated,
        LimitReached."""
        await self._attempts.count("user code", "", address, most=_MOST)
        async with self._records.transaction(None, reading=True) as transaction:
            device = await self._waiting(transaction, user_code)
        return await self._clients.get(device.data["client"]), tuple(device.data["scopes"])

    async def decide(self, user_code: str, address: str, user: User | None) -> None:
        """user: who allows it; None: it is refused. Raises Unauthenticated, LimitReached, and
        GrantRefused where the program is of another organisation."""
        client, _ = await self.whose(user_code, address)
        if user and client.id != CLI and client.organisation != user.organisation:
            raise GrantRefused("access_denied", "This program belongs to another organisation.")
        try:
            async with self._records.transaction(None) as transaction:
                device = await self._waiting(transaction, user_code)
                typed = await self._tickets.look(transaction, _TYPED, _bare(user_code))
                await self._tickets.use(transaction, typed)
                data = {
                    **device.data,
                    "state": _ALLOWED if user else _REFUSED,
                    "user": user.id if user else "",
                }
                await transaction.replace(replace(device, data=data, version=device.version + 1))
        except Conflict:
            raise _unknown() from None

    async def redeem(self, client: Client, device_code: str) -> Tokens:
        """The tokens, once a person has let the program in. Raises GrantRefused, also with the
        reason why it is to ask again."""
        try:
            async with self._records.transaction(None) as transaction:
                ticket = await self._tickets.look(transaction, _DEVICE, device_code)
                if ticket.data["client"] != client.id:
                    raise GrantRefused("invalid_grant", "The code is another client's.")
                state, soon = ticket.data["state"], self._soon(ticket)
                if state == _PENDING:
                    data = {**ticket.data, "polled": self._clock.now()}
                    changed = replace(ticket, data=data, version=ticket.version + 1)
                    await transaction.replace(changed)
                else:
                    await self._tickets.use(transaction, ticket)
        except Unauthenticated:
            raise GrantRefused("expired_token", "The code is not good, or not any more.") from None
        except Conflict:
            raise GrantRefused("slow_down", "It was asked for twice at the same time.") from None
        if state == _PENDING:
            why = "slow_down" if soon else "authorization_pending"
            raise GrantRefused(why, "The code was not typed yet.")
        if state == _REFUSED:
            raise GrantRefused("access_denied", "The person refused.")
        return await self._allowed(client, ticket)

    async def _allowed(self, client: Client, ticket: Ticket) -> Tokens:
        own = client.id == CLI
        try:
            user = await self._records.get(None, User, ticket.data["user"])
        except NotFound:
            raise GrantRefused("access_denied", "The account is gone.") from None
        if not user.active:
            raise GrantRefused("access_denied", "The account was closed.")
        return await self._sessions.start(
            user,
            strong=own,
            scopes=tuple(ticket.data["scopes"]),
            client="" if own else client.id,
        )

    async def _waiting(self, transaction: Transaction, user_code: str) -> Ticket:
        typed = await self._tickets.look(transaction, _TYPED, _bare(user_code))
        found = await transaction.find(Ticket, id=typed.data["device"])
        if not found or found[0].data["state"] != _PENDING:
            raise _unknown()
        return found[0]

    def _soon(self, ticket: Ticket) -> bool:
        since = self._clock.now() - float(ticket.data["polled"])
        return since < INTERVAL


def _bare(user_code: str) -> str:
    return "".join(c for c in user_code.upper() if c.isalnum())


def _unknown() -> Unauthenticated:
    return Unauthenticated("This code is not waited for.", hint="Look at the program again.")
