"""Invitations of people into an organisation, until they are taken up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aicontext.domain.errors import Conflict, InvalidInput, LimitReached, NotFound
from aicontext.domain.storage.records import Role, Ticket, User
from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import Clock
from aicontext.ports.stores.records import Records, Transaction
from aicontext.services.enterprise.identity.accounts.addresses import email_of
from aicontext.services.enterprise.identity.accounts.tickets import Tickets, ending
from aicontext.services.enterprise.identity.powers import check_role

INVITATION = "invitation"
"""The kind of their tickets."""

LASTING = timedelta(days=7)

MOST = 500
"""Given in a week by one organisation, but for those that were withdrawn."""


class Invitations:
    """Each is for one address, and the newest for it alone is good."""

    def __init__(self, records: Records, tickets: Tickets, clock: Clock) -> None:
        self._records = records
        self._tickets = tickets
        self._clock = clock

    async def invite(self, by: Principal, email: str, role: Role) -> str:
        """The secret by which somebody makes an account in the organisation of who asks: good for
        a week, and no longer than the credential that made it. Raises
        InvalidInput, Forbidden, LimitReached, and Conflict where there is one of that address."""
        check_role(by, role)
        if role is Role.SERVICE:
            raise InvalidInput("A service has no password.", hint="Add it, and give it a key.")
        email = email_of(email)
        data = {"email": email, "role": role, "organisation": by.organisation, "by": by.user}
        now = self._clock.utc()
        async with self._records.transaction(None) as transaction:
            if await transaction.find(User, email=email):
                raise Conflict(
                    "There is an account of that address.", hint="They can sign in with it."
                )
            given = await self._given(transaction, by.organisation)
            for one in given:
                if one.used_at is None and one.data["email"] == email:
                    await transaction.remove(Ticket, one.id)
            if len(given) >= MOST:
                wait = (min(one.expires_at for one in given) - now).total_seconds()
                raise LimitReached(
                    f"{MOST} invitations were given within a week.",
                    wait,
                    hint="Withdraw some that nobody took up.",
                )
            return await self._tickets.issue(
                transaction,
                INVITATION,
                data,
                ending(by, now, LASTING),
                organisation=by.organisation,
            )

    async def open(self, organisation: str) -> Sequence[Ticket]:
        """Those that can be taken up, the oldest first."""
        async with self._records.transaction(organisation, reading=True) as transaction:
            given = await self._given(transaction, organisation)
        return [one for one in given if one.used_at is None]

    async def withdraw(self, organisation: str, invitation: str) -> None:
        """It is good no more. Raises NotFound."""
        async with self._records.transaction(organisation) as transaction:
            if not await transaction.find(Ticket, id=invitation, kind=INVITATION, used_at=None):
                raise NotFound("There is no such invitation.", hint="It may have been taken up.")
            await transaction.remove(Ticket, invitation)

    async def _given(self, transaction: Transaction, organisation: str) -> Sequence[Ticket]:
        """Those whose time is not over, taken up or not."""
        found: list[Ticket] = []
        while page := await transaction.find(
            Ticket,
            after=found[-1].id if found else "",
            limit=MOST,
            kind=INVITATION,
            organisation=organisation,
        ):
            found += page
        now = self._clock.utc()
        return [one for one in found if one.expires_at > now]
