"""What the page on faults says of networks that fail, row by row."""

import asyncio
import gc
import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from servers.clickhouse import ClickHouse
from servers.kafka import Kafka
from servers.link import Link, State
from servers.moto import Moto
from servers.postgresql import Postgresql
from servers.redis import Redis
from servers.vault import TOKEN, Vault
from tenants import organisation

from aicontext import settings as environment
from aicontext.adapters import engines
from aicontext.adapters.blobs import s3
from aicontext.adapters.bus import kafka as kafka_bus
from aicontext.adapters.bus import redis as redis_bus
from aicontext.adapters.cache import redis as redis_cache
from aicontext.adapters.cache.counted import CountedCache
from aicontext.adapters.events.clickhouse import connection
from aicontext.adapters.keys import vault
from aicontext.adapters.limits import redis as redis_limits
from aicontext.domain.analytics.usage import UsageQuery
from aicontext.domain.errors import NotFound, Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.storage.messages import Message
from aicontext.domain.storage.records import Level, Organisation, Period, Unit
from aicontext.domain.storage.vectors import Filter, Item, Space
from aicontext.domain.tenancy.budgets import Amounts, Terms
from aicontext.domain.tenancy.limits import Claim, Quota
from aicontext.services.analytics.accounting.reports import Reports
from aicontext.services.enterprise.budgets import spending
from aicontext.wiring import stores, usage
from aicontext.wiring.platform.limits import budget_service, counted, local_payer
from aicontext.wiring.platform.limits import spending as held_calls

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "faults.md"
DOWN = (State.CUT, State.SILENT, State.RESET)
PATIENCE = 1.0


def settings(folder: Path, **given: str) -> environment.Settings:
    named = {f"AICONTEXT_{name.upper()}": value for name, value in given.items()}
    return environment.load({"AICONTEXT_HOME": str(folder), **named}, {})


pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Connection.__del__:pytest.PytestUnraisableExceptionWarning"
)
"""asyncpg leaves a connection that broke off while it was made to the garbage collector."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What would be waited for is the same, only sooner; a busy machine is not taken for a network
    that is down."""
    monkeypatch.setattr(redis_cache, "_PATIENCE", PATIENCE)
    monkeypatch.setattr(redis_limits, "_PATIENCE", PATIENCE)
    monkeypatch.setattr(engines, "_PATIENCE", PATIENCE)
    monkeypatch.setattr(redis_bus, "_PATIENCE", PATIENCE)
    monkeypatch.setattr(kafka_bus, "_PATIENCE", 2 * PATIENCE)
    monkeypatch.setattr(s3, "_PATIENCE", 1)
    monkeypatch.setattr(s3, "_INSISTENCE", 1)
    yield
    gc.collect()


@pytest.fixture(params=DOWN)
def down(request: pytest.FixtureRequest) -> State:
    found: State = request.param
    return found


@pytest.fixture
def database(postgresql: Postgresql) -> Iterator[tuple[Link, str]]:
    """A link to a new database, and its address over that."""
    address = urlsplit(postgresql.database())
    folder = Path(parse_qs(address.query)["host"][0])
    link = Link(folder / ".s.PGSQL.5432")
    yield link, f"postgresql://postgres@127.0.0.1:{link.port}{address.path}"
    link.close()


@pytest.fixture
def cache(redis: Redis) -> Iterator[tuple[Link, str]]:
    redis.clear()
    parts = urlsplit(redis.url)
    link = Link(("127.0.0.1", parts.port or 0))
    yield link, f"redis://127.0.0.1:{link.port}/0"
    link.close()


@pytest.fixture
def bucket(moto: Moto, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Link, str]]:
    link = Link(("127.0.0.1", urlsplit(moto.url).port or 0))
    access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    more = {"AWS_REGION": "us-east-1", "AWS_ENDPOINT": f"http://127.0.0.1:{link.port}"}
    for name, value in {**access, **more}.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=moto.url, region_name="us-east-1").create_bucket(
        Bucket="faults"
    )
    yield link, f"s3://faults/{time.time_ns()}"
    link.close()


def test_records(database: tuple[Link, str], down: State, tmp_path: Path) -> None:
    link, url = database
    first, second = organisation(), organisation()

    async def test() -> None:
        records = stores.records(settings(tmp_path, records=url))
        await records.migrate()
        async with records.transaction(None) as transaction:
            await transaction.add(first)

        async def broken() -> None:
            async with records.transaction(None) as transaction:
                await transaction.add(second)
                link.become(down)

        with pytest.raises(Unavailable, match="not known whether"):
            await broken()
        async with within(4 * PATIENCE):
            with pytest.raises(Unavailable):
                async with records.transaction(None, reading=True) as transaction:
                    await transaction.get(Organisation, first.id)
        link.become(State.UP)
        async with records.transaction(None, reading=True) as transaction:
            assert await transaction.get(Organisation, first.id) == first
            if down is not State.SILENT:  # The word to commit may come through after all.
                with pytest.raises(NotFound):
                    await transaction.get(Organisation, second.id)
        await records.close()

    asyncio.run(test())


def test_cache(cache: tuple[Link, str], down: State, tmp_path: Path) -> None:
    link, url = cache

    async def test() -> None:
        kept = stores.cache(settings(tmp_path, cache=url))
        other = stores.cache(settings(tmp_path, cache=url))
        await kept.get("unknown")
        async with within(2.0):
            while not kept._told:  # noqa: ASYNC110 - Once it hears of others, it forgets all.
                await asyncio.sleep(0.01)
        await kept.put("fixed", b"1", 60)
        await kept.put("changing", b"old", 60, lease=await kept.lease("changing"))
        link.become(down)
        async with within(2.0):
            assert await kept.get("fixed") == b"1"
            assert await kept.get("unknown") is None
            await kept.remove("changing")
            assert await kept.get("changing") is None
        link.become(State.UP)
        async with within(2.0):
            while not await kept.lease("unknown"):  # noqa: ASYNC110 - Until it is asked again.
                await asyncio.sleep(0.01)
        assert await other.get("changing") is None
        await kept.put("changing", b"new", 60, lease=await kept.lease("changing"))
        assert await kept.get("changing") == b"new"
        await kept.close()
        await other.close()

    asyncio.run(test())


def test_reports(cache: tuple[Link, str], down: State, tmp_path: Path) -> None:
    link, url = cache

    async def test() -> None:
        chosen = settings(tmp_path, cache=url)
        kept = CountedCache(stores.cache(chosen))
        writer = usage.events(chosen)
        reports = Reports(usage.events(chosen), kept, now=time.time)

        async def calls(until: float) -> int:
            found = await reports.usage("ann", UsageQuery(until=until), asyncio.to_thread)
            told: int = json.loads(found)["total"]["calls"]
            return told

        writer.append([call("1")])
        assert [await calls(5.0), await calls(5.0), kept.hits] == [1, 1, 1]
        link.become(down)
        async with within(2.0):
            assert [await calls(5.0), kept.hits] == [1, 2]
            writer.append([call("2")])
            assert [await calls(5.0), await calls(6.0)] == [2, 2]
        link.become(State.UP)
        await asyncio.sleep(1.2)  # Until it is asked again.
        writer.append([call("3")])
        assert [await calls(5.0), await calls(5.0)] == [3, 3]
        reports.close()
        await kept.close()

    asyncio.run(test())


def test_limits(cache: tuple[Link, str], down: State, tmp_path: Path) -> None:
    link, url = cache
    claim = [Claim(Quota("q", "user:a", 10, 60))]

    async def test() -> None:
        limits = counted(settings(tmp_path, cache=url, nodes="2"))
        assert (await limits.take("t", claim)).left[0].remaining == 9
        link.become(down)
        async with within(5.0):
            taken = [(await limits.take("t", claim)).allowed for _ in range(7)]
        assert taken == [True] * 5 + [False] * 2
        link.become(State.UP)
        await asyncio.sleep(1.2)
        # What was asked in silence may be counted late.
        assert (await limits.take("t", claim)).left[0].remaining in (7, 8)
        await limits.close()

    asyncio.run(test())


def test_budgets(
    database: tuple[Link, str], down: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, url = database
    chosen = settings(tmp_path, records=url)
    monkeypatch.setattr(spending, "PULSE", 0.2)
    ids = [f"{number:032x}" for number in range(1, 5)]

    async def test() -> None:
        records = stores.records(chosen)
        await records.migrate()
        await records.close()
        service = await budget_service(chosen)
        mine = local_payer()
        soft = replace(mine, user="")
        for level, owner, hard in (
            (Level.USER, mine.user, True),
            (Level.ORGANISATION, mine.organisation, False),
        ):
            terms = Terms(Unit.TOKENS, Period.TOTAL, 10, hard=hard)
            await service.set(mine.organisation, level, owner, terms)
        calls = held_calls(chosen)
        await calls.reserve(mine, ids[0], Amounts(6))
        link.become(down)
        async with within(4 * PATIENCE):
            with pytest.raises(Unavailable, match="hard"):
                await calls.reserve(mine, ids[1], Amounts(1))
            await calls.reserve(soft, ids[2], Amounts(1))
        assert calls.unheld == 1
        calls.settle(ids[0], Amounts(5))
        await asyncio.sleep(0.5)
        assert calls.held == 1
        link.become(State.UP)
        async with within(4 * PATIENCE):
            while calls.held:  # noqa: ASYNC110 - Nobody is told when it is booked.
                await asyncio.sleep(0.1)
        (found,) = (s for s in await service.standing(mine.organisation) if s.budget.hard)
        assert found.spent == 5
        assert found.held in (0, 1)  # A word to reserve may come through after all.
        await calls.close()
        await service.close()

    asyncio.run(test())


def test_contents(bucket: tuple[Link, str], down: State, tmp_path: Path) -> None:
    link, url = bucket
    owner = "a" * 32

    async def once(content: bytes) -> AsyncIterator[bytes]:
        yield content

    async def test() -> None:
        blobs = stores.blobs(settings(tmp_path, blobs=url))
        digest = await blobs.put(owner, once(b"kept"))
        link.become(down)
        async with within(10.0):
            with pytest.raises(Unavailable):
                await blobs.put(owner, once(b"lost"))
            with pytest.raises(Unavailable):
                [part async for part in blobs.get(owner, digest)]
        link.become(State.UP)
        assert [one async for one in blobs.digests(owner)] == [digest]
        assert b"".join([part async for part in blobs.get(owner, digest)]) == b"kept"
        await blobs.close()

    asyncio.run(test())


def test_usage(
    engine: ClickHouse, down: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LONGEST", 1)
    link, database = Link(("127.0.0.1", engine.port)), engine.database()
    kept = usage.events(settings(tmp_path, events=f"clickhouse://127.0.0.1:{link.port}/{database}"))
    kept.append([call("1")])
    link.become(down)
    for ask in (lambda: kept.append([call("2")]), lambda: list(kept.since(0))):
        with pytest.raises(Unavailable, match="cannot be used"):
            ask()
    link.become(State.UP)
    kept.append([call("2")])
    assert [one.id for one in kept.since(0)] == ["1", "2"]
    kept.close()
    link.close()


def test_vectors(database: tuple[Link, str], down: State, tmp_path: Path) -> None:
    link, url = database
    first, second = (
        Item(id=own, organisation="o", user="u", vector=[1.0, float(own)]) for own in "12"
    )
    where = Filter(organisation="o")

    async def test() -> None:
        vectors = stores.vectors(Space("m", 2), settings(tmp_path, vectors=url))
        await vectors.put([first])
        link.become(down)
        async with within(4 * PATIENCE):
            with pytest.raises(Unavailable):
                await vectors.put([second])
            with pytest.raises(Unavailable):
                await vectors.search([1.0, 0.0], where)
        link.become(State.UP)
        assert await vectors.count(where) == 1
        await vectors.put([second])
        assert [one.id for one in await vectors.search([1.0, 2.0], where)] == ["2", "1"]
        await vectors.close()

    asyncio.run(test())


def test_keys(down: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "_PATIENCE", PATIENCE)
    server = Vault()
    link = Link(("127.0.0.1", urlsplit(server.address).port or 0))
    address = f"vault+http://127.0.0.1:{link.port}/ours"

    async def test() -> None:
        keys = stores.keys(settings(tmp_path, keys=address, vault_token=TOKEN))
        sealed = await keys.seal(b"key", "t")
        link.become(down)
        async with within(4 * PATIENCE):
            with pytest.raises(Unavailable, match="gave no answer"):
                await keys.open(sealed, "t")
        link.become(State.UP)
        assert await keys.open(sealed, "t") == b"key"
        await keys.close()

    asyncio.run(test())
    link.close()
    server.stop()


@pytest.fixture(scope="module")
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis"), durable=True)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[tuple[Link, str]]:
    """A server tells by which address it is to be reached: that of the link."""
    links: list[Link] = []

    def linked(port: int) -> int:
        links.append(Link(("127.0.0.1", port)))
        return links[0].port

    server = Kafka("tansu", tmp_path, link=linked)
    server.start()
    yield links[0], f"kafka://127.0.0.1:{links[0].port}"
    links[0].close()
    server.kill()


@pytest.fixture(params=["postgresql", "redis"])
def queue(request: pytest.FixtureRequest) -> Iterator[tuple[Link, str]]:
    """A link to an empty bus, and its address over that."""
    if request.param == "postgresql":
        yield request.getfixturevalue("database")
        return
    server = request.getfixturevalue("durable")
    server.clear()
    link = Link(("127.0.0.1", urlsplit(server.url).port or 0))
    yield link, f"redis://127.0.0.1:{link.port}/0"
    link.close()


def test_bus(queue: tuple[Link, str], down: State, tmp_path: Path) -> None:
    carry(*queue, [down], tmp_path)


def test_kafka(kafka: tuple[Link, str], tmp_path: Path) -> None:
    """In one go: until it has a place in a group a consumer waits for seconds."""
    carry(*kafka, DOWN, tmp_path)


def carry(link: Link, url: str, states: Sequence[State], folder: Path) -> None:
    """What is published while nothing or something is wrong arrives, in order."""
    numbers = count()

    def some() -> list[Message]:
        return [Message(f"{next(numbers):032x}", "t", "k", b"") for _ in range(3)]

    async def test() -> None:
        bus = stores.bus(settings(folder, bus=url))
        sent = some()
        await bus.publish(sent)
        for state in states:
            more = some()
            link.become(state)
            async with within(6 * PATIENCE):
                with pytest.raises(Unavailable):
                    await bus.publish(more)
            link.become(State.UP)
            await bus.publish(more)
            sent += more
        taken: dict[str, None] = {}
        async with bus.consumer("t", "g") as consumer, within(6 * PATIENCE):
            while len(taken) < len(sent):
                batches = await consumer.take(100, 0.2)
                taken |= {one.id: None for batch in batches for one in batch.messages}
                await consumer.done(batches)
        assert list(taken) == [message.id for message in sent]
        await bus.close()

    asyncio.run(test())


def test_each_row_of_the_page_is_tried() -> None:
    """By a test of its name, here or where disks are full."""
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+? \((.+?)\) \| (cut|full)", page, re.M)
    assert len(rows) >= 7
    for words, how in rows:
        there = Path(__file__).with_name(f"test_{'disk' if how == 'full' else 'network'}.py")
        for word in words.split(", "):
            assert f"\ndef test_{word}(" in there.read_text(encoding="utf-8"), (word, how)
    named = re.findall(r"`(\S+\.py)::(test_\w+)`", page)
    assert len(named) >= 15
    for file, test in named:
        assert f"\ndef {test}(" in (PAGE.parents[2] / "tests" / file).read_text("utf-8"), test


def call(name: str) -> UsageEvent:
    return UsageEvent(name, 1.0, Caller(), "", "", "m", 200, Outcome.UNCHANGED)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """What takes longer hangs."""
    async with asyncio.timeout(10 * seconds):
        yield
