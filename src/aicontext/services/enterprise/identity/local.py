"""The one user of a machine, who needs no account until somebody has one."""

from __future__ import annotations

from ipaddress import ip_address

from aicontext.domain.errors import Conflict, Unauthenticated
from aicontext.domain.storage.records import Organisation, Password, Role, User
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.domain.tenancy.scopes import EVERYTHING
from aicontext.kit.clock import Clock
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity.known import Known

LOCAL_ORGANISATION = f"{1:032x}"
LOCAL_USER = f"{2:032x}"

_ACCOUNTS = "accounts"


class LocalUser:
    """Lets in without a credential who comes over loopback, while no user has a password.

    open: whether that is allowed at all; a server that others can reach never does.
    """

    def __init__(self, records: Records, known: Known, clock: Clock, *, open_: bool) -> None:
        self._records = records
        self._known = known
        self._clock = clock
        self._open = open_
        self._there = False

    async def principal(self, address: str) -> Principal:
        """Who comes from that address without a credential. Raises Unauthenticated."""
        if not self._open or not _loopback(address) or await self.accounts_exist():
            raise Unauthenticated(
                "This needs a credential.", hint="Send `Authorization: Bearer` and a key or token."
            )
        await self.ensure()
        return Principal(
            organisation=LOCAL_ORGANISATION,
            user=LOCAL_USER,
            role=Role.OWNER,
            credential=Credential.LOCAL,
            scopes=EVERYTHING,
        )

    async def accounts_exist(self) -> bool:
        return bool(await self._known.read(_ACCOUNTS, self._any_password))

    async def account_made(self) -> None:
        """To be called after the first password is committed."""
        await self._known.forget(_ACCOUNTS)

    async def ensure(self) -> None:
        """The records of the local user, whom the first owner will become."""
        if self._there:
            return
        organisation = Organisation(
            id=LOCAL_ORGANISATION,
            organisation=LOCAL_ORGANISATION,
            created_at=self._clock.utc(),
            name="This machine",
            slug="local",
        )
        user = User(
            id=LOCAL_USER,
            organisation=LOCAL_ORGANISATION,
            created_at=organisation.created_at,
            email="local@localhost",
            name="Local user",
            role=Role.OWNER,
        )
        try:
            async with self._records.transaction(LOCAL_ORGANISATION) as transaction:
                if not await transaction.find(User, id=LOCAL_USER):
                    await transaction.add(organisation)
                    await transaction.add(user)
        except Conflict:  # Another process was faster.
            pass
        self._there = True

    async def _any_password(self) -> bool:
        return bool(await self._records.find(None, Password, limit=1))


def _loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
