"""Roles, where two change them at once."""

import asyncio

from identity_stand import Run, Stand

from aicontext.domain.errors import Conflict, Forbidden
from aicontext.domain.storage.records import Role, User


def test_of_owners_who_demote_each_other_at_once_one_stays(run: Run) -> None:
    async def test(stand: Stand) -> None:
        for _ in range(6):
            ada = await stand.person(Role.OWNER)
            eve = await stand.person(Role.OWNER, of=ada.organisation)
            done = await asyncio.gather(
                stand.services.users.change(ada, eve.user, role=Role.MEMBER),
                stand.other().users.change(eve, ada.user, active=False),
                return_exceptions=True,
            )
            assert sum(isinstance(one, (Conflict, Forbidden)) for one in done) == 1, done
            async with stand.records.transaction(ada.organisation, reading=True) as transaction:
                owners = await transaction.find(User, role=Role.OWNER, active=True)
            assert len(owners) == 1

    run(test)
