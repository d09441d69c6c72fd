"""What only a cache in two layers can get wrong."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

import pytest
from servers.redis import Redis

from aicontext.adapters.cache.layered import LayeredCache
from aicontext.adapters.cache.memory import MemoryCache
from aicontext.adapters.cache.redis import RedisCache
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.kit.caching import Cached, Space
from aicontext.kit.clock import Clock

Test = Callable[[LayeredCache, LayeredCache], Coroutine[Any, Any, None]]


def run(redis: Redis, test: Test, timeout: float = 10) -> None:
    """timeout: seconds after which Redis is taken to be down."""

    async def go() -> None:
        redis.clear()
        near = MemoryCache(2**20, Clock().tick), MemoryCache(2**20, Clock().tick)
        far = RedisCache(redis.url, "a", timeout), RedisCache(redis.url, "b", timeout)
        caches = [LayeredCache(*layers, Clock()) for layers in zip(near, far, strict=True)]
        try:
            await test(*caches)
        finally:
            for cache in caches:
                await cache.close()

    asyncio.run(go())


async def until(true: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(60):
        while not await true():  # noqa: ASYNC110 - Another process's state has no event.
            await asyncio.sleep(0.01)


async def put(cache: LayeredCache, value: bytes) -> bool:
    return await cache.put("key", value, 600, lease=await cache.lease("key"))


async def hears(cache: LayeredCache) -> bool:
    """Whether it gets the news, and so answers from near."""
    return cache._told


async def answers(cache: LayeredCache, value: bytes | None, key: str = "key") -> bool:
    return await cache.get(key) == value


def test_a_change_reaches_the_other_process(redis: Redis) -> None:
    async def test(one: LayeredCache, other: LayeredCache) -> None:
        await put(one, b"1")
        await until(lambda: answers(other, b"1"))
        await until(lambda: hears(one))
        await until(lambda: hears(other))
        assert await one.get("key") == await other.get("key") == b"1"
        await one.remove("key")
        await until(lambda: answers(other, None))
        await put(other, b"2")
        await until(lambda: answers(one, b"2"))

    run(redis, test)


def test_a_thousand_misses_at_once_ask_for_one_value(redis: Redis) -> None:
    made: list[int] = []

    async def load() -> bytes:
        made.append(1)
        await asyncio.sleep(0.05)
        return b"1"

    async def test(cache: LayeredCache, _: LayeredCache) -> None:
        space = Space("s", 600, fixed=True)
        kept = Cached[bytes](cache, space, bytes, bytes, now=Clock().now)
        found = await asyncio.gather(*(kept.get("key", load) for _ in range(1000)))
        assert (set(found), len(made), cache.failures) == ({b"1"}, 1, 0)

    run(redis, test)


def test_without_the_shared_cache_only_fixed_values_are_answered(redis: Redis) -> None:
    async def test(one: LayeredCache, other: LayeredCache) -> None:
        await put(one, b"1")
        await until(lambda: hears(one))  # Then it forgets all once.
        await one.put("fixed", b"f", 600)
        redis.kill()
        try:
            await until(lambda: answers(one, None))
            assert await one.get("fixed") == b"f"
            assert not await put(one, b"2")
            assert await one.get("key") is None
            assert one.failures
        finally:
            redis.start()
        await until(lambda: put(one, b"3"))
        await until(lambda: answers(other, b"3"))

    run(redis, test)


def test_what_could_not_be_removed_is_not_read_afterwards(redis: Redis) -> None:
    async def test(one: LayeredCache, other: LayeredCache) -> None:
        await until(lambda: put(one, b"old"))
        await until(lambda: answers(other, b"old"))
        redis.pause()
        try:
            await one.remove("key")
            assert await one.get("key") is None
        finally:
            redis.resume()
        await until(lambda: put(one, b"new"))
        await until(lambda: answers(other, b"new"))
        await until(lambda: answers(one, b"new"))

    run(redis, test, timeout=0.25)


def test_what_others_hold_is_forgotten_once_the_news_fall_silent(redis: Redis) -> None:
    async def test(one: LayeredCache, other: LayeredCache) -> None:
        await until(lambda: put(one, b"1"))
        await until(lambda: answers(other, b"1"))
        await until(lambda: hears(other))  # Then it forgets all once.
        await until(lambda: answers(other, b"1"))
        redis.pause()
        try:
            assert await other.get("key") == b"1"
            await until(lambda: answers(other, None))
        finally:
            redis.resume()

    run(redis, test, timeout=0.25)


def test_a_frame_that_is_none_is_a_miss(redis: Redis) -> None:
    async def test(one: LayeredCache, other: LayeredCache) -> None:
        far = RedisCache(redis.url, "c")
        await far.put("key", b"short", 600)
        assert await one.get("key") is None
        await far.close()

    run(redis, test)


def test_redis_that_gives_no_answer_is_an_error_with_a_reason() -> None:
    async def go() -> None:
        cache = RedisCache("redis://127.0.0.1:1/0", "a")
        with pytest.raises(Unavailable, match="Redis gave no answer"):
            await cache.get("key")
        async with aclosing(cache.changes()) as changes:
            with pytest.raises(Unavailable):
                await anext(changes)
        await cache.close()

    asyncio.run(go())


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="address"):
        RedisCache("http://elsewhere", "a")
