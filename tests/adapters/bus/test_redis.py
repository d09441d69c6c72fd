"""What is particular to a bus in Redis."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import asyncio as redis
from servers.redis import Redis

from aicontext.adapters.bus.redis import RedisBus
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.messages import Message


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path, durable=True)
    server.start()
    yield server
    server.kill()


def numbered(first: int, last: int) -> list[Message]:
    return [Message(f"{number:03}", "t", "k", b"") for number in range(first, last)]


def test_a_clock_that_is_put_back_holds_nothing_up(durable: Redis) -> None:
    async def go() -> None:
        bus = RedisBus(durable.url)
        await bus.publish(numbered(0, 1))
        async with bus.consumer("t", "g") as consumer:
            (batch,) = await consumer.take(9, 60)
            await consumer.retry(batch, 60, "no")
            assert not await consumer.take(9, 0)
            client = redis.from_url(durable.url)
            due = f"{batch.partition}:due"
            cursor = "aicontext:bus:{t}:cursor:g"
            await client.hincrby(cursor, due, 86_400_000)  # As if that had been yesterday.
            await client.aclose()
            assert await consumer.take(9, 60)
        await bus.close()

    asyncio.run(go())


def test_one_that_may_forget_is_refused(redis: Redis) -> None:
    async def go() -> None:
        bus = RedisBus(redis.url)
        with pytest.raises(Unavailable, match="appendfsync everysec"):
            await bus.publish(numbered(0, 1))
        with pytest.raises(Unavailable, match="Set appendonly yes, appendfsync always, or"):
            async with bus.consumer("t", "a"):
                pass
        await bus.close()

    asyncio.run(go())


def test_a_killed_server_forgets_nothing_and_is_told_of(durable: Redis) -> None:
    async def go() -> None:
        bus = RedisBus(durable.url)
        await bus.publish(numbered(0, 100))
        async with bus.consumer("t", "a") as consumer:
            (batch,) = await consumer.take(50, 60)
            await consumer.done([batch.first(30)], {"029": "bad"})
            durable.kill()
            with pytest.raises(Unavailable, match="Redis gave no answer"):
                await bus.publish(numbered(100, 101))
            with pytest.raises(Unavailable):
                await consumer.take(50, 1)
            durable.start()
            await bus.publish(numbered(101, 102))
            (batch,) = await consumer.take(100, 60)
            assert list(batch.messages) == [*numbered(30, 100), *numbered(101, 102)]
            assert [letter.message.id for letter in await bus.dead("t", "a")] == ["029"]
        await bus.close()

    asyncio.run(go())


def test_a_lease_lapses_and_what_comes_late_changes_nothing(durable: Redis) -> None:
    async def go() -> None:
        one, two = RedisBus(durable.url, lease=1.0), RedisBus(durable.url, lease=1.0)
        await one.publish(numbered(0, 2))
        async with one.consumer("t", "a") as slow, two.consumer("t", "a") as other:
            held = await slow.take(10, 0)
            assert not await other.take(10, 1.5)  # It gives signs of life.
            slow._held.clear()  # As one does that hangs.
            (batch,) = await other.take(10, 60)
            await slow.done(held, {"000": "late"})
            await slow.retry(held[0], 60, "late")
            await other.done([batch.first(1)])
            (rest,) = await other.take(10, 60)
            assert list(rest.messages) == numbered(1, 2)
            assert not await one.dead("t", "a")
        await one.close()
        await two.close()

    asyncio.run(go())


def test_what_is_done_by_all_groups_leaves_the_stream(durable: Redis) -> None:
    async def go() -> None:
        bus = RedisBus(durable.url)

        async def kept() -> int:
            names = [name async for name in bus._redis.scan_iter("aicontext:bus:{t}:log:*")]
            return sum([await bus._redis.xlen(name) for name in names])

        async with bus.consumer("t", "a") as one, bus.consumer("t", "b") as other:
            await bus.publish(numbered(0, 10))
            await one.done(await one.take(100, 60))
            assert await kept() == 10
            (batch,) = await other.take(100, 60)
            await other.done([batch.first(4)])
            assert await kept() == 6
        await bus.close()

    asyncio.run(go())


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="address is none"):
        RedisBus("http://x")
