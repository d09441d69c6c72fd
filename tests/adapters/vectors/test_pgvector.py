"""What only PostgreSQL does: walls of its own, a graph, and an end of the server."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from servers.postgresql import Postgresql
from sqlalchemy import text

from aicontext.adapters.vectors import pgvector
from aicontext.adapters.vectors.pgvector import PgVectors
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.vectors import Filter, Item, Space

SPACE = Space("a-model", 16)


def item(number: int, organisation: str = "one") -> Item:
    chance = random.Random(number)
    vector = [chance.gauss(0, 1) for _ in range(SPACE.dimension)]
    return Item(id=str(number), organisation=organisation, user=f"u{number % 5}", vector=vector)


def run(url: str, test: Callable[[PgVectors], Awaitable[None]]) -> None:
    async def go() -> None:
        vectors = PgVectors(url, SPACE)
        try:
            await test(vectors)
        finally:
            await vectors.close()

    asyncio.run(go())


def test_the_database_itself_holds_a_tenant_to_its_own(postgresql: Postgresql) -> None:
    async def test(vectors: PgVectors) -> None:
        await vectors.put([item(1), item(2, "two")])
        async with vectors._tenant("one") as connection:
            found = await connection.execute(text("SELECT organisation FROM vectors"))
            assert found.scalars().all() == ["one"]
            done = await connection.execute(text("DELETE FROM vectors"))
            assert done.rowcount == 1
        assert await vectors.count(Filter(organisation="two")) == 1

    run(postgresql.database(), test)


def test_the_graph_finds_what_comparing_finds(
    postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a small tenant, and of a user, among others in one part."""

    async def test(vectors: PgVectors) -> None:
        await vectors.put([item(number) for number in range(600)])
        await vectors.put([item(number, f"tenant {number % 40}") for number in range(600)])
        hits = 0
        asked = [Filter(organisation="one"), Filter(organisation="one", user="u3")]
        asked += [Filter(organisation=f"tenant {number}") for number in range(40)]
        for number, where in enumerate(asked):
            wanted = item(10_000 + number).vector
            monkeypatch.setattr(pgvector, "_FEW", 10_000)
            exact = await vectors.search(wanted, where)
            monkeypatch.setattr(pgvector, "_FEW", -1)
            graph = await vectors.search(wanted, where)
            hits += len({m.id for m in exact} & {m.id for m in graph})
        assert hits >= 0.95 * 10 * len(asked)

    run(postgresql.database(), test)


@pytest.mark.parametrize("release", ["NULL", "'0.7.4'"])
def test_a_database_without_the_extension_or_with_an_old_one_is_told_of(
    postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    monkeypatch.setattr(pgvector, "_EXTENSION", text(f"SELECT {release}"))

    async def test(vectors: PgVectors) -> None:
        with pytest.raises(Unavailable, match="no pgvector"):
            await vectors.put([item(1)])

    run(postgresql.database(), test)


def test_several_may_be_the_first(postgresql: Postgresql) -> None:
    url = postgresql.database()

    async def go() -> None:
        every = [PgVectors(url, SPACE) for _ in range(4)]
        await asyncio.gather(*(v.put([item(n)]) for n, v in enumerate(every)))
        assert await every[0].count(Filter(organisation="one")) == 4
        for vectors in every:
            await vectors.close()

    asyncio.run(go())


def test_a_killed_server_loses_nothing_and_is_told_of(postgresql: Postgresql) -> None:
    async def test(vectors: PgVectors) -> None:
        await vectors.put([item(number) for number in range(50)])
        with postgresql.down(), pytest.raises(Unavailable, match="gave no answer"):
            await vectors.search(item(1).vector, Filter(organisation="one"))
        assert await vectors.count(Filter(organisation="one")) == 50
        (best,) = await vectors.search(item(7).vector, Filter(organisation="one"), 1)
        assert best.id == "7"

    run(postgresql.database(), test)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput):
        PgVectors("no address", SPACE)
