"""Budgets in the records' database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from aicontext.adapters.records import rows
from aicontext.adapters.records.sql import SqlRecords
from aicontext.adapters.records.tables import HOLDS, RESERVATIONS, SPENT, TABLES
from aicontext.domain.errors import Conflict, NotFound, Unavailable
from aicontext.domain.storage.records import Budget
from aicontext.domain.tenancy.budgets import START, Amounts, Payer, Standing, Warned, bounds
from aicontext.kit.clock import zone

MARGIN = timedelta(seconds=20)
"""For which what is held counts on after it can no longer be renewed: longer than a transaction
may take, so that none that renews is overtaken by one that finds it ended."""

KEPT = timedelta(days=1)
"""For which it is known that a reservation was settled."""

_BUDGETS = TABLES[Budget]
_CLOCKS = {
    "postgresql": "clock_timestamp()",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
}
_INSERT: Mapping[str, Callable[[Any], Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


class SqlBudgets:
    """What is held is the sum of what calls hold that have not ended, so that nothing has to be
    given back where a process dies.

    now: seconds since the epoch; None: by the database's own clock, as processes on several
    machines need it.
    """

    def __init__(self, records: SqlRecords, now: Callable[[], float] | None = None) -> None:
        self._records = records
        self._now = now

    async def reserve(
        self, payer: Payer, reservation: str, most: Amounts, seconds: float
    ) -> Sequence[Standing]:
        async with self._records.transaction(payer.organisation) as transaction:
            connection = transaction.connection
            # Whoever reserves of the same budget waits here until this is committed.
            budgets, now = await self._budgets(connection, _of(payer), lock=True)
            asked = [one for one in budgets if most.of(one.unit)]
            if not asked:
                return ()
            values = {
                "organisation": payer.organisation,
                "tokens": most.tokens,
                "money": most.money,
                "expires_at": now + timedelta(seconds=seconds) + MARGIN,
                "settled": False,
            }
            new = await self._opened(connection, reservation, values, now)
            standings = await _standings(connection, asked, now)
            if not new:
                return standings
            _check(standings, most, now)
            await connection.execute(
                HOLDS.insert(),
                [
                    {
                        "reservation": reservation,
                        "budget": one.budget.id,
                        "organisation": payer.organisation,
                        "starts_at": one.starts_at,
                        "amount": most.of(one.budget.unit),
                    }
                    for one in standings
                ],
            )
            return standings

    async def renew(
        self, organisation: str, reservations: Sequence[str], seconds: float
    ) -> Sequence[str]:
        async with self._records.transaction(organisation) as transaction:
            now = await self._time(transaction.connection)
            found = await transaction.connection.execute(
                update(RESERVATIONS)
                .where(
                    RESERVATIONS.c.organisation == organisation,
                    RESERVATIONS.c.id.in_(sorted(reservations)),
                    RESERVATIONS.c.settled.is_(False),
                    RESERVATIONS.c.expires_at > now + MARGIN,
                )
                .values(expires_at=now + timedelta(seconds=seconds) + MARGIN)
                .returning(RESERVATIONS.c.id)
            )
            return list(found.scalars())

    async def settle(self, organisation: str, reservation: str, taken: Amounts) -> Sequence[Warned]:
        mine = and_(RESERVATIONS.c.organisation == organisation, RESERVATIONS.c.id == reservation)
        async with self._records.transaction(organisation) as transaction:
            connection = transaction.connection
            ended = await connection.execute(
                update(RESERVATIONS).where(mine, ~RESERVATIONS.c.settled).values(settled=True)
            )
            if not ended.rowcount:
                if (await connection.execute(select(RESERVATIONS.c.id).where(mine))).first():
                    return ()
                raise NotFound("There is no such reservation.")
            held = await connection.execute(
                select(_BUDGETS, HOLDS.c.starts_at)
                .join(HOLDS, HOLDS.c.budget == _BUDGETS.c.id)
                .where(HOLDS.c.reservation == reservation)
                .order_by(_BUDGETS.c.id)
            )
            periods = [(_budget(row), row.starts_at) for row in held]
            await connection.execute(delete(HOLDS).where(HOLDS.c.reservation == reservation))
            return await _book(connection, periods, taken) if periods else ()

    async def standing(self, organisation: str) -> Sequence[Standing]:
        async with self._records.transaction(organisation, reading=True) as transaction:
            mine = _BUDGETS.c.organisation == organisation
            budgets, now = await self._budgets(transaction.connection, mine)
            return await _standings(transaction.connection, budgets, now)

    async def sweep(self) -> int:
        async with self._records.transaction(None) as transaction:
            before = await self._time(transaction.connection) - KEPT
            done = await transaction.connection.execute(
                delete(RESERVATIONS).where(RESERVATIONS.c.expires_at < before)
            )
            return done.rowcount

    async def close(self) -> None:
        await self._records.close()

    async def _budgets(
        self, connection: AsyncConnection, wanted: ColumnElement[bool], *, lock: bool = False
    ) -> tuple[list[Budget], datetime]:
        """(budgets by id, the time)."""
        query = select(_BUDGETS, self._clock(connection)).where(wanted).order_by(_BUDGETS.c.id)
        if lock:
            query = query.with_for_update(key_share=True)
        found = (await connection.execute(query)).all()
        return [_budget(row) for row in found], self._read(found[0].now) if found else START

    async def _opened(
        self,
        connection: AsyncConnection,
        reservation: str,
        values: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """Whether the reservation is new, or had ended without being settled."""
        made = await connection.execute(
            _INSERT[connection.dialect.name](RESERVATIONS)
            .values(id=reservation, **values)
            .on_conflict_do_nothing()
        )
        if made.rowcount:
            return True
        mine = and_(
            RESERVATIONS.c.organisation == values["organisation"],
            RESERVATIONS.c.id == reservation,
        )
        found = (await connection.execute(select(RESERVATIONS).where(mine))).first()
        if found is None or (found.tokens, found.money) != (values["tokens"], values["money"]):
            raise Conflict(
                "This id was reserved for another call.", hint="Give each call an id of its own."
            )
        if found.settled or found.expires_at > now:
            return False
        await connection.execute(delete(HOLDS).where(HOLDS.c.reservation == reservation))
        await connection.execute(update(RESERVATIONS).where(mine).values(**values))
        return True

    async def _time(self, connection: AsyncConnection) -> datetime:
        found = await connection.execute(select(self._clock(connection)))
        return self._read(found.scalar())

    def _clock(self, connection: AsyncConnection) -> ColumnElement[Any]:
        told = "NULL" if self._now is not None else _CLOCKS[connection.dialect.name]
        return literal_column(told).label("now")

    def _read(self, told: Any) -> datetime:
        """The time, as the database told it where it was asked."""
        if self._now is not None:
            return datetime.fromtimestamp(self._now(), UTC)
        if isinstance(told, str):
            return datetime.fromisoformat(told).replace(tzinfo=UTC)
        found: datetime = told
        return found.astimezone(UTC)


def _of(payer: Payer) -> ColumnElement[bool]:
    owners = (
        and_(_BUDGETS.c.level == level.value, _BUDGETS.c.owner == owner)
        for level, owner in sorted(payer.owners)
    )
    return and_(_BUDGETS.c.organisation == payer.organisation, or_(*owners))


def _budget(row: Any) -> Budget:
    columns = row._mapping
    return rows.record(Budget, {one.name: columns[one.name] for one in _BUDGETS.c})


async def _standings(
    connection: AsyncConnection, budgets: Iterable[Budget], now: datetime
) -> list[Standing]:
    """The budgets in their present periods."""
    periods = {one.id: (one, *bounds(one.period, _local(one, now))) for one in budgets}
    if not periods:
        return []
    live = and_(HOLDS.c.reservation == RESERVATIONS.c.id, RESERVATIONS.c.expires_at > now)
    # In one statement, so that what a call held is not looked for after it was booked.
    amounts = union_all(
        select(
            SPENT.c.budget, SPENT.c.starts_at, SPENT.c.amount, literal_column("0").label("held")
        ).where(SPENT.c.budget.in_(periods)),
        select(HOLDS.c.budget, HOLDS.c.starts_at, HOLDS.c.amount, literal_column("1").label("held"))
        .join(RESERVATIONS, live)
        .where(HOLDS.c.budget.in_(periods)),
    )
    sums: Counter[tuple[str, datetime, int]] = Counter()
    for budget, starts_at, amount, held in await connection.execute(amounts):
        sums[budget, starts_at, held] += amount
    return [
        Standing(one, start, end, sums[one.id, start, 0], sums[one.id, start, 1])
        for one, start, end in periods.values()
    ]


def _local(budget: Budget, now: datetime) -> datetime:
    try:
        return now.astimezone(zone(budget.zone))
    except LookupError:
        raise Unavailable(
            f"The time zone {budget.zone} of a budget is not known here.",
            hint="Install tzdata, or give the budget another zone.",
        ) from None


def _check(standings: Sequence[Standing], most: Amounts, now: datetime) -> None:
    """Raises OverBudget where a hard budget has no room: of the one that is full for longest."""
    full = [one for one in standings if one.budget.hard and most.of(one.budget.unit) > one.left]
    if full:
        refusals = (one.refused(most.of(one.budget.unit), now) for one in full)
        raise max(refusals, key=lambda one: one.wait)


async def _book(
    connection: AsyncConnection, periods: Sequence[tuple[Budget, datetime]], taken: Amounts
) -> list[Warned]:
    """Adds what was taken; what is to be warned of."""
    new = _INSERT[connection.dialect.name](SPENT).values(
        [
            {
                "budget": budget.id,
                "starts_at": starts_at,
                "organisation": budget.organisation,
                "amount": taken.of(budget.unit),
                "warned": 0,
            }
            for budget, starts_at in periods
        ]
    )
    added = new.on_conflict_do_update(
        index_elements=[SPENT.c.budget, SPENT.c.starts_at],
        set_={"amount": SPENT.c.amount + new.excluded.amount},
    ).returning(SPENT.c.budget, SPENT.c.amount, SPENT.c.warned)
    sums = {row.budget: row for row in await connection.execute(added)}
    warned = []
    for budget, starts_at in periods:
        spent, told = sums[budget.id].amount, sums[budget.id].warned
        percent = max((p for p in (budget.warn_at, 100) if _reached(budget, spent, p)), default=0)
        if percent <= told:
            continue
        await connection.execute(
            update(SPENT)
            .where(SPENT.c.budget == budget.id, SPENT.c.starts_at == starts_at)
            .values(warned=percent)
        )
        warned.append(Warned(budget, percent, spent))
    return warned


def _reached(budget: Budget, spent: int, percent: int) -> bool:
    return percent > 0 and spent * 100 >= budget.amount * percent
