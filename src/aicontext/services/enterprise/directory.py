"""What belongs to an organisation: its teams and their members, projects, users and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from aicontext.domain.errors import NotFound, Stale
from aicontext.domain.storage.records import (
    Record,
    Role,
    Setting,
    Team,
    TeamMember,
    User,
)
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.records import Records, Transaction
from aicontext.services.enterprise.identity.members import Members

Kind = TypeVar("Kind", bound=Record)


class Directory:
    """Every method works inside of one organisation: records of others do not exist for it.

    seen: the version that the caller has seen, 0 where they do not say. Methods raise NotFound,
    Stale where it is another version by now, Conflict where what must be unique is there,
    InvalidInput and Unavailable.
    """

    def __init__(self, records: Records, members: Members, new_id: NewId, clock: Clock) -> None:
        self._records, self._members = records, members
        self._new_id, self._clock = new_id, clock

    async def list(
        self, kind: type[Kind], organisation: str, after: str, limit: int, **equal: Any
    ) -> Sequence[Kind]:
        """By id, those with a larger id than `after`."""
        return await self._records.find(organisation, kind, after=after, limit=limit, **equal)

    async def get(self, kind: type[Kind], organisation: str, record_id: str) -> Kind:
        return await self._records.get(organisation, kind, record_id)

    async def find(self, kind: type[Kind], organisation: str, **equal: Any) -> Kind:
        """The only one whose fields are `equal`."""
        found = await self._records.find(organisation, kind, limit=1, **equal)
        if not found:
            raise NotFound(f"There is no such {kind.__name__.lower()}.")
        return found[0]

    async def add(self, kind: type[Kind], organisation: str, **fields: Any) -> Kind:
        async with self._records.transaction(organisation) as transaction:
            return await self._added(transaction, kind, organisation, **fields)

    async def change(self, found: Kind, seen: int, **fields: Any) -> Kind:
        """A record that was read, with these fields."""
        changed = replace(found, version=found.version + 1, **fields)
        async with self._records.transaction(found.organisation) as transaction:
            await _check(transaction, found, seen)
            await transaction.replace(changed)
        await self._told(found)
        return changed

    async def remove(self, found: Record, seen: int) -> None:
        """A record that was read, with all that belongs to it."""
        async with self._records.transaction(found.organisation) as transaction:
            await _check(transaction, found, seen)
            await transaction.remove(type(found), found.id)
        await self._told(found)

    async def join(self, organisation: str, team: str, user: str, role: Role) -> TeamMember:
        """Makes a user a member of a team."""
        async with self._records.transaction(organisation) as transaction:
            await transaction.get(Team, team)
            await transaction.get(User, user)
            made = await self._added(
                transaction, TeamMember, organisation, team=team, user=user, role=role
            )
        await self._told(made)
        return made

    async def put_setting(
        self, organisation: str, owner: str, name: str, *, value: Any, seen: int
    ) -> Setting:
        """Sets a value, in the place of the former one. seen: 0 also where there is none."""
        async with self._records.transaction(organisation) as transaction:
            there = await transaction.find(Setting, limit=1, owner=owner, name=name)
            if not there:
                if seen:
                    raise Stale("The setting is not there any more.")
                return await self._added(
                    transaction, Setting, organisation, owner=owner, name=name, value=value
                )
            await _check(transaction, there[0], seen)
            changed = replace(there[0], version=there[0].version + 1, value=value)
            await transaction.replace(changed)
            return changed

    async def _added(
        self, transaction: Transaction, kind: type[Kind], organisation: str, **fields: Any
    ) -> Kind:
        now = self._clock.utc()
        made = kind(
            id=self._new_id(now.timestamp()),
            organisation=organisation,
            created_at=now,
            **fields,
        )
        await transaction.add(made)
        return made

    async def _told(self, changed: Record) -> None:
        """A member's credentials count anew."""
        if isinstance(changed, TeamMember):
            await self._members.changed(changed.user)


async def _check(transaction: Transaction, found: Record, seen: int) -> None:
    """Raises Stale where the caller has seen another version."""
    if seen and (await transaction.get(type(found), found.id)).version != seen:
        raise Stale("It was changed since you read it.", hint="Read it again, then change it.")
