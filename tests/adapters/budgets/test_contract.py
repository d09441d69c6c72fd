"""One suite over every store of budgets, against a plain account."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.postgresql import Postgresql

from aicontext.adapters.budgets.sql import MARGIN, SqlBudgets
from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sql import SqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.errors import Conflict, NotFound, OverBudget, Unavailable
from aicontext.domain.storage.records import Budget, Level, Organisation, Period, Unit
from aicontext.domain.tenancy.budgets import Amounts, Payer, Standing

AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
LEASE = 60.0
GONE = LEASE + MARGIN.total_seconds()


def new_id() -> str:
    return uuid4().hex


@dataclass
class Shop:
    """A tenant with budgets, by a clock that the test moves."""

    records: SqlRecords
    budgets: SqlBudgets
    hands: list[datetime]
    organisation: str = field(default_factory=new_id)
    user: str = field(default_factory=new_id)
    team: str = field(default_factory=new_id)

    @property
    def payer(self) -> Payer:
        return Payer(
            organisation=self.organisation, user=self.user, teams=frozenset((self.team, new_id()))
        )

    async def opened(self) -> None:
        own = self.organisation
        async with self.records.transaction(None) as transaction:
            await transaction.add(
                Organisation(id=own, organisation=own, created_at=AT, name="Shop", slug=new_id())
            )

    async def add(
        self,
        level: Level,
        amount: int,
        *,
        owner: str = "",
        unit: Unit = Unit.TOKENS,
        period: Period = Period.DAY,
        hard: bool = True,
        zone: str = "UTC",
    ) -> Budget:
        ids = {Level.ORGANISATION: self.organisation, Level.USER: self.user, Level.TEAM: self.team}
        made = Budget(
            id=new_id(),
            organisation=self.organisation,
            created_at=AT,
            level=level,
            owner=owner or ids[level],
            unit=unit,
            period=period,
            amount=amount,
            hard=hard,
            zone=zone,
        )
        async with self.records.transaction(self.organisation) as transaction:
            await transaction.add(made)
        return made

    async def reserve(self, tokens: int, money: int = 0, name: str = "") -> str:
        name = name or new_id()
        await self.budgets.reserve(self.payer, name, Amounts(tokens, money), LEASE)
        return name

    async def settle(self, name: str, tokens: int, money: int = 0) -> list[tuple[str, int]]:
        warned = await self.budgets.settle(self.organisation, name, Amounts(tokens, money))
        return [(one.budget.level, one.percent) for one in warned]

    async def standing(self, budget: Budget) -> Standing:
        found = await self.budgets.standing(self.organisation)
        return next(one for one in found if one.budget == budget)

    async def sums(self, budget: Budget) -> tuple[int, int]:
        found = await self.standing(budget)
        return found.spent, found.held

    def after(self, seconds: float) -> None:
        self.hands[0] += timedelta(seconds=seconds)


Test = Callable[[Shop], Awaitable[None]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def run(
    request: pytest.FixtureRequest,
    postgresql: Postgresql,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Test], None]]:
    path = tmp_path_factory.mktemp("budgets") / "records.db"
    with asyncio.Runner() as runner:
        postgres = request.param == "postgresql"
        records = PostgresqlRecords(postgresql.database()) if postgres else SqliteRecords(path)
        runner.run(records.migrate())

        async def go(test: Test) -> None:
            hands = [AT]
            shop = Shop(records, SqlBudgets(records, lambda: hands[0].timestamp()), hands)
            await shop.opened()
            await test(shop)

        yield lambda test: runner.run(go(test))
        runner.run(records.close())


def test_all_levels_hold_a_call_or_none(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        whole = await shop.add(Level.ORGANISATION, 100)
        team = await shop.add(Level.TEAM, 50, period=Period.TOTAL)
        own = await shop.add(Level.USER, 10_000, unit=Unit.MONEY)
        other = await shop.add(Level.USER, 1, owner=new_id())
        await shop.reserve(40, 3000)
        assert [await shop.sums(one) for one in (whole, team, own)] == [(0, 40), (0, 40), (0, 3000)]
        assert await shop.sums(other) == (0, 0)
        with pytest.raises(OverBudget, match=r"total budget of the team \(50 tokens\)"):
            await shop.reserve(11, 1)
        with pytest.raises(OverBudget, match="of the user"):
            await shop.reserve(1, 7001)
        assert [await shop.sums(one) for one in (whole, team, own)] == [(0, 40), (0, 40), (0, 3000)]
        await shop.reserve(10, 7000)

    run(test)


def test_what_was_taken_is_booked_once_and_the_rest_is_free(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100)
        first, second = await shop.reserve(60), await shop.reserve(40)
        with pytest.raises(OverBudget):
            await shop.reserve(1)
        for _ in range(3):
            await shop.settle(first, 20)
        await shop.settle(second, 0)
        await shop.settle(second, 40)
        assert await shop.sums(own) == (20, 0)
        await shop.reserve(80)

    run(test)


def test_what_was_taken_over_what_was_reserved_is_booked_and_closes(
    run: Callable[[Test], None],
) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100, period=Period.HOUR)
        await shop.settle(await shop.reserve(60), 130)
        assert (await shop.standing(own)).left == -30
        with pytest.raises(OverBudget, match="Wait until 2026-11-28 10:00 UTC") as refused:
            await shop.reserve(1)
        assert refused.value.wait == 1800
        shop.after(1800)
        await shop.reserve(100)

    run(test)


def test_an_id_reserves_once(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100)
        name = await shop.reserve(60)
        await shop.reserve(60, name=name)
        assert await shop.sums(own) == (0, 60)
        with pytest.raises(Conflict, match="another call"):
            await shop.reserve(50, name=name)
        await shop.settle(name, 10)
        await shop.reserve(60, name=name)
        assert await shop.sums(own) == (10, 0)
        with pytest.raises(NotFound):
            await shop.settle(new_id(), 1)

    run(test)


def test_of_one_id_reserved_at_once_one_holds(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100)
        name = new_id()
        await asyncio.gather(*(shop.reserve(60, name=name) for _ in range(6)))
        assert await shop.sums(own) == (0, 60)
        await asyncio.gather(*(shop.settle(name, 5) for _ in range(6)))
        assert await shop.sums(own) == (5, 0)

    run(test)


def test_what_nobody_renews_is_let_go(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100)
        lost, long = await shop.reserve(60), await shop.reserve(40)
        shop.after(LEASE - 1)
        assert await shop.budgets.renew(shop.organisation, [long], LEASE) == [long]
        shop.after(2)
        # It counts on for a while, lest one that renews is overtaken.
        assert await shop.budgets.renew(shop.organisation, [lost], LEASE) == []
        assert await shop.sums(own) == (0, 100)
        shop.after(GONE - LEASE)
        assert await shop.sums(own) == (0, 40)
        shop.after(LEASE - 3)  # The last second of what was renewed.
        assert await shop.sums(own) == (0, 40)
        await shop.reserve(60)
        await shop.settle(lost, 30)
        assert await shop.sums(own) == (30, 100)

    run(test)


def test_an_id_that_ended_may_reserve_anew(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100)
        name = await shop.reserve(60)
        shop.after(GONE + 1)
        other = await shop.reserve(60)
        with pytest.raises(OverBudget):
            await shop.reserve(60, name=name)
        await shop.settle(other, 0)
        await shop.reserve(60, name=name)
        assert await shop.sums(own) == (0, 60)

    run(test)


def test_periods_begin_anew_by_the_calendar_of_their_zone(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        zone = "Asia/Kathmandu"  # 09:30 UTC is 15:15 there.
        own = await shop.add(Level.USER, 10, zone=zone)
        found = await shop.standing(own)
        assert found.starts_at == datetime(2026, 11, 27, 18, 15, tzinfo=UTC)
        assert found.ends_at == datetime(2026, 11, 28, 18, 15, tzinfo=UTC)
        shop.after((8 * 60 + 44) * 60)
        begun = await shop.reserve(10)
        with pytest.raises(OverBudget):
            await shop.reserve(1)
        shop.after(60)
        await shop.reserve(10)
        # It is booked in the period in which it was reserved.
        await shop.settle(begun, 10)
        assert await shop.sums(own) == (0, 10)

    run(test)


def test_each_warning_is_told_once_in_a_period(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        soft = await shop.add(Level.USER, 100, hard=False)
        told = [await shop.settle(await shop.reserve(n), n) for n in (79, 1, 10, 500, 1)]
        assert told == [[], [("user", 80)], [], [("user", 100)], []]
        assert await shop.sums(soft) == (591, 0)
        shop.after(86_400)
        assert await shop.settle(await shop.reserve(100), 100) == [("user", 100)]

    run(test)


def test_a_call_that_concerns_no_budget_holds_nothing(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.add(Level.USER, 1, owner=new_id())
        await shop.add(Level.USER, 1, unit=Unit.MONEY)
        most = Amounts(tokens=5)
        assert await shop.budgets.reserve(shop.payer, new_id(), most, LEASE) == ()

    run(test)


def test_other_tenants_neither_see_nor_settle(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100)
        name = await shop.reserve(60)
        other = Shop(shop.records, shop.budgets, shop.hands)
        await other.opened()
        await other.add(Level.USER, 100)
        with pytest.raises(NotFound):
            await other.settle(name, 1)
        assert await shop.budgets.renew(other.organisation, [name], LEASE) == []
        with pytest.raises(Conflict):
            await other.reserve(60, name=name)
        assert [one.held for one in await other.budgets.standing(other.organisation)] == [0]
        assert await shop.sums(own) == (0, 60)

    run(test)


def test_reservations_that_ended_long_ago_are_forgotten(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100, period=Period.TOTAL)
        done, lost = await shop.reserve(60), await shop.reserve(10)
        await shop.settle(done, 50)
        shop.after(3600)
        await shop.budgets.sweep()
        await shop.settle(done, 50)
        shop.after(2 * 86_400)
        live = await shop.reserve(10)
        assert await shop.budgets.sweep() >= 2
        assert await shop.sums(own) == (50, 10)
        for name in (done, lost):
            with pytest.raises(NotFound):
                await shop.settle(name, 1)
        await shop.settle(live, 1)

    run(test)


def test_removing_a_budget_ends_it(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 10)
        name = await shop.reserve(10)
        async with shop.records.transaction(shop.organisation) as transaction:
            await transaction.remove(Budget, own.id)
        assert await shop.settle(name, 10) == []
        await shop.reserve(1000)

    run(test)


def test_an_unknown_zone_is_told(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.add(Level.USER, 10, zone="Mars/Olympus")
        with pytest.raises(Unavailable, match="Mars/Olympus"):
            await shop.reserve(1)

    run(test)


@dataclass
class Held:
    amounts: tuple[int, int]
    until: float
    periods: tuple[int, int]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(1, 50), st.integers(0, 50)),
        st.tuples(st.just("settle"), st.integers(0, 9), st.integers(0, 60)),
        st.tuples(st.just("renew"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 75, 81, 1700, 3600]), st.just(0)),
    ),
    min_size=5,
    max_size=25,
)


@settings(max_examples=12)
@given(steps=steps)
def test_it_agrees_with_a_plain_account(
    run: Callable[[Test], None], steps: list[tuple[str, int, int]]
) -> None:
    """Tokens by the hour for the user, money in all for the organisation, both hard."""

    async def test(shop: Shop) -> None:
        own = await shop.add(Level.USER, 100, period=Period.HOUR)
        whole = await shop.add(Level.ORGANISATION, 120, unit=Unit.MONEY, period=Period.TOTAL)
        held: dict[str, Held] = {}
        spent: dict[tuple[int, int], int] = {}

        def sums(now: float) -> list[tuple[int, int]]:
            present = int(now // 3600), 0
            live = [one for one in held.values() if one.until + MARGIN.total_seconds() > now]
            return [
                (
                    spent.get((unit, present[unit]), 0),
                    sum(one.amounts[unit] for one in live if one.periods[unit] == present[unit]),
                )
                for unit in (0, 1)
            ]

        for kind, first, second in steps:
            now = shop.hands[0].timestamp()
            names = list(held)
            name = names[first % len(names)] if names and kind in ("settle", "renew") else ""
            if kind == "wait":
                shop.after(first)
            elif kind == "reserve":
                fits = [
                    sum(found) + asked <= most or not asked
                    for found, asked, most in zip(
                        sums(now), (first, second), (100, 120), strict=True
                    )
                ]
                name = new_id()
                try:
                    await shop.reserve(first, second, name)
                except OverBudget:
                    assert not all(fits)
                else:
                    assert all(fits)
                    held[name] = Held((first, second), now + LEASE, (int(now // 3600), 0))
            elif kind == "renew" and name:
                renewed = await shop.budgets.renew(shop.organisation, [name], LEASE)
                assert bool(renewed) == (held[name].until > now)
                if renewed:
                    held[name].until = now + LEASE
            elif kind == "settle" and name:
                one = held.pop(name)
                taken = (min(second, one.amounts[0]), min(first, one.amounts[1]))
                late = one.until + MARGIN.total_seconds() <= now
                taken = (0, 0) if late else taken
                await shop.settle(name, *taken)
                for unit in (0, 1):
                    key = unit, one.periods[unit]
                    spent[key] = spent.get(key, 0) + (taken[unit] if one.amounts[unit] else 0)
            now = shop.hands[0].timestamp()
            found = [await shop.sums(own), await shop.sums(whole)]
            assert found == sums(now)
            assert sum(found[0]) <= 100
            assert sum(found[1]) <= 120

    run(test)


def test_times_are_those_of_the_database_where_none_are_given(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    async def test() -> None:
        for records in (
            SqliteRecords(tmp_path / "records.db"),
            PostgresqlRecords(postgresql.database()),
        ):
            await records.migrate()
            shop = Shop(records, SqlBudgets(records), [])
            await shop.opened()
            own = await shop.add(Level.USER, 10, period=Period.HOUR)
            await shop.reserve(10)
            found = await shop.standing(own)
            assert found.ends_at is not None
            assert found.starts_at <= datetime.now(UTC) < found.ends_at
            assert found.held == 10
            await records.close()

    asyncio.run(test())
