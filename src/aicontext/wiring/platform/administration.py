"""The accounts and keys of an installation, for whoever runs it on its own machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from aicontext import settings as environment
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.domain.tenancy.scopes import EVERYTHING
from aicontext.kit.clock import CLOCK
from aicontext.kit.ids import time_ordered
from aicontext.wiring import stores
from aicontext.wiring.platform.identity import identity, public_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aicontext.ports.stores.records import Records
    from aicontext.services.enterprise.directory import Directory
    from aicontext.services.enterprise.identity.keys import Issued
    from aicontext.settings import Settings
    from aicontext.wiring.platform.identity import Identity

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Administration:
    """by: the installation's owner, which whoever may read its files is anyway. url: by which
    people reach it."""

    by: Principal
    identity: Identity
    directory: Directory
    url: str

    async def create_key(self, **given: Any) -> Issued:
        """given: as of a key that is wanted."""
        from aicontext.services.enterprise.identity.keys import Wanted

        return await self.identity.keys.create(self.by, Wanted(**given))


def administer(work: Callable[[Administration], Awaitable[Answer]]) -> Answer:
    """What the work gives. Raises what it does, MissingExtra and Unavailable."""
    import asyncio

    return asyncio.run(_administered(environment.load(), work))


async def _administered(
    settings: Settings, work: Callable[[Administration], Awaitable[Answer]]
) -> Answer:
    from aicontext.services.enterprise.directory import Directory
    from aicontext.services.enterprise.identity.local import LOCAL_ORGANISATION, LOCAL_USER

    records, cache = stores.records(settings), stores.cache(settings)
    known = identity(settings, records, cache)
    by = Principal(
        organisation=LOCAL_ORGANISATION,
        user=LOCAL_USER,
        role=Role.OWNER,
        credential=Credential.LOCAL,
        scopes=EVERYTHING,
    )
    try:
        await _ready(settings, records)
        await known.accounts.ensure_owner()
        directory = Directory(records, known.members, time_ordered, CLOCK)
        return await work(Administration(by, known, directory, public_url(settings)))
    finally:
        known.close()
        await cache.close()
        await records.close()


async def _ready(settings: Settings, records: Records) -> None:
    """A file's schema is brought up to date; that of a server is for whoever runs it."""
    await (records.check() if settings.records else records.migrate())
