"""A cache in Redis, which processes share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from itertools import count
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from aicontext.domain.errors import InvalidInput, Unavailable

_LARGEST = 8 * 2**20
"""Bytes of the largest value: a cache that is slow to answer is none."""

_PATIENCE = 0.25
"""Seconds that an answer may take unless told otherwise."""

_SPACE = "aicontext"
_EPOCH = f"{_SPACE}:epoch"
_CHANNEL = f"{_SPACE}:changed"

_LEASE = ":lease"
_LEASED = 60_000
"""Milliseconds in which what a lease was taken for must be done."""

_PUT = """
if redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('del', KEYS[2])
redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
redis.call('publish', ARGV[5], ARGV[4])
return 1
"""
"""Puts a value where its lease still holds, in one step."""

_PULSE = 1.0
"""Seconds without news after which the connection is asked for a sign of life."""


class RedisCache:
    """Its methods are those of a Cache, but raise Unavailable where Redis gives no answer in time.

    Keys start with the epoch, a number in Redis. To forget all, the epoch is counted up: what
    was put before is then never read again and ends by itself.

    url: as `redis.from_url` takes it. own: what tells this process's changes from those of others.
    timeout: seconds that an answer may take. Raises InvalidInput for an address that is none.
    """

    def __init__(self, url: str, own: str, timeout: float | None = None) -> None:
        retry, timeout = Retry(NoBackoff(), 0), timeout or _PATIENCE
        try:
            self._redis = Redis.from_url(
                url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=retry
            )
            self._news = Redis.from_url(url, socket_connect_timeout=timeout, retry=retry)
        except ValueError as error:
            raise InvalidInput(
                f"The cache's address is none ({error}).", hint="Give redis://HOST:PORT/NUMBER."
            ) from None
        self._put = self._redis.register_script(_PUT)
        self._own = own
        self._leases = count(1)
        self._epoch = -1

    async def get(self, key: str) -> bytes | None:
        return cast("bytes | None", await self._call(self._redis.get(await self._full(key))))

    async def lease(self, key: str) -> str:
        full = await self._full(key)
        token = f"{self._own}.{next(self._leases)}"
        held = await self._call(
            self._redis.set(f"{full}{_LEASE}", token, nx=True, get=True, px=_LEASED)
        )
        return token if held is None else bytes(held).decode()

    async def put(
        self, key: str, value: bytes, seconds: float, *, lease: str | None = None
    ) -> bool:
        if len(value) > _LARGEST or seconds < 0.001:
            return False
        full = await self._full(key)
        milliseconds = int(seconds * 1000)
        if lease is None:
            return bool(await self._call(self._redis.set(full, value, px=milliseconds)))
        arguments = (lease, value, milliseconds, self._note(key), _CHANNEL)
        return bool(await self._call(self._put((full, f"{full}{_LEASE}"), arguments)))

    async def remove(self, key: str) -> None:
        full = await self._full(key)
        pipe = self._redis.pipeline(transaction=False)
        pipe.delete(full, f"{full}{_LEASE}")
        pipe.publish(_CHANNEL, self._note(key))
        await self._call(pipe.execute())

    async def forget_all(self) -> None:
        """Forget every key, for all processes. Raises Unavailable."""
        self._epoch = int(await self._call(self._redis.incr(_EPOCH)))
        await self._call(self._redis.publish(_CHANNEL, self._note("")))

    async def changes(self) -> AsyncIterator[str]:
        """First "" once news come, then each key that another process put or removed; "" where all
        were forgotten. Raises Unavailable when news no longer come: what changed since is unknown.
        """
        try:
            async with self._news.pubsub() as news:
                await news.subscribe(_CHANNEL)
                async for kind, data in _messages(news):
                    own, _, key = data.partition(":")
                    if kind == "subscribe" or not key:
                        self._epoch = -1
                        yield ""
                    elif own != self._own:
                        yield key
        except (RedisError, OSError) as error:
            raise self._unavailable(error) from None

    async def close(self) -> None:
        await self._redis.aclose()
        await self._news.aclose()

    async def _full(self, key: str) -> str:
        if self._epoch < 0:
            self._epoch = int(await self._call(self._redis.get(_EPOCH)) or 0)
        return f"{_SPACE}:{self._epoch}:{key}"

    async def _call(self, answer: Awaitable[Any]) -> Any:
        try:
            return await answer
        except (RedisError, OSError) as error:
            raise self._unavailable(error) from None

    def _note(self, key: str) -> str:
        return f"{self._own}:{key}"

    def _unavailable(self, error: Exception) -> Unavailable:
        self._epoch = -1
        return Unavailable(
            f"Redis gave no answer ({type(error).__name__}).",
            hint="The work goes on without its cache, more slowly.",
        )


async def _messages(news: PubSub) -> AsyncIterator[tuple[str, str]]:
    """(kind, text) of each message. Raises ConnectionError where the other side is silent."""
    asked = False
    while True:
        message = await news.get_message(timeout=_PULSE)
        if message is not None:
            asked = False
            if message["type"] in ("message", "subscribe"):
                data = message["data"]
                yield message["type"], data.decode() if isinstance(data, bytes) else ""
        elif asked:
            raise ConnectionError("silent")
        else:
            asked = True
            await news.ping()
