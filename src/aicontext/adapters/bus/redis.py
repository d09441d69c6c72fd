"""A bus in Redis, which must write to its disk before it answers."""

from __future__ import annotations

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from aicontext.adapters.bus import scripts
from aicontext.adapters.bus.leases import alive
from aicontext.adapters.bus.partitions import (
    COMMIT,
    LEASE,
    LONGEST_DELAY,
    PARTITIONS,
    partition,
    size,
)
from aicontext.adapters.bus.polling import polled
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.messages import Batch, DeadLetter, Message, check
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.gathering import Gathering
from aicontext.kit.ids import time_ordered

_PATIENCE = 10.0
"""Seconds that an answer may take; it waits for a disk."""

_DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
"""Settings without which Redis forgets what it said it keeps."""


class RedisBus:
    """url: as `redis.from_url` takes it. lease: seconds for which a partition stays with a consumer
    that gives no sign of life. Raises InvalidInput for an address that is none.

    Redis is asked for its settings, and not used where it may forget what it acknowledged; where it
    does not say, a warning is logged.
    """

    def __init__(self, url: str, *, clock: Clock = CLOCK, lease: float = LEASE) -> None:
        retry = Retry(NoBackoff(), 0)
        try:
            self._redis = Redis.from_url(
                url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=retry
            )
        except ValueError as error:
            raise InvalidInput(
                f"The bus' address is none ({error}).", hint="Give redis://HOST:PORT/NUMBER."
            ) from None
        self.clock = clock
        self.lease = lease
        self._scripts = {
            name: self._redis.register_script(text)
            for name, text in vars(scripts).items()
            if name.isupper() and not name.startswith("_")
        }
        self._gathering = Gathering(self._commit, COMMIT, size)
        self._known_durable = False

    async def publish(self, messages: Sequence[Message]) -> None:
        check(messages)
        if messages:
            await self._gathering.add(messages)

    @asynccontextmanager
    async def consumer(self, topic: str, group: str) -> AsyncIterator[RedisConsumer]:
        own = RedisConsumer(self, topic, group)
        await self.checked()
        await self.answer(self._redis.sadd(f"{_base(topic)}:groups", group))
        try:
            async with alive(own.keep, self.lease):
                yield own
        finally:
            await own.release()

    async def waiting(self, topic: str, group: str) -> int:
        return int(await self.run("WAITING", topic, group))

    async def dead(
        self, topic: str, group: str, *, after: str = "", limit: int = 100
    ) -> Sequence[DeadLetter]:
        base = _base(topic)
        start = f"({after}" if after else "-"
        ids = await self.answer(
            self._redis.zrangebylex(f"{base}:dead:{group}", start, "+", start=0, num=limit)
        )
        if not ids:
            return []
        texts = await self.answer(self._redis.hmget(f"{base}:letters:{group}", ids))
        return [
            _letter(topic, id_.decode(), text) for id_, text in zip(ids, texts, strict=True) if text
        ]

    async def replay(self, topic: str, group: str, ids: Sequence[str]) -> int:
        count = 0
        for id_ in ids:
            text = await self.answer(self._redis.hget(f"{_base(topic)}:letters:{group}", id_))
            if text:
                message = _letter(topic, id_, text).message
                place = partition(message.key), message.key, message.payload
                count += await self.run("DIG_UP", topic, group, id_, *place)
        return count

    async def drop(self, topic: str, group: str, ids: Sequence[str]) -> int:
        return sum([await self.run("DIG_UP", topic, group, id_) for id_ in ids])

    async def close(self) -> None:
        self._known_durable = False
        await self._redis.aclose()

    async def checked(self) -> None:
        """Raises Unavailable where Redis may forget what it said it keeps."""
        if self._known_durable:
            return
        try:
            found = await self.answer(self._redis.config_get(*_DURABLE))
        except ResponseError:
            logging.getLogger(__name__).warning(
                "Redis does not say whether it writes to its disk before it answers. Set %s.",
                _settings(_DURABLE),
            )
            found = {}
        wrong = {name: want for name, want in _DURABLE.items() if found.get(name, want) != want}
        if wrong:
            raise Unavailable(
                f"Redis may forget what it acknowledged: {_settings(found)}.",
                hint=f"Set {_settings(wrong)}, or give another bus.",
            )
        self._known_durable = True

    async def run(self, script: str, topic: str, *given: Any) -> Any:
        """What one of `scripts` gives."""
        return await self.answer(self._scripts[script]((_base(topic),), given))

    async def answer(self, answer: Awaitable[Any]) -> Any:
        with self._told():
            return await answer

    async def _commit(self, messages: Sequence[Message]) -> None:
        await self.checked()
        topics: dict[str, list[Any]] = {}
        for one in messages:
            row = partition(one.key), one.id, one.key, one.payload, ""
            topics.setdefault(one.topic, []).extend(row)
        for topic, given in topics.items():
            await self.run("PUBLISH", topic, *given)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Redis' errors as ours, but for those of single commands."""
        try:
            yield
        except ResponseError:
            raise
        except (RedisError, OSError) as error:
            self._known_durable = False  # Another one may answer next.
            raise Unavailable(
                f"Redis gave no answer ({type(error).__name__}).",
                hint="Look at the server, then try again.",
            ) from None


class RedisConsumer:
    def __init__(self, bus: RedisBus, topic: str, group: str) -> None:
        self._bus = bus
        self._topic, self._group = topic, group
        self._owner = time_ordered(bus.clock.now())
        self._held: set[int] = set()
        self._first = 0

    async def take(self, limit: int, wait: float) -> Sequence[Batch]:
        return await polled(partial(self._taken, limit), wait, self._bus.clock)

    async def done(self, batches: Sequence[Batch], dead: Mapping[str, str] = {}) -> None:
        now = self._bus.clock.now()
        for batch in batches:
            letters: list[str] = []
            for message in batch.messages:
                if message.id in dead:
                    letters += message.id, _text(message, batch.attempt, dead[message.id], now)
            await self._settle("DONE", batch, *letters)

    async def retry(self, batch: Batch, delay: float, why: str) -> None:
        await self._settle("RETRY", batch, int(min(delay, LONGEST_DELAY) * 1000))

    async def keep(self) -> None:
        """Gives a sign of life."""
        await self._keep(int(self._bus.lease * 1000))

    async def release(self) -> None:
        """Leave to others what was not settled."""
        await self._keep(0)

    async def _keep(self, milliseconds: int) -> None:
        if self._held:
            await self._run("KEEP", milliseconds, *self._held)

    async def _settle(self, script: str, batch: Batch, *given: Any) -> None:
        self._held.discard(batch.partition)
        await self._run(script, batch.partition, batch.places[-1], *given)

    async def _taken(self, limit: int) -> list[Batch]:
        self._first = (self._first + 1) % PARTITIONS
        lease = int(self._bus.lease * 1000)
        ahead = int(2 * LONGEST_DELAY * 1000)
        found = await self._run("TAKE", limit, lease, PARTITIONS, self._first, ahead)
        batches = [self._batch(*one) for one in found]
        self._held |= {batch.partition for batch in batches}
        return batches

    def _batch(self, number: int, attempts: int, entries: Sequence[Any]) -> Batch:
        return Batch(
            number,
            tuple(
                Message(id_.decode(), self._topic, key.decode(), payload)
                for _, (_, id_, _, key, _, payload, *_) in entries
            ),
            tuple(place.decode().partition("-")[0] for place, _ in entries),
            attempts + 1,
        )

    async def _run(self, script: str, *given: Any) -> Any:
        return await self._bus.run(script, self._topic, self._group, self._owner, *given)


def _base(topic: str) -> str:
    """Of a topic's keys; the braces keep them together in a cluster."""
    return f"aicontext:bus:{{{topic}}}"


def _settings(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items())


def _text(message: Message, attempts: int, why: str, at: float) -> str:
    payload = b64encode(message.payload).decode()
    return json.dumps([message.key, payload, attempts, why, at])


def _letter(topic: str, id_: str, text: bytes) -> DeadLetter:
    key, payload, *rest = cast("list[Any]", json.loads(text))
    return DeadLetter(Message(id_, topic, key, b64decode(payload)), *rest)
