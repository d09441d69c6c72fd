"""Budgets in the records' database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    delete,
    insert,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from aicontext.adapters.records import rows
from aicontext.adapters.records.sql import SqlRecords, insertion
from aicontext.adapters.records.tables import HOLDS, RESERVATIONS, SPENT, TABLES
from aicontext.domain.errors import Conflict, NotFound, Unavailable
from aicontext.domain.storage.records import Budget
from aicontext.domain.tenancy.budgets import (
    START,
    Amounts,
    Payer,
    Spent,
    Standing,
    Warned,
    bounds,
)
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
            budgets, now = await self._budgets(connection, *_of(payer))
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
                _HOLD,
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
            given = {
                "tenant": organisation,
                "held": sorted(reservations),
                "after": now + MARGIN,
                "expires_at": now + timedelta(seconds=seconds) + MARGIN,
            }
            found = await transaction.connection.execute(_RENEW, given)
            return list(found.scalars())

    async def settle(self, organisation: str, reservation: str, taken: Amounts) -> Sequence[Warned]:
        mine = {"tenant": organisation, "call": reservation}
        async with self._records.transaction(organisation) as transaction:
            connection = transaction.connection
            if not (await connection.execute(_SETTLE, mine)).rowcount:
                if (await connection.execute(_RESERVED, mine)).first():
                    return ()
                raise NotFound("There is no such reservation.")
            held = await connection.execute(_HELD, mine)
            periods = [(_budget(row), row.starts_at) for row in held]
            await connection.execute(_LET_GO, mine)
            return await _book(connection, periods, taken) if periods else ()

    async def standing(self, organisation: str) -> Sequence[Standing]:
        async with self._records.transaction(organisation, reading=True) as transaction:
            budgets, now = await self._budgets(
                transaction.connection, _ALL, {"tenant": organisation}
            )
            return await _standings(transaction.connection, budgets, now)

    async def spent(self, after: Spent | None, limit: int) -> Sequence[Spent]:
        place = SPENT.c.budget, SPENT.c.starts_at
        asked = select(SPENT).order_by(*place).limit(limit)
        if after:
            asked = asked.where(tuple_(*place) > tuple_(*_place(after)))
        async with self._records.transaction(None, reading=True) as transaction:
            found = (await transaction.connection.execute(asked)).all()
        return [
            Spent(one.organisation, one.budget, one.starts_at, one.amount, one.warned)
            for one in found
        ]

    async def keep(self, spent: Sequence[Spent]) -> None:
        async with self._records.transaction(None) as transaction:
            connection = transaction.connection
            await connection.execute(_put(connection.dialect.name), [asdict(one) for one in spent])

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
        self, connection: AsyncConnection, query: Select[Any], values: Mapping[str, Any]
    ) -> tuple[list[Budget], datetime]:
        """(budgets by id, the time)."""
        timed = _timed(query, self._clock(connection))
        found = (await connection.execute(timed, values)).all()
        return [_budget(row) for row in found], self._read(found[0].now) if found else START

    async def _opened(
        self,
        connection: AsyncConnection,
        reservation: str,
        values: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """Whether the reservation is new, or had ended without being settled."""
        new = _open(connection.dialect.name)
        made = await connection.execute(new, {"id": reservation, **values})
        if made.rowcount:
            return True
        mine = {"tenant": values["organisation"], "call": reservation}
        found = (await connection.execute(_RESERVED, mine)).first()
        if found is None or (found.tokens, found.money) != (values["tokens"], values["money"]):
            raise Conflict(
                "This id was reserved for another call.", hint="Give each call an id of its own."
            )
        if found.settled or found.expires_at > now:
            return False
        await connection.execute(_LET_GO, mine)
        await connection.execute(_REOPEN, {**mine, **values})
        return True

    async def _time(self, connection: AsyncConnection) -> datetime:
        found = await connection.execute(_told(self._clock(connection)))
        return self._read(found.scalar())

    def _clock(self, connection: AsyncConnection) -> str:
        return "NULL" if self._now is not None else _CLOCKS[connection.dialect.name]

    def _read(self, told: Any) -> datetime:
        """The time, as the database told it where it was asked."""
        if self._now is not None:
            return datetime.fromtimestamp(self._now(), UTC)
        if isinstance(told, str):
            return datetime.fromisoformat(told).replace(tzinfo=UTC)
        found: datetime = told
        return found.astimezone(UTC)


# To make a statement takes longer than to carry it out; so each is made once.

_MINE = and_(
    RESERVATIONS.c.organisation == bindparam("tenant"), RESERVATIONS.c.id == bindparam("call")
)
_RESERVED = select(RESERVATIONS).where(_MINE)
_REOPEN = update(RESERVATIONS).where(_MINE)
_SETTLE = _REOPEN.where(~RESERVATIONS.c.settled).values(settled=True)
_RENEW = (
    update(RESERVATIONS)
    .where(
        RESERVATIONS.c.organisation == bindparam("tenant"),
        RESERVATIONS.c.id.in_(bindparam("held", expanding=True)),
        RESERVATIONS.c.settled.is_(False),
        RESERVATIONS.c.expires_at > bindparam("after"),
    )
    .returning(RESERVATIONS.c.id)
)
_HOLD = insert(HOLDS)
_LET_GO = delete(HOLDS).where(HOLDS.c.reservation == bindparam("call"))
_HELD = (
    select(_BUDGETS, HOLDS.c.starts_at)
    .join(HOLDS, HOLDS.c.budget == _BUDGETS.c.id)
    .where(HOLDS.c.reservation == bindparam("call"))
    .order_by(_BUDGETS.c.id)
)
_ALL = (
    select(_BUDGETS).where(_BUDGETS.c.organisation == bindparam("tenant")).order_by(_BUDGETS.c.id)
)
_LIVE = and_(HOLDS.c.reservation == RESERVATIONS.c.id, RESERVATIONS.c.expires_at > bindparam("at"))
# In one statement, so that what a call held is not looked for after it was booked.
_AMOUNTS = union_all(
    select(
        SPENT.c.budget, SPENT.c.starts_at, SPENT.c.amount, literal_column("0").label("held")
    ).where(SPENT.c.budget.in_(bindparam("budgets", expanding=True))),
    select(HOLDS.c.budget, HOLDS.c.starts_at, HOLDS.c.amount, literal_column("1").label("held"))
    .join(RESERVATIONS, _LIVE)
    .where(HOLDS.c.budget.in_(bindparam("budgets", expanding=True))),
)
_TELL = update(SPENT).where(
    SPENT.c.budget == bindparam("of"), SPENT.c.starts_at == bindparam("since")
)


def _of(payer: Payer) -> tuple[Select[Any], Mapping[str, Any]]:
    """What finds the payer's budgets, and holds up others who do."""
    owners = sorted(payer.owners)
    values = {"tenant": payer.organisation}
    for number, (level, owner) in enumerate(owners):
        values |= {f"level{number}": level.value, f"owner{number}": owner}
    return _owned(len(owners)), values


@cache
def _owned(number: int) -> Select[Any]:
    owners = (
        and_(
            _BUDGETS.c.level == bindparam(f"level{one}"),
            _BUDGETS.c.owner == bindparam(f"owner{one}"),
        )
        for one in range(number)
    )
    return _ALL.where(or_(*owners)).with_for_update(key_share=True)


@cache
def _timed(query: Select[Any], clock: str) -> Select[Any]:
    return query.add_columns(literal_column(clock).label("now"))


@cache
def _told(clock: str) -> Select[Any]:
    return select(literal_column(clock))


@cache
def _open(dialect: str) -> Any:
    return insertion(dialect, RESERVATIONS).on_conflict_do_nothing()


@cache
def _put(dialect: str) -> Any:
    new = insertion(dialect, SPENT)
    return new.on_conflict_do_update(
        index_elements=[SPENT.c.budget, SPENT.c.starts_at],
        set_={"amount": new.excluded.amount, "warned": new.excluded.warned},
    )


def _place(spent: Spent) -> tuple[Any, Any]:
    return (
        literal(spent.budget, SPENT.c.budget.type),
        literal(spent.starts_at, SPENT.c.starts_at.type),
    )


@cache
def _add(dialect: str) -> Any:
    new = insertion(dialect, SPENT)
    return new.on_conflict_do_update(
        index_elements=[SPENT.c.budget, SPENT.c.starts_at],
        set_={"amount": SPENT.c.amount + new.excluded.amount},
    ).returning(SPENT.c.budget, SPENT.c.amount, SPENT.c.warned)


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
    sums: Counter[tuple[str, datetime, int]] = Counter()
    found = await connection.execute(_AMOUNTS, {"budgets": sorted(periods), "at": now})
    for budget, starts_at, amount, held in found:
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
    taking = [
        {
            "budget": budget.id,
            "starts_at": starts_at,
            "organisation": budget.organisation,
            "amount": taken.of(budget.unit),
            "warned": 0,
        }
        for budget, starts_at in periods
    ]
    added = await connection.execute(_add(connection.dialect.name), taking)
    sums = {row.budget: row for row in added}
    warned = []
    for budget, starts_at in periods:
        spent, before = sums[budget.id].amount, sums[budget.id].warned
        percent = max((p for p in (budget.warn_at, 100) if _reached(budget, spent, p)), default=0)
        if percent <= before:
            continue
        told = {"of": budget.id, "since": starts_at, "warned": percent}
        await connection.execute(_TELL, told)
        warned.append(Warned(budget, percent, spent))
    return warned


def _reached(budget: Budget, spent: int, percent: int) -> bool:
    return percent > 0 and spent * 100 >= budget.amount * percent
