"""One suite over every bus."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from uuid import uuid4

import pytest
from servers.kafka import Kafka
from servers.redis import Redis

from aicontext.adapters.bus.kafka import KafkaBus
from aicontext.adapters.bus.partitions import partition
from aicontext.adapters.bus.redis import RedisBus
from aicontext.adapters.bus.sql import postgresql_bus, sqlite_bus
from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.domain.storage.messages import LONGEST_PAYLOAD, Batch, Message
from aicontext.kit.ids import time_ordered
from aicontext.ports.stores.bus import Bus, Consumer

SOON = 60.0
"""Seconds in which what must come comes, also where a group of consumers first finds together."""

SECONDS = count(1_700_000_000)
"""Times of messages, so that their ids are in order."""

MOMENT = 0.4
"""Seconds in which what must not come does not."""

Make = Callable[[], Bus]
Case = Callable[[Bus, Make], Awaitable[None]]

CASES: dict[str, Case] = {}


def case(test: Case) -> Case:
    CASES[test.__name__] = test
    return test


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "redis", "tansu", "noida-db"])
def make(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    """Opens the bus once more, as another process does."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield lambda: sqlite_bus(folder / "home" / "bus.db")
    elif request.param == "postgresql":
        url = request.getfixturevalue("postgresql").database()
        yield lambda: postgresql_bus(url)
    elif request.param in ("tansu", "noida-db"):
        kafka = Kafka(request.param, folder)
        kafka.start()
        yield lambda: KafkaBus(kafka.url)
        kafka.kill()
    else:
        redis = Redis(folder, durable=True)
        redis.start()
        yield lambda: RedisBus(redis.url)
        redis.kill()


@asynccontextmanager
async def opened(make: Make) -> AsyncIterator[Bus]:
    bus = make()
    try:
        yield bus
    finally:
        await bus.close()


def name() -> str:
    return f"t{uuid4().hex[:12]}"


def message(topic: str, key: str = "k", payload: bytes = b"x") -> Message:
    return Message(time_ordered(next(SECONDS)), topic, key, payload)


def numbered(topic: str, amount: int, key: str = "k") -> list[Message]:
    return [message(topic, key, str(number).encode()) for number in range(amount)]


KEYS = {partition(f"k{number}"): f"k{number}" for number in range(200)}
"""A key for each partition."""


async def taken(consumer: Consumer, least: int) -> list[Batch]:
    """Batches with at least so many messages, unless nothing comes any more."""
    found: list[Batch] = []
    while sum(len(batch.messages) for batch in found) < least:
        more = await consumer.take(100, SOON)
        assert more
        found += more
    return found


def payloads(batches: Sequence[Batch]) -> list[bytes]:
    return [message.payload for batch in batches for message in batch.messages]


@case
async def each_group_takes_all_of_a_topic_in_order(bus: Bus, make: Make) -> None:
    topic = name()
    sent = numbered(topic, 5)
    await bus.publish(sent[:3])
    await bus.publish(sent[3:])
    await bus.publish([message(name())])
    assert await bus.waiting(topic, "a") == 5
    async with bus.consumer(topic, "a") as a, bus.consumer(topic, "b") as b:
        found = await asyncio.gather(taken(a, 5), taken(b, 5))
        for consumer, batches in zip((a, b), found, strict=True):
            assert [m for batch in batches for m in batch.messages] == sent
            assert {batch.attempt for batch in batches} == {1}
            await consumer.done(batches)
        assert not await a.take(10, MOMENT)
    assert await bus.waiting(topic, "a") == 0


@case
async def only_what_was_not_done_is_taken_by_the_next(bus: Bus, make: Make) -> None:
    topic = name()
    await bus.publish(numbered(topic, 4))
    async with bus.consumer(topic, "a") as consumer:
        (batch,) = await taken(consumer, 4)
        await consumer.done([batch.first(1)])
        (rest,) = await taken(consumer, 3)
        assert payloads([rest]) == [b"1", b"2", b"3"]
        await consumer.done([rest.first(1)])
    async with opened(make) as other, other.consumer(topic, "a") as consumer:
        batches = await taken(consumer, 2)
        assert payloads(batches) == [b"2", b"3"]
        await consumer.done(batches)


@case
async def a_partition_is_with_one_consumer_at_a_time(bus: Bus, make: Make) -> None:
    topic = name()
    sent = [message(topic, key, key.encode()) for key in KEYS.values() for _ in range(3)]
    await bus.publish(sent)
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(opened(make))
        consumers = [
            await stack.enter_async_context(one.consumer(topic, "a")) for one in (bus, other)
        ]
        found: list[bytes] = []
        while len(found) < len(sent):
            rounds = await asyncio.gather(*(one.take(10, 0.5) for one in consumers))
            held = [batch.partition for batches in rounds for batch in batches]
            assert len(held) == len(set(held))
            for consumer, batches in zip(consumers, rounds, strict=True):
                found += payloads(batches)
                await consumer.done(batches)
        assert sorted(found) == sorted(one.payload for one in sent)


@case
async def a_retry_holds_its_key_back_and_counts(bus: Bus, make: Make) -> None:
    topic = name()
    held, free = list(KEYS.values())[:2]
    await bus.publish(numbered(topic, 2, held))
    async with bus.consumer(topic, "a") as consumer:
        (batch,) = await taken(consumer, 2)
        await consumer.retry(batch, 2, "no")
        await bus.publish([message(topic, held, b"2"), message(topic, free, b"free")])
        batches = await taken(consumer, 1)
        assert payloads(batches) == [b"free"]
        await consumer.done(batches)
        (again,) = await taken(consumer, 3)
        assert (payloads([again]), again.attempt) == ([b"0", b"1", b"2"], 2)
        await consumer.retry(again, 0, "no")
    async with bus.consumer(topic, "a") as consumer:
        (again,) = await taken(consumer, 3)
        assert again.attempt == 3
        await consumer.done([again.first(1)])
        (rest,) = await taken(consumer, 2)
        assert (payloads([rest]), rest.attempt) == ([b"1", b"2"], 1)
        await consumer.done([rest])


@case
async def dead_letters_keep_the_reason_and_come_again_to_their_group(bus: Bus, make: Make) -> None:
    topic = name()
    sent = numbered(topic, 4)
    await bus.publish(sent)
    async with bus.consumer(topic, "a") as consumer, bus.consumer(topic, "b") as other:
        batches, others = await asyncio.gather(taken(consumer, 4), taken(other, 4))
        await consumer.done(batches, {sent[0].id: "bäd", sent[2].id: "worse", sent[3].id: "x"})
        await other.done(others)
        first, second, third = await bus.dead(topic, "a")
        assert (first.message, first.why, first.attempts) == (sent[0], "bäd", 1)
        assert second.at > 1_700_000_000
        assert await bus.dead(topic, "a", after=first.message.id, limit=1) == [second]
        assert not await bus.dead(topic, "b")
        assert await bus.drop(topic, "a", [third.message.id]) == 1
        assert await bus.replay(topic, "a", [first.message.id, third.message.id, "none"]) == 1
        assert await bus.dead(topic, "a") == [second]
        assert not await other.take(10, MOMENT)
        await bus.publish([message(topic, payload=b"next")])
        assert payloads(await taken(other, 1)) == [b"next"]
        again = await taken(consumer, 2)
        assert payloads(again) == [b"0", b"next"]
        await consumer.done(again, {sent[0].id: "again"})
        assert [one.why for one in await bus.dead(topic, "a")] == ["again", "worse"]


@case
async def what_not_every_bus_can_hold_is_refused(bus: Bus, make: Make) -> None:
    topic = name()
    with pytest.raises(InputTooLarge):
        await bus.publish([message(topic, payload=b"x" * (LONGEST_PAYLOAD + 1))])
    for topic_, key, id_ in (("No Name", "k", "1"), (topic, "\0", "1"), (topic, "k" * 256, "1"),
                             (topic, "\ud800", "1"), (topic, "k", "")):  # fmt: skip
        with pytest.raises(InvalidInput):
            await bus.publish([Message(id_, topic_, key, b"")])
    every = [
        message(topic, payload=bytes(range(256))),
        message(topic, "", b""),
        message(topic, "ключ " * 50, b"\xff" * LONGEST_PAYLOAD),
    ]
    await bus.publish(every)
    async with bus.consumer(topic, "a") as consumer:
        batches = await taken(consumer, 3)
        found = {m.id: m for batch in batches for m in batch.messages}
        assert found == {one.id: one for one in every}
        await consumer.done(batches)


@case
async def many_publish_at_once(bus: Bus, make: Make) -> None:
    topic = name()
    async with opened(make) as other:
        each = {key: numbered(topic, 5, key) for key in map(str, range(60))}

        async def published(one: Bus, messages: Sequence[Message]) -> None:
            for single in messages:
                await one.publish([single])

        await asyncio.gather(
            *(published((bus, other)[int(key) % 2], sent) for key, sent in each.items())
        )
    assert await bus.waiting(topic, "a") == 300
    found: dict[str, list[Message]] = {}
    async with bus.consumer(topic, "a") as consumer:
        for _ in range(300):
            batches = await consumer.take(50, SOON)
            for batch in batches:
                for one in batch.messages:
                    found.setdefault(one.key, []).append(one)
            await consumer.done(batches)
            if sum(map(len, found.values())) == 300:
                break
    assert found == each


@pytest.fixture(scope="module")
def found(make: Make) -> dict[str, BaseException | None]:
    """What became of each case. They run at once: in some of these most of the time is waiting."""

    async def go(test: Case) -> None:
        async with opened(make) as bus:
            await asyncio.wait_for(test(bus, make), 5 * SOON)

    async def all_() -> Sequence[BaseException | None]:
        return await asyncio.gather(*map(go, CASES.values()), return_exceptions=True)

    return dict(zip(CASES, asyncio.run(all_()), strict=True))


@pytest.mark.parametrize("promise", CASES)
def test_contract(found: Mapping[str, BaseException | None], promise: str) -> None:
    if (error := found[promise]) is not None:
        raise error
