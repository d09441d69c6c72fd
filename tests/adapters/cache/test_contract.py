"""One suite over every cache."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from servers.redis import Redis

from aicontext.adapters.cache.layered import LayeredCache
from aicontext.adapters.cache.memory import MemoryCache
from aicontext.adapters.cache.redis import RedisCache
from aicontext.kit.caching import Cached, Space
from aicontext.kit.clock import Clock
from aicontext.ports.stores.cache import Cache

MIB = 2**20


@dataclass
class Hands:
    """The hands of a clock that a test moves."""

    time: float = 1_700_000_000.0

    def read(self) -> float:
        return self.time


def layered(url: str, own: str, clock: Clock | None = None) -> LayeredCache:
    clock = clock or Clock()
    return LayeredCache(MemoryCache(MIB, clock.tick), RedisCache(url, own, timeout=10), clock)


Test = Callable[[Sequence[Cache], Hands], Awaitable[None]]


@pytest.fixture(params=["memory", "layered"])
def run(request: pytest.FixtureRequest, redis: Redis) -> Callable[[Test], None]:
    """Runs a test over two views of one cache, as two processes have them."""

    @asynccontextmanager
    async def made(hands: Hands) -> AsyncIterator[Sequence[Cache]]:
        clock = Clock(hands.read, hands.read)
        if request.param == "memory":
            one = MemoryCache(MIB, clock.tick)
            yield one, one
            return
        redis.clear()
        caches = layered(redis.url, "a", clock), layered(redis.url, "b", clock)
        yield caches
        for cache in caches:
            await cache.close()

    async def go(test: Test) -> None:
        hands = Hands()
        async with made(hands) as caches:
            await test(caches, hands)

    return lambda test: asyncio.run(go(test))


def test_what_was_put_is_there_until_its_time_is_over(run: Callable[[Test], None]) -> None:
    async def test(caches: Sequence[Cache], hands: Hands) -> None:
        one, other = caches
        value = bytes(range(256))
        assert await one.get("key") is None
        assert await one.put("key", value, 60)
        assert await one.get("key") == value
        assert await other.get("key") == value
        assert await one.get("key2") is None
        hands.time += 61
        assert await one.get("key") is None
        assert await other.get("key") is None

    run(test)


def test_an_empty_value_is_a_value(run: Callable[[Test], None]) -> None:
    async def test(caches: Sequence[Cache], hands: Hands) -> None:
        assert await caches[0].put("é\n\0", b"", 60)
        assert await caches[1].get("é\n\0") == b""

    run(test)


def test_what_was_removed_is_gone(run: Callable[[Test], None]) -> None:
    async def test(caches: Sequence[Cache], hands: Hands) -> None:
        one, other = caches
        await one.put("key", b"1", 60)
        await other.remove("key")
        assert await other.get("key") is None
        await other.remove("never there")

    run(test)


def test_no_time_is_no_value(run: Callable[[Test], None]) -> None:
    async def test(caches: Sequence[Cache], hands: Hands) -> None:
        assert not await caches[0].put("key", b"1", 0)
        assert await caches[0].get("key") is None

    run(test)


def test_what_is_too_large_is_not_kept(run: Callable[[Test], None]) -> None:
    async def test(caches: Sequence[Cache], hands: Hands) -> None:
        assert not await caches[0].put("key", bytes(9 * MIB), 60)
        assert await caches[0].get("key") is None

    run(test)


def test_a_lease_ends_when_the_key_is_put_or_removed(run: Callable[[Test], None]) -> None:
    async def test(caches: Sequence[Cache], hands: Hands) -> None:
        one, other = caches
        lease = await one.lease("key")
        assert lease
        assert await other.lease("key") == lease
        assert await other.put("key", b"1", 60, lease=lease)
        assert not await one.put("key", b"2", 60, lease=lease)
        assert await other.get("key") == b"1"
        lease = await one.lease("key")
        await other.remove("key")
        assert not await one.put("key", b"3", 60, lease=lease)
        assert await one.lease("key") != lease

    run(test)


@pytest.mark.parametrize("seed", range(8))
def test_readers_and_writers_never_leave_an_old_value(
    run: Callable[[Test], None], seed: int
) -> None:
    """Two processes read and write one record at the same time, each write in its own time."""

    async def test(caches: Sequence[Cache], hands: Hands) -> None:
        chance = random.Random(seed)
        record = {"value": "0"}
        views = [
            Cached(cache, Space("s", 600), str.encode, bytes.decode, now=hands.read)
            for cache in caches
        ]

        async def load() -> str:
            await asyncio.sleep(chance.random() / 500)
            found = record["value"]
            await asyncio.sleep(chance.random() / 500)
            return found

        async def save(value: str) -> str:
            await asyncio.sleep(chance.random() / 500)
            record["value"] = value
            await asyncio.sleep(chance.random() / 500)
            return value

        async def work(number: int) -> None:
            await asyncio.sleep(chance.random() / 50)
            view = chance.choice(views)
            if chance.random() < 0.3:
                await view.write("k", lambda: save(f"{number}"))
            else:
                await view.get("k", load)

        await asyncio.gather(*(work(number) for number in range(1, 60)))
        for _ in range(2000):  # The news of the last change is on its way.
            if (found := [await view.get("k", load) for view in views]) == [record["value"]] * 2:
                break
            await asyncio.sleep(0.01)
        assert found == [record["value"]] * 2

    run(test)
