"""One suite over every store of vectors."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from operator import mul
from pathlib import Path
from typing import Any

import pytest
from servers.postgresql import Postgresql

from aicontext.adapters.vectors.exact import ExactVectors
from aicontext.adapters.vectors.pgvector import PgVectors
from aicontext.adapters.vectors.qdrant import QdrantVectors
from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.domain.storage.vectors import Filter, Item, Match, Space, unit
from aicontext.ports.stores.vectors import Vectors

SPACE = Space("a-model", 8)
ODD = ('"; DROP TABLE vectors; --', "ünïted 🜁", "%_'\\", "{}", " ", "a\nb", "*")

Make = Callable[[Space], Vectors]
Test = Callable[[Vectors], Awaitable[None]]


@pytest.fixture(scope="module", params=["exact", "qdrant", "pgvector"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(kind: str, place: Path | str, space: Space) -> Vectors:
    if kind == "pgvector":
        return PgVectors(str(place), space)
    made = QdrantVectors if kind == "qdrant" else ExactVectors
    return made(Path(place) / "home" / "vectors.db", space)


@pytest.fixture
def make(kind: str, tmp_path: Path, postgresql: Postgresql) -> Make:
    place = postgresql.database() if kind == "pgvector" else tmp_path
    return lambda space: opened(kind, place, space)


@pytest.fixture(scope="module")
def place(
    kind: str, tmp_path_factory: pytest.TempPathFactory, postgresql: Postgresql
) -> Path | str:
    return postgresql.database() if kind == "pgvector" else tmp_path_factory.mktemp("vectors")


@pytest.fixture(scope="module")
def shared(kind: str, place: Path | str) -> Iterator[Vectors | None]:
    """One for all tests, since making an index waits for the disk often; connections belong to the
    event loop that made them."""
    vectors = None if kind == "pgvector" else opened(kind, place, SPACE)
    yield vectors
    if vectors is not None:
        asyncio.run(vectors.close())


@pytest.fixture
def run(kind: str, place: Path | str, shared: Vectors | None) -> Callable[[Test], None]:
    async def go(test: Test) -> None:
        vectors = shared or opened(kind, place, SPACE)
        try:
            await test(vectors)
        finally:
            for organisation in ("one", "two", *ODD):
                await vectors.forget(Filter(organisation=organisation))
            if shared is None:
                await vectors.close()

    return lambda test: asyncio.run(go(test))


def toward(number: int, lean: float = 0.0) -> list[float]:
    """Along one axis, leaning towards the next."""
    found = [0.0] * SPACE.dimension
    found[number % SPACE.dimension] = 3.0
    found[(number + 1) % SPACE.dimension] = 3.0 * lean
    return found


def item(own: str, vector: Sequence[float], **given: Any) -> Item:
    return Item(**{"id": own, "organisation": "one", "user": "ada", "vector": vector, **given})


def ids(found: Sequence[Match]) -> list[str]:
    return [match.id for match in found]


ALL = Filter(organisation="one")


def test_the_most_alike_come_first_with_all_that_was_kept(run: Callable[[Test], None]) -> None:
    async def test(vectors: Vectors) -> None:
        metadata = {"handle": "ä\n\"'", "tokens": 12, "at": 1.5}
        await vectors.put(
            [
                item("far", toward(3)),
                item("near", toward(0, 0.1), project="p", kind="code", metadata=metadata),
                item("less", toward(0, 1.0)),
            ]
        )
        found = await vectors.search(toward(0), ALL, 2)
        assert ids(found) == ["near", "less"]
        assert found[0].score == pytest.approx(1 / math.hypot(1, 0.1), abs=1e-5)
        assert found[1].score == pytest.approx(math.sqrt(0.5), abs=1e-5)
        expected = Match(
            id="near", score=found[0].score, user="ada", project="p", kind="code", metadata=metadata
        )
        assert found[0] == expected

    run(test)


def test_another_tenant_sees_and_changes_nothing(run: Callable[[Test], None]) -> None:
    async def test(vectors: Vectors) -> None:
        await vectors.put([item("a", toward(0))])
        other = Filter(organisation="two")
        assert await vectors.search(toward(0), other) == []
        assert await vectors.remove("two", ["a"]) == 0
        assert await vectors.forget(other) == 0
        await vectors.put([item("a", toward(1), organisation="two")])
        assert ids(await vectors.search(toward(0), ALL)) == ["a"]
        (mine,) = await vectors.search(toward(0), ALL)
        assert mine.score == pytest.approx(1.0)
        assert await vectors.count(ALL) == await vectors.count(other) == 1

    run(test)


def test_filters_hold_by_themselves_and_together(run: Callable[[Test], None]) -> None:
    async def test(vectors: Vectors) -> None:
        owners = [(u, p, k) for u in ("ada", "bob") for p in ("", "p") for k in ("", "k")]
        items = [
            item("-".join(owner), toward(n), user=owner[0], project=owner[1], kind=owner[2])
            for n, owner in enumerate(owners)
        ]
        await vectors.put(items)
        for user in ("", "ada", "bob", "eve"):
            for project in ("", "p", "q"):
                for kind in ("", "k", "l"):
                    where = Filter(organisation="one", user=user, project=project, kind=kind)
                    expected = {
                        "-".join(o)
                        for o in owners
                        if user in ("", o[0]) and project in ("", o[1]) and kind in ("", o[2])
                    }
                    assert set(ids(await vectors.search(toward(0), where))) == expected
                    assert await vectors.count(where) == len(expected)

    run(test)


@pytest.mark.parametrize("odd", ODD)
def test_odd_names_are_names(run: Callable[[Test], None], odd: str) -> None:
    async def test(vectors: Vectors) -> None:
        own = {"organisation": odd, "user": odd, "project": odd, "kind": odd}
        await vectors.put([item(odd, toward(0), **own, metadata={odd: odd}), item("a", toward(0))])
        (match,) = await vectors.search(toward(0), Filter(**own))
        assert (match.id, match.user, match.metadata) == (odd, odd, {odd: odd})
        assert await vectors.remove(odd, [odd]) == 1
        assert await vectors.count(ALL) == 1

    run(test)


def test_a_second_put_replaces_and_the_same_changes_nothing(run: Callable[[Test], None]) -> None:
    async def test(vectors: Vectors) -> None:
        await vectors.put([item("a", toward(0)), item("b", toward(1))])
        await vectors.put([item("a", toward(0))])
        await vectors.put([item("a", toward(2)), item("a", toward(3), user="bob", kind="k")])
        assert await vectors.count(ALL) == 2
        (match,) = await vectors.search(toward(3), Filter(organisation="one", user="bob"))
        assert (match.id, match.kind) == ("a", "k")
        assert match.score == pytest.approx(1.0)
        assert ids(await vectors.search(toward(0), Filter(organisation="one", user="ada"))) == ["b"]

    run(test)


def test_what_is_removed_is_not_found(run: Callable[[Test], None]) -> None:
    async def test(vectors: Vectors) -> None:
        await vectors.put([item(f"{n}", toward(n), user=f"u{n % 3}") for n in range(9)])
        assert len(await vectors.search(toward(0), ALL)) == 9
        assert await vectors.remove("one", ["0", "0", "1", "none"]) == 2
        assert "0" not in ids(await vectors.search(toward(0), ALL))
        assert await vectors.forget(Filter(organisation="one", user="u2")) == 3
        assert sorted(ids(await vectors.search(toward(0), ALL))) == ["3", "4", "6", "7"]
        await vectors.put([item("0", toward(0))])
        assert ids(await vectors.search(toward(0), ALL, 1)) == ["0"]
        assert await vectors.forget(ALL) == 5
        assert await vectors.search(toward(0), ALL) == []

    run(test)


@pytest.mark.parametrize(
    "vector",
    [
        [0.0] * 8,
        [math.nan, *[1.0] * 7],
        [math.inf, *[1.0] * 7],
        [1.0] * 7,
        [1.0] * 9,
        [],
        [10**400, *[1.0] * 7],
        ["a"] * 8,
    ],
)
def test_what_has_no_direction_here_is_refused(
    run: Callable[[Test], None], vector: list[Any]
) -> None:
    async def test(vectors: Vectors) -> None:
        with pytest.raises(InvalidInput):
            await vectors.put([item("sound", toward(0)), item("a", vector)])
        with pytest.raises(InvalidInput):
            await vectors.search(vector, ALL)
        assert await vectors.count(ALL) == 0

    run(test)


@pytest.mark.parametrize("scale", [1e-30, 1e30, 1e-300, 1e300])
def test_only_the_direction_counts(run: Callable[[Test], None], scale: float) -> None:
    async def test(vectors: Vectors) -> None:
        await vectors.put([item("a", [x * scale for x in toward(0, 0.5)])])
        (match,) = await vectors.search([x * scale for x in toward(0, 0.5)], ALL)
        assert match.score == pytest.approx(1.0, abs=1e-5)

    run(test)


@pytest.mark.parametrize(
    "given",
    [
        {"metadata": {"a": "x" * 2048}},
        {"metadata": {"a": "ä" * 400}},
        {"metadata": {"a": [1]}},
        {"metadata": {"a": math.nan}},
        {"metadata": {"a": 2**63}},
        {"metadata": {"a": "\0"}},
        {"metadata": {1: "a"}},
        {"metadata": {"a": None}},
        {"id": ""},
        {"id": "x" * 201},
        {"id": "a\0b"},
        {"user": ""},
        {"organisation": ""},
        {"kind": "\ud800"},
        {"project": "x" * 201},
    ],
)
def test_what_cannot_be_kept_is_refused_whole(
    run: Callable[[Test], None], given: dict[str, Any]
) -> None:
    async def test(vectors: Vectors) -> None:
        with pytest.raises(InvalidInput):
            await vectors.put([item("sound", toward(1)), item("a", toward(0), **given)])
        assert await vectors.count(ALL) == 0

    run(test)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_search_has_bounds(run: Callable[[Test], None], limit: int) -> None:
    async def test(vectors: Vectors) -> None:
        with pytest.raises(InvalidInput):
            await vectors.search(toward(0), ALL, limit)

    run(test)
    with pytest.raises(InvalidInput):
        Filter(organisation="")
    with pytest.raises(InputTooLarge):
        Filter(organisation="o" * 201)


@pytest.mark.parametrize("other", [Space("another-model", 8), Space("a-model", 4)])
def test_vectors_of_another_model_are_told_apart(make: Make, other: Space) -> None:
    async def test() -> None:
        first, second = make(SPACE), make(other)
        try:
            await first.put([item("a", toward(0))])
            for work in (
                second.put([item("b", [1.0] * other.dimension)]),
                second.search([1.0] * other.dimension, ALL),
                second.remove("one", ["a"]),
            ):
                with pytest.raises(InvalidInput, match="made by a-model"):
                    await work
            assert await first.count(ALL) == 1
        finally:
            await first.close()
            await second.close()

    asyncio.run(test())


def test_two_at_once_see_what_the_other_did(make: Make) -> None:
    async def test() -> None:
        first, second = make(SPACE), make(SPACE)
        try:
            for n in range(10):
                await first.put([item(f"{n}", toward(n))])
                assert await second.count(ALL) == n + 1
                assert len(await second.search(toward(0), ALL)) == n + 1
            assert await second.remove("one", ["3"]) == 1
            assert "3" not in ids(await first.search(toward(3), ALL))
            both = [v.put([item(f"{n}", toward(n))]) for n in range(40) for v in (first, second)]
            await asyncio.gather(*both)
            assert await first.count(ALL) == 40
        finally:
            await first.close()
            await second.close()

    asyncio.run(test())


def test_it_is_there_when_opened_again(make: Make) -> None:
    async def test() -> None:
        for n in range(3):
            vectors = make(SPACE)
            await vectors.put([item(f"{n}", toward(n))])
            assert len(await vectors.search(toward(n), ALL)) == n + 1
            await vectors.close()

    asyncio.run(test())


def test_every_item_is_read_once_and_written_again_as_it_is(
    run: Callable[[Test], None], tmp_path: Path
) -> None:
    chance = random.Random(5)
    items = [
        item(
            f"{own}{n}",
            [chance.gauss(0, 1) for _ in range(SPACE.dimension)],
            organisation=organisation,
            project="p" * n,
            metadata={"n": n},
        )
        for organisation in ("one", "two", *ODD)
        for n, own in enumerate(("a", "A", "_", "ä", "🜁"))
    ]

    async def read(vectors: Vectors) -> list[Item]:
        found: list[Item] = []
        after = ("", "")
        while group := await vectors.every(after, 7):
            found += group
            after = found[-1].organisation, found[-1].id
        return sorted(found, key=lambda one: (one.organisation, one.id))

    async def test(vectors: Vectors) -> None:
        await vectors.put(items)
        found = await read(vectors)
        assert [(one.organisation, one.id) for one in found] == sorted(
            (one.organisation, one.id) for one in items
        )
        other = ExactVectors(tmp_path / "other.db", SPACE)
        await other.put(found)
        assert await read(other) == found
        await vectors.put(await read(other))
        assert await read(vectors) == found
        await other.close()

    run(test)


def test_it_finds_what_comparing_all_finds(make: Make) -> None:
    chance = random.Random(4)
    space = Space("a-model", 96)

    def some() -> list[float]:
        return [chance.gauss(0, 1) for _ in range(space.dimension)]

    async def test() -> None:
        vectors = make(space)
        kept = {f"{n}": some() for n in range(1500)}
        users = {own: "ada" if int(own) % 3 else "bob" for own in kept}
        await vectors.put([item(own, kept[own], user=users[own]) for own in kept])
        await vectors.remove("one", [f"{n}" for n in range(0, 1500, 7)])
        left = {own: unit(kept[own], space) for own in kept if int(own) % 7 and int(own) % 3}
        hits = 0
        for _ in range(20):
            wanted = some()
            found = await vectors.search(wanted, Filter(organisation="one", user="ada"))
            direction = unit(wanted, space)
            scores = {own: math.fsum(map(mul, direction, vector)) for own, vector in left.items()}
            expected = sorted(scores, key=lambda own: -scores[own])[:10]
            assert [m.score for m in found] == pytest.approx([scores[m.id] for m in found])
            assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)
            hits += len(set(ids(found)) & set(expected))
        await vectors.close()
        assert hits >= 0.95 * 200

    asyncio.run(test())
