"""Coming in: a password and then a second factor where there is one, or a passkey alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aicontext.domain.errors import Conflict, Unauthenticated
from aicontext.domain.storage.records import FactorKind, Ticket, User
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity.accounts.factors import Asked, Factors, Proof
from aicontext.services.enterprise.identity.accounts.service import Accounts
from aicontext.services.enterprise.identity.accounts.tickets import Tickets
from aicontext.services.enterprise.identity.tokens.sessions import Sessions, Tokens

_PENDING = "second"
_MINUTES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Pending:
    """The password was right. ticket: comes back with the proof of one of these kinds."""

    ticket: str = field(repr=False)
    kinds: Sequence[FactorKind]


class SigningIn:
    def __init__(
        self,
        records: Records,
        accounts: Accounts,
        factors: Factors,
        sessions: Sessions,
        *,
        tickets: Tickets,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._factors = factors
        self._sessions = sessions
        self._tickets = tickets

    async def begin(self, email: str, password: str, address: str) -> Tokens | Pending:
        """By a password: a sign-in, or what its second step is to show. address: where the call
        came from. Raises Unauthenticated, LimitReached."""
        user = await self._accounts.known(email, password, address)
        if not (kinds := await self._kinds(user.organisation, user.id)):
            return await self._sessions.start(user, strong=True)
        data = {"organisation": user.organisation, "user": user.id}
        async with self._records.transaction(user.organisation) as transaction:
            ticket = await self._tickets.issue(
                transaction, _PENDING, data, _MINUTES, organisation=user.organisation
            )
        return Pending(ticket, kinds)

    async def prove(self, email: str, password: str, code: str, address: str) -> User:
        """Whose these all are, where a form holds them at once. Raises Unauthenticated,
        LimitReached."""
        user = await self._accounts.known(email, password, address)
        if await self._kinds(user.organisation, user.id):
            proof = Proof(code=code)
            await self._factors.check(user.organisation, user.id, proof, address)
        return user

    async def ask(self, ticket: str = "") -> Asked:
        """A passkey: of whom the ticket is of, else of anybody. Raises Unauthenticated."""
        if not ticket:
            return await self._factors.ask("", "")
        found = await self._look(ticket)
        return await self._factors.ask(found.data["organisation"], found.data["user"])

    async def finish(self, ticket: str, proof: Proof, address: str) -> Tokens:
        """The second step of the sign-in that the ticket is of. Raises Unauthenticated,
        LimitReached."""
        found = await self._look(ticket)
        organisation, user_id = found.data["organisation"], found.data["user"]
        await self._factors.check(organisation, user_id, proof, address)
        try:
            async with self._records.transaction(organisation) as transaction:
                await self._tickets.use(transaction, found)
                user = await transaction.get(User, user_id)
        except Conflict:
            raise Unauthenticated("This was used already.", hint="Sign in again.") from None
        return await self._sessions.start(_active(user), strong=True)

    async def by_passkey(self, proof: Proof, address: str) -> Tokens:
        """By a passkey alone. Raises Unauthenticated, LimitReached."""
        factor = await self._factors.whose(proof, address)
        user = await self._records.get(factor.organisation, User, factor.user)
        return await self._sessions.start(_active(user), strong=True)

    async def step_up(self, by: Principal, password: str, proof: Proof, address: str) -> None:
        """Show the strongest proof that the account has: a factor, or the password where there is
        none. Raises Unauthenticated, LimitReached."""
        if by.credential is not Credential.TOKEN:
            raise Unauthenticated("Only a person who signed in can do this.")
        if await self._kinds(by.organisation, by.user):
            await self._factors.check(by.organisation, by.user, proof, address)
        else:
            await self._accounts.proven(by, password, address)
        await self._sessions.strengthen(by)

    async def ask_again(self, by: Principal) -> Asked:
        """One of the passkeys of who asks, to step up."""
        return await self._factors.ask(by.organisation, by.user)

    async def _kinds(self, organisation: str, user: str) -> Sequence[FactorKind]:
        return sorted({one.kind for one in await self._factors.all(organisation, user)})

    async def _look(self, ticket: str) -> Ticket:
        async with self._records.transaction(None, reading=True) as transaction:
            return await self._tickets.look(transaction, _PENDING, ticket)


def _active(user: User) -> User:
    if not user.active:
        raise Unauthenticated("The account was closed.", hint="Ask an administrator.")
    return user
