"""What an installation keeps, as collections that can be read whole and written again."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from array import array
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, Generic, TypeVar

from aicontext.domain.errors import Unavailable
from aicontext.domain.events import HookEvent, UsageEvent
from aicontext.domain.storage import vectors
from aicontext.domain.storage.messages import Message
from aicontext.domain.storage.records import PLATFORM, Organisation, Record, User
from aicontext.domain.tenancy.budgets import Spent
from aicontext.ports.access.budgets import Budgets
from aicontext.ports.stores.blobs import Blobs
from aicontext.ports.stores.events import Events
from aicontext.ports.stores.records import Records
from aicontext.ports.stores.vectors import Vectors
from aicontext.services.enterprise.identity.local import LOCAL_USER

_GROUP = 500
"""Items that are written at a time."""

_ALL = 1_000_000
"""Messages of an outbox at most."""

Item = TypeVar("Item")
Event = TypeVar("Event", bound=UsageEvent | HookEvent)


class Collection(ABC, Generic[Item]):
    """Items of one kind in one store. Items are equal where their contents are."""

    @abstractmethod
    def groups(self) -> AsyncIterator[Sequence[Item]]:
        """All items, some at a time."""

    @abstractmethod
    async def keep(self, items: Sequence[Item]) -> None:
        """Put the items in the place of those of the same names."""

    def content(self, item: Item) -> bytes:
        """What tells the item from any other, on every store."""
        return json.dumps(item, default=str, sort_keys=True).encode()


class RecordsOf(Collection[Record]):
    def __init__(self, records: Records, kind: type[Record]) -> None:
        self._records = records
        self._kind = kind

    async def groups(self) -> AsyncIterator[Sequence[Record]]:
        after = ""
        while True:
            async with self._records.transaction(None, reading=True) as transaction:
                found = await transaction.find(self._kind, after=after, limit=_GROUP)
            if not found:
                return
            yield [one for one in found if one.id != PLATFORM]  # Each schema has its own.
            after = found[-1].id

    async def keep(self, items: Sequence[Record]) -> None:
        async with self._records.transaction(None) as transaction:
            for item in items:
                await transaction.keep(item)

    def content(self, item: Record) -> bytes:
        return json.dumps(asdict(item), default=_written, sort_keys=True).encode()


class Outbox(Collection[Message]):
    """Messages that were published and not sent."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def groups(self) -> AsyncIterator[Sequence[Message]]:
        if len(found := await self._records.waiting(_ALL)) == _ALL:
            raise Unavailable(
                f"{_ALL:,} messages or more wait to be sent.",
                hint="Run `aicontext worker --services relay` first.",
            )
        yield found

    async def keep(self, items: Sequence[Message]) -> None:
        held = {message.id for message in await self._records.waiting(_ALL)}
        async with self._records.transaction(None) as transaction:
            for item in items:
                if item.id not in held:
                    await transaction.publish(item)

    def content(self, item: Message) -> bytes:
        return json.dumps(asdict(item), default=_written).encode()


class SpentOf(Collection[Spent]):
    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    async def groups(self) -> AsyncIterator[Sequence[Spent]]:
        after: Spent | None = None
        while found := await self._budgets.spent(after, _GROUP):
            yield found
            after = found[-1]

    async def keep(self, items: Sequence[Spent]) -> None:
        await self._budgets.keep(items)

    def content(self, item: Spent) -> bytes:
        return json.dumps(asdict(item), default=_written, sort_keys=True).encode()


class EventsOf(Collection[Event]):
    """read: all of them, oldest first; write: keeps some."""

    def __init__(
        self, read: Callable[[float], Iterator[Event]], write: Callable[[Sequence[Event]], None]
    ) -> None:
        self._read = read
        self._write = write

    async def groups(self) -> AsyncIterator[Sequence[Event]]:
        events = self._read(float("-inf"))
        while group := await asyncio.to_thread(_some, events):
            yield group

    async def keep(self, items: Sequence[Event]) -> None:
        await asyncio.to_thread(self._write, items)

    def content(self, item: Event) -> bytes:
        return json.dumps(asdict(item), default=_written, sort_keys=True).encode()


class VectorsOf(Collection[vectors.Item]):
    def __init__(self, kept: Vectors) -> None:
        self._kept = kept

    async def groups(self) -> AsyncIterator[Sequence[vectors.Item]]:
        after = ("", "")
        while found := await self._kept.every(after, _GROUP):
            yield found
            after = found[-1].organisation, found[-1].id

    async def keep(self, items: Sequence[vectors.Item]) -> None:
        await self._kept.put(items)

    def content(self, item: vectors.Item) -> bytes:
        named = json.dumps(asdict(replace(item, vector=())), sort_keys=True)
        return named.encode() + array("f", item.vector).tobytes()


class Marks(Collection[tuple[str, str]]):
    """Up to where sources of events were read."""

    def __init__(self, events: Events) -> None:
        self._events = events

    async def groups(self) -> AsyncIterator[Sequence[tuple[str, str]]]:
        yield list((await asyncio.to_thread(self._events.marks)).items())

    async def keep(self, items: Sequence[tuple[str, str]]) -> None:
        await asyncio.to_thread(self._events.append, (), dict(items))


class Contents(Collection[tuple[str, str]]):
    """Of organisations and of users, as (owner, digest); `keep` takes them out of another place's
    `blobs`."""

    def __init__(self, blobs: Blobs, owners: Records, source: Blobs) -> None:
        self._blobs = blobs
        self._owners = owners
        self._source = source

    async def groups(self) -> AsyncIterator[Sequence[tuple[str, str]]]:
        yield await self._of(LOCAL_USER)  # Who may have no record.
        for kind in (Organisation, User):
            async for records in RecordsOf(self._owners, kind).groups():
                for one in records:
                    if one.id != LOCAL_USER:
                        yield await self._of(one.id)

    async def _of(self, owner: str) -> Sequence[tuple[str, str]]:
        return [(owner, digest) async for digest in self._blobs.digests(owner)]

    async def keep(self, items: Sequence[tuple[str, str]]) -> None:
        for tenant, digest in items:
            if not await self._blobs.held(tenant, digest):
                await self._blobs.put(tenant, self._source.get(tenant, digest))


def _some(events: Iterator[Event]) -> Sequence[Event]:
    return [event for _, event in zip(range(_GROUP), events, strict=False)]


def _written(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)
