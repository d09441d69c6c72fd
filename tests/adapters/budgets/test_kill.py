"""64 callers in two processes, of which some are killed: never over the budget, nothing leaks."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from servers.postgresql import Postgresql

from aicontext.adapters.budgets.sql import MARGIN, SqlBudgets
from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.storage.records import Budget, Level, Organisation, Period, Unit
from aicontext.domain.tenancy.budgets import Amounts, Payer, Standing

NODE = """
import asyncio, random, sys
from pathlib import Path
from uuid import uuid4
from aicontext.adapters.budgets.sql import SqlBudgets
from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.errors import OverBudget
from aicontext.domain.tenancy.budgets import Amounts, Payer

async def caller(budgets, payer, chance, keeps):
    refused = False
    while True:
        most, name = 1 if refused else chance.randint(1, 9), uuid4().hex
        try:
            await budgets.reserve(payer, name, Amounts(most), 30)
        except OverBudget as error:
            print("refused", name, most, flush=True)
            if refused:
                return
            refused = True
            continue
        print("reserved", name, most, flush=True)
        await asyncio.sleep(3600 if keeps else chance.random() / 4)
        taken = chance.randint(0, most)
        await budgets.settle(payer.organisation, name, Amounts(taken))
        print("settled", name, taken, flush=True)

async def main(address, organisation, user, seed):
    made = PostgresqlRecords(address) if "://" in address else SqliteRecords(Path(address))
    budgets, payer = SqlBudgets(made), Payer(organisation=organisation, user=user)
    chances = [random.Random(f"{seed}.{number}") for number in range(32)]
    # The first caller of the process that is to be killed never settles: it is killed in the midst.
    keeps = [seed == "killed", *[False] * 31]
    await asyncio.gather(*map(caller, [budgets] * 32, [payer] * 32, chances, keeps))

asyncio.run(main(*sys.argv[1:]))
"""
AMOUNT = 300


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_callers_neither_pass_the_budget_nor_keep_of_it(
    kind: str, postgresql: Postgresql, tmp_path: Path
) -> None:
    address = postgresql.database() if kind == "postgresql" else str(tmp_path / "records.db")
    organisation, user = uuid4().hex, uuid4().hex

    async def test() -> None:
        records = (
            PostgresqlRecords(address) if kind == "postgresql" else SqliteRecords(Path(address))
        )
        try:
            await killed(records)
        finally:
            await records.close()

    async def killed(records: PostgresqlRecords | SqliteRecords) -> None:
        budgets = await prepared(records, organisation, user)

        async def look() -> Standing:
            found = await budgets.standing(organisation)
            assert all(one.spent + one.held <= AMOUNT for one in found)
            return found[0]

        told, others = Told(), Told()
        async with node(address, organisation, user, "killed", told) as first:
            await told.heard["reserved"].wait()
            async with node(address, organisation, user, "b", others):
                await told.heard["settled"].wait()
                first.kill()
                assert await first.wait() < 0
                async with node(address, organisation, user, "c", others) as third:
                    while third.returncode is None:
                        await look()
                        await asyncio.sleep(0.02)
        told += others
        kinds = {word: {name for was, name, _ in told if was == word} for word in WORDS}
        settled = {name: int(number) for was, name, number in told if was == "settled"}
        open_at_the_end = kinds["reserved"] - kinds["settled"]
        # What was said to be booked is; of those that were killed, nobody heard.
        final = await look()
        most = {name: int(number) for was, name, number in told if was == "reserved"}
        booked = final.spent - sum(settled.values())
        assert 0 <= booked <= sum(most[name] for name in open_at_the_end)
        assert open_at_the_end
        assert ["refused", "1"] in [[was, number] for was, _, number in told]
        # Once the leases are over, all of the rest can be had again.
        late = SqlBudgets(records, lambda: datetime.now(UTC).timestamp() + 31 + MARGIN.seconds)
        (after, *_) = await late.standing(organisation)
        assert (after.spent, after.held) == (final.spent, 0)
        payer = Payer(organisation=organisation, user=user)
        await late.reserve(payer, uuid4().hex, Amounts(AMOUNT - final.spent), 30)

    asyncio.run(test())


WORDS = ("reserved", "settled", "refused")


async def prepared(
    records: PostgresqlRecords | SqliteRecords, organisation: str, user: str
) -> SqlBudgets:
    """One budget of the organisation and one of the user."""
    await records.migrate()
    base = {"organisation": organisation, "created_at": datetime.now(UTC)}
    async with records.transaction(None) as transaction:
        await transaction.add(Organisation(id=organisation, name="Shop", slug=organisation, **base))
        for level, owner in ((Level.ORGANISATION, organisation), (Level.USER, user)):
            await transaction.add(
                Budget(
                    id=uuid4().hex,
                    level=level,
                    owner=owner,
                    unit=Unit.TOKENS,
                    period=Period.TOTAL,
                    amount=AMOUNT,
                    **base,
                )
            )
    return SqlBudgets(records)


class Told(list[list[str]]):
    """What processes said: a word, the name of the reservation and a number of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = {word: asyncio.Event() for word in WORDS}

    def take(self, line: str) -> None:
        self.append(line.split())
        self.heard[self[-1][0]].set()


@asynccontextmanager
async def node(
    address: str, organisation: str, user: str, seed: str, told: Told
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with 32 callers, until they have all been refused; what it says goes to `told`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", NODE, address, organisation, user, seed, stdout=subprocess.PIPE
    )

    async def read() -> None:
        assert process.stdout is not None
        while (line := await process.stdout.readline()).endswith(b"\n"):
            told.take(line.decode())

    reading = asyncio.create_task(read())
    try:
        yield process
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading
