"""A bus in an SQL database: a SQLite file that processes share, or PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aicontext.adapters.bus import statements
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
from aicontext.adapters.engines import postgresql_engine, sqlite_engine, unanswered
from aicontext.domain.errors import AiContextError, Unavailable
from aicontext.domain.storage.messages import Batch, DeadLetter, Message, check
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.gathering import Gathering
from aicontext.kit.ids import time_ordered


@dataclass(frozen=True, slots=True)
class Dialect:
    """bytes: the type of a column. begin: the statement that begins a transaction which writes;
    prepare: the one after which no other process prepares the tables. lock: holds rows that are
    read, but for those held by others."""

    bytes: str
    begin: str = ""
    prepare: str = ""
    lock: str = ""


SQLITE = Dialect("BLOB", begin="BEGIN IMMEDIATE")
POSTGRESQL = Dialect(
    "BYTEA",
    prepare="SELECT pg_advisory_xact_lock(1633248098)",
    lock="FOR UPDATE SKIP LOCKED",
)


class SqlBus:
    """lease: seconds for which a partition stays with a consumer that gives no sign of life."""

    def __init__(
        self, engine: AsyncEngine, dialect: Dialect, *, clock: Clock = CLOCK, lease: float = LEASE
    ) -> None:
        self._engine = engine
        self._dialect = dialect
        self.clock = clock
        self.lease = lease
        self._prepared = False
        self._gathering = Gathering(self._commit, COMMIT, size)

    @property
    def lock(self) -> str:
        return self._dialect.lock

    async def publish(self, messages: Sequence[Message]) -> None:
        check(messages)
        if messages:
            await self._gathering.add(messages)

    @asynccontextmanager
    async def consumer(self, topic: str, group: str) -> AsyncIterator[SqlConsumer]:
        own = SqlConsumer(self, topic, group)
        async with self.writing() as base:
            every = [{**own.names, "partition": number} for number in range(PARTITIONS)]
            await base.execute(text(statements.JOIN), every)
        try:
            async with alive(own.keep, self.lease):
                yield own
        finally:
            await own.release()

    async def waiting(self, topic: str, group: str) -> int:
        async with self.reading() as base:
            given = {"topic": topic, "group": group}
            return int((await base.execute(text(statements.WAITING), given)).scalar_one())

    async def dead(
        self, topic: str, group: str, *, after: str = "", limit: int = 100
    ) -> Sequence[DeadLetter]:
        given = {"topic": topic, "group": group, "after": after, "most": limit}
        async with self.reading() as base:
            rows = await base.execute(text(statements.DEAD), given)
            return [
                DeadLetter(Message(id_, topic, key, payload), *rest)
                for id_, key, payload, *rest in rows
            ]

    async def replay(self, topic: str, group: str, ids: Sequence[str]) -> int:
        async with self.writing() as base:
            found = await self._dig_up(base, topic, group, ids)
            await self._add(base, found, group)
        return len(found)

    async def drop(self, topic: str, group: str, ids: Sequence[str]) -> int:
        async with self.writing() as base:
            return len(await self._dig_up(base, topic, group, ids))

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        await self._prepare()
        with _told():
            async with self._engine.connect() as base:
                yield base

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed durably at its end."""
        await self._prepare()
        async with self._transaction() as base:
            yield base

    async def _commit(self, messages: Sequence[Message]) -> None:
        async with self.writing() as base:
            await self._add(base, messages, "")

    async def _add(self, base: AsyncConnection, messages: Sequence[Message], group: str) -> None:
        """group: the only one that they are for; "": for all."""
        counts = Counter(message.topic for message in messages)
        next_ = {}
        for topic in sorted(counts):  # Always in this order, so that nobody waits in a circle.
            given = {"topic": topic, "count": counts[topic]}
            last = (await base.execute(text(statements.COUNT_UP), given)).scalar_one()
            next_[topic] = last - counts[topic]
        rows = []
        for message in messages:
            next_[message.topic] += 1
            rows.append(_row(message, next_[message.topic], group))
        if rows:
            await base.execute(text(statements.ADD), rows)

    async def _dig_up(
        self, base: AsyncConnection, topic: str, group: str, ids: Sequence[str]
    ) -> list[Message]:
        found = []
        for id_ in ids:
            given = {"topic": topic, "group": group, "id": id_}
            rows = await base.execute(text(statements.DIG_UP), given)
            found += [Message(id_, topic, key, payload) for key, payload in rows]
        return found

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with _told():
            async with self._engine.connect() as base:
                if self._dialect.begin:
                    await base.execute(text(self._dialect.begin))
                yield base
                await base.commit()

    async def _prepare(self) -> None:
        """Makes the tables where they are missing. Raises Unavailable where a newer release did."""
        if self._prepared:
            return
        async with self._transaction() as base:
            if self._dialect.prepare:
                await base.execute(text(self._dialect.prepare))
            for table in statements.TABLES:
                await base.execute(text(table.format(bytes=self._dialect.bytes)))
            found = (await base.execute(text(statements.VERSION))).scalar_one()
            if found is None:
                await base.execute(text(statements.MARK), {"version": statements.SCHEMA})
            elif found > statements.SCHEMA:
                raise Unavailable(
                    f"The bus was written by a newer version (schema {found}; this one knows"
                    f" {statements.SCHEMA}).",
                    hint="Update ai-context-platform.",
                )
        self._prepared = True


class SqlConsumer:
    """names: of the topic and the group, as statements take them."""

    def __init__(self, bus: SqlBus, topic: str, group: str) -> None:
        self._bus = bus
        self._topic = topic
        self._owner = time_ordered(bus.clock.now())
        self._held: set[int] = set()
        self.names = {"topic": topic, "group": group}

    async def take(self, limit: int, wait: float) -> Sequence[Batch]:
        return await polled(partial(self._taken, limit), wait, self._bus.clock)

    async def done(self, batches: Sequence[Batch], dead: Mapping[str, str] = {}) -> None:
        now = self._bus.clock.now()
        async with self._bus.writing() as base:
            for batch in batches:
                given = {**self._settling(batch), "now": now}
                self._held.discard(batch.partition)
                if not (await base.execute(text(statements.DONE), given)).rowcount:
                    continue
                await base.execute(text(statements.FORGET), self._of(batch.partition))
                letters = [
                    {**_kept(message), **self.names, "why": dead[message.id], "at": now}
                    | {"attempts": batch.attempt}
                    for message in batch.messages
                    if message.id in dead
                ]
                if letters:
                    await base.execute(text(statements.BURY), letters)

    async def retry(self, batch: Batch, delay: float, why: str) -> None:
        now = self._bus.clock.now()
        given = {**self._settling(batch), "now": now, "due": now + min(delay, LONGEST_DELAY)}
        self._held.discard(batch.partition)
        async with self._bus.writing() as base:
            await base.execute(text(statements.RETRY), given)

    async def keep(self) -> None:
        """Gives a sign of life."""
        if not self._held:
            return
        until = self._bus.clock.now() + self._bus.lease
        async with self._bus.writing() as base:
            given = {**self.names, "owner": self._owner, "until": until}
            await base.execute(text(statements.RENEW), given)

    async def release(self) -> None:
        """Leave to others what was not settled."""
        async with self._bus.writing() as base:
            await base.execute(text(statements.RELEASE), {**self.names, "owner": self._owner})

    async def _taken(self, limit: int) -> list[Batch]:
        now = self._bus.clock.now()
        ahead = {"lease": now + 2 * self._bus.lease, "delay": now + 2 * LONGEST_DELAY}
        free = {**self.names, "now": now, **ahead}
        async with self._bus.reading() as base:
            # Looked at first without a lock: often there is nothing.
            if (await base.execute(text(statements.ANY), free)).first() is None:
                return []
        async with self._bus.writing() as base:
            query = text(statements.FREE.format(lock=self._bus.lock))
            cursors = (await base.execute(query, {**free, "most": min(limit, PARTITIONS)})).all()
            share = limit // max(1, len(cursors))
            batches = [await self._read(base, row, share) for row in cursors]
            if batches:
                own = {"owner": self._owner, "until": now + self._bus.lease}
                rows = [{**self._of(batch.partition), **own} for batch in batches]
                await base.execute(text(statements.TAKE), rows)
                self._held |= {batch.partition for batch in batches}
        return batches

    async def _read(self, base: AsyncConnection, cursor: Row[Any], most: int) -> Batch:
        number = cursor.partition
        given = {**self._of(number), "position": cursor.position, "most": most}
        rows = (await base.execute(text(statements.NEXT), given)).all()
        return Batch(
            number,
            tuple(Message(id_, self._topic, key, payload) for _, id_, key, payload in rows),
            tuple(str(row[0]) for row in rows),
            cursor.attempts + 1,
        )

    def _of(self, number: int) -> dict[str, Any]:
        return {**self.names, "partition": number}

    def _settling(self, batch: Batch) -> dict[str, Any]:
        place = {"owner": self._owner, "position": int(batch.places[-1])}
        return {**self._of(batch.partition), **place}


def sqlite_bus(path: Path, **given: Any) -> SqlBus:
    """Shared by processes. given: as SqlBus takes it."""
    return SqlBus(sqlite_engine(path), SQLITE, **given)


def postgresql_bus(url: str, connections: int = 5, **given: Any) -> SqlBus:
    """Raises InvalidInput for an address that is none. given: as SqlBus takes it."""
    return SqlBus(postgresql_engine(url, "bus", connections), POSTGRESQL, **given)


def _row(message: Message, position: int, group: str) -> dict[str, Any]:
    place = {"topic": message.topic, "partition": partition(message.key), "position": position}
    return {**place, **_kept(message), "group": group}


def _kept(message: Message) -> dict[str, Any]:
    return {"id": message.id, "key": message.key, "payload": message.payload}


@contextmanager
def _told() -> Iterator[None]:
    """The database's errors as ours."""
    try:
        yield
    except AiContextError:
        raise
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise unanswered("bus", error) from None
