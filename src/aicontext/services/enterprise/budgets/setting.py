"""Setting budgets, and looking at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.storage.records import (
    Budget,
    Key,
    Level,
    Period,
    Project,
    Record,
    Team,
    User,
)
from aicontext.domain.tenancy.budgets import Standing, Terms
from aicontext.kit.clock import Clock, zone
from aicontext.kit.ids import NewId
from aicontext.ports.access.budgets import Budgets, Mark
from aicontext.ports.stores.records import Records, Transaction

_OWNERS: Mapping[Level, type[Record]] = {
    Level.TEAM: Team,
    Level.PROJECT: Project,
    Level.USER: User,
    Level.KEY: Key,
}


class BudgetService:
    """The budgets of tenants. Every method raises Unavailable.

    mark: is put before a hard budget is set; who reads that there is none any more takes it away.
    changed: is told whose budgets are other ones now.
    """

    def __init__(
        self,
        records: Records,
        budgets: Budgets,
        mark: Mark,
        *,
        clock: Clock,
        new_id: NewId,
        changed: Callable[[str], None] = lambda organisation: None,
    ) -> None:
        self._records = records
        self._budgets = budgets
        self._mark = mark
        self._clock = clock
        self._new_id = new_id
        self._changed = changed

    async def set(self, organisation: str, level: Level, owner: str, terms: Terms) -> Budget:
        """The owner's only budget of that unit and period; what was spent in it goes on counting.
        Raises InvalidInput, NotFound where there is no such owner, and Conflict where another
        changes it at the same time."""
        _check(terms)
        if terms.hard:
            self._mark.put(organisation, True)
        made = await self._set(organisation, level, owner, terms)
        self._changed(organisation)
        return made

    async def _set(self, organisation: str, level: Level, owner: str, terms: Terms) -> Budget:
        values = {name: getattr(terms, name) for name in Terms.__slots__}
        async with self._records.transaction(organisation) as transaction:
            await _check_owner(transaction, organisation, level, owner)
            found = await transaction.find(
                Budget, level=level, owner=owner, unit=terms.unit, period=terms.period
            )
            if found:
                changed = replace(found[0], version=found[0].version + 1, **values)
                await transaction.replace(changed)
                return changed
            made = Budget(
                id=self._new_id(self._clock.now()),
                organisation=organisation,
                created_at=self._clock.utc(),
                level=level,
                owner=owner,
                **values,
            )
            await transaction.add(made)
            return made

    async def standing(self, organisation: str) -> Sequence[Standing]:
        """All budgets of the tenant in their present periods."""
        return await self._budgets.standing(organisation)

    async def clear(
        self, organisation: str, level: Level, owner: str, periods: Sequence[Period]
    ) -> Sequence[Budget]:
        """Take away the owner's budgets of those periods, of all where none is named."""
        async with self._records.transaction(organisation) as transaction:
            found = await transaction.find(Budget, level=level, owner=owner)
            gone = [one for one in found if one.period in (periods or Period)]
            for one in gone:
                await transaction.remove(Budget, one.id)
        self._changed(organisation)
        return gone

    async def close(self) -> None:
        await self._budgets.close()


async def _check_owner(
    transaction: Transaction, organisation: str, level: Level, owner: str
) -> None:
    """Raises NotFound."""
    if level is not Level.ORGANISATION:
        await transaction.get(_OWNERS[level], owner)
    elif owner != organisation:
        raise NotFound("There is no such organisation.")


def _check(terms: Terms) -> None:
    if not 0 < terms.amount < 2**62:
        raise InvalidInput("A budget holds more than nothing.", hint="Clear it instead.")
    if not 0 < terms.warn_at <= 100:
        raise InvalidInput("A budget warns at 1 to 100 percent.")
    try:
        zone(terms.zone)
    except LookupError:
        raise InvalidInput(
            f"There is no time zone {terms.zone[:64]!r}.",
            hint="Give a name of the IANA database, such as Europe/Berlin, or UTC.",
        ) from None
