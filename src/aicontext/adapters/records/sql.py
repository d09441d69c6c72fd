"""Records in SQL: what SQLite and PostgreSQL have in common."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aicontext.adapters.engines import unanswered
from aicontext.adapters.records import rows
from aicontext.adapters.records.migrations import steps
from aicontext.adapters.records.tables import OUTBOX, TABLES
from aicontext.domain.errors import AiContextError, Conflict, InvalidInput, NotFound, Unavailable
from aicontext.domain.storage.messages import Message, check
from aicontext.domain.storage.records import Record

Kind = TypeVar("Kind", bound=Record)


def insertion(dialect: str, table: Table) -> Any:
    """The database's own, which can replace a row."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


class SqlRecords(ABC):
    """engine: of either database. Subclasses say how a transaction begins."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    @asynccontextmanager
    async def transaction(
        self, organisation: str | None, *, reading: bool = False
    ) -> AsyncIterator[SqlTransaction]:
        with told():
            async with self._engine.connect() as connection:
                await self._begin(connection, organisation, reading=reading)
                yield SqlTransaction(connection, organisation)
                await _committed(connection)

    async def find(
        self,
        organisation: str | None,
        kind: type[Kind],
        /,
        *,
        after: str = "",
        limit: int = 100,
        **equal: Any,
    ) -> Sequence[Kind]:
        async with self.transaction(organisation, reading=True) as transaction:
            return await transaction.find(kind, after=after, limit=limit, **equal)

    async def get(self, organisation: str | None, kind: type[Kind], record_id: str) -> Kind:
        return _only(kind, await self.find(organisation, kind, limit=1, id=record_id))

    async def change(self, statement: Any, values: Mapping[str, Any]) -> int:
        """Carry out a statement of the platform itself, which is a transaction of its own; how many
        rows it changed."""
        with told():
            async with self._engine.connect() as connection:
                done = await connection.execute(statement, values)
                await _committed(connection)
                return done.rowcount

    async def migrate(self) -> Sequence[str]:
        with told():
            async with self._engine.connect() as connection:
                await self._begin(connection, None, reading=False)
                done = await connection.run_sync(steps.upgrade)
                await connection.commit()
                return done

    async def check(self) -> None:
        with told():
            async with self._engine.connect() as connection:
                await connection.run_sync(steps.check)

    async def waiting(self, limit: int) -> Sequence[Message]:
        async with self.transaction(None, reading=True) as transaction:
            return await transaction.waiting(limit)

    async def sent(self, ids: Sequence[str]) -> None:
        async with self.transaction(None) as transaction:
            await transaction.sent(ids)

    async def close(self) -> None:
        await self._engine.dispose()

    @abstractmethod
    async def _begin(
        self, connection: AsyncConnection, organisation: str | None, *, reading: bool
    ) -> None:
        """Begins the transaction of a tenant, or of the platform itself."""


class SqlTransaction:
    """organisation: the only one whose records exist in it; None: all do."""

    def __init__(self, connection: AsyncConnection, organisation: str | None) -> None:
        self._connection = connection
        self._organisation = organisation

    @property
    def connection(self) -> AsyncConnection:
        """For what else is kept in the records' database."""
        return self._connection

    async def add(self, record: Record) -> None:
        self._check_tenant(record)
        with told(record):
            await self._connection.execute(_new(TABLES[type(record)]), rows.row(record))

    async def get(self, kind: type[Kind], record_id: str) -> Kind:
        return _only(kind, await self.find(kind, limit=1, id=record_id))

    async def find(
        self, kind: type[Kind], /, *, after: str = "", limit: int = 100, **equal: Any
    ) -> Sequence[Kind]:
        query, values = asked(kind, self._organisation, after, limit, equal)
        with told():
            found = await self._connection.execute(query, values)
            return [rows.record(kind, row._asdict()) for row in found]

    async def replace(self, record: Record) -> None:
        statement = _changed(TABLES[type(record)], self._organisation is None)
        former = {"tenant": self._organisation, "same": record.id, "former": record.version - 1}
        with told(record):
            done = await self._connection.execute(statement, former | rows.row(record))
        if not done.rowcount:
            await self.get(type(record), record.id)
            raise Conflict(
                "It was changed by somebody else meanwhile.", hint="Read it again, then change it."
            )

    async def keep(self, record: Record) -> None:
        self._check_tenant(record)
        values = rows.row(record)
        statement = insertion(self._connection.dialect.name, TABLES[type(record)]).values(**values)
        with told(record):
            await self._connection.execute(
                statement.on_conflict_do_update(index_elements=["id"], set_=values)
            )

    async def remove(self, kind: type[Record], record_id: str) -> None:
        table = TABLES[kind]
        with told():
            done = await self._connection.execute(
                delete(table).where(self._mine(table), table.c.id == record_id)
            )
        if not done.rowcount:
            raise _missing(kind)

    async def publish(self, message: Message) -> None:
        check([message])
        with told():
            await self._connection.execute(insert(OUTBOX).values(**asdict(message)))

    async def waiting(self, limit: int) -> Sequence[Message]:
        """Published messages that were not sent, oldest first."""
        query = select(OUTBOX).order_by(OUTBOX.c.id).limit(limit)
        with told():
            found = await self._connection.execute(query)
            return [Message(**row._asdict()) for row in found]

    async def sent(self, ids: Sequence[str]) -> None:
        """Forget the messages."""
        with told():
            await self._connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(ids)))

    def _check_tenant(self, record: Record) -> None:
        if record.organisation != self._organisation is not None:
            raise InvalidInput("The record belongs to another organisation.")

    def _mine(self, table: Table) -> ColumnElement[bool]:
        if self._organisation is None:
            return true()
        return table.c.organisation == self._organisation


def asked(
    kind: type[Record],
    organisation: str | None,
    after: str,
    limit: int,
    equal: Mapping[str, Any],
) -> tuple[Select[Any], dict[str, Any]]:
    """The query for what `find` finds, and its values."""
    said = frozenset((name, value is None) for name, value in equal.items())
    query = _found(TABLES[kind], said, organisation is None, bool(after))
    return query, {"tenant": organisation, "after": after, "most": limit, **equal}


# To make a statement takes longer than to carry it out; so each is made once.


@cache
def _new(table: Table) -> Insert:
    return insert(table)


@cache
def _found(
    table: Table, equal: frozenset[tuple[str, bool]], everywhere: bool, after: bool
) -> Select[Any]:
    """equal: fields, and whether each is to hold nothing."""
    columns = table.c
    wanted = [
        columns[name].is_(None) if none else columns[name] == bindparam(name)
        for name, none in sorted(equal)
    ]
    if not everywhere:
        wanted.append(columns.organisation == bindparam("tenant"))
    if after:
        wanted.append(columns.id > bindparam("after"))
    return select(table).where(*wanted).order_by(columns.id).limit(bindparam("most"))


@cache
def _changed(table: Table, everywhere: bool) -> Update:
    columns = table.c
    former = and_(columns.id == bindparam("same"), columns.version == bindparam("former"))
    tenant = true() if everywhere else columns.organisation == bindparam("tenant")
    return update(table).where(former, tenant)


async def _committed(connection: AsyncConnection) -> None:
    try:
        await connection.commit()
    except (DBAPIError, OSError, TimeoutError) as error:
        if isinstance(error, IntegrityError):
            raise
        raise Unavailable(
            "It is not known whether the records' database kept the transaction.",
            hint="Look at the database, then read again what was changed.",
        ) from None


def _only(kind: type[Kind], found: Sequence[Kind]) -> Kind:
    if not found:
        raise _missing(kind)
    return found[0]


def _missing(kind: type[Record]) -> NotFound:
    return NotFound(f"There is no such {kind.__name__.lower()}.")


@contextmanager
def told(record: Record | None = None) -> Iterator[None]:
    """The database's errors as ours. record: one that is written."""
    try:
        yield
    except AiContextError:
        raise
    except IntegrityError as error:
        raise _refused(str(error.orig), record) from None
    except (SQLAlchemyError, sqlite3.Error, OSError, TimeoutError) as error:
        if isinstance(ours := getattr(error, "orig", None), AiContextError):
            raise ours from None
        raise unanswered("records", error) from None


def _refused(why: str, record: Record | None) -> AiContextError:
    if "foreign key" not in why.lower():
        kind = type(record).__name__.lower() if record else "one"
        return Conflict(f"That {kind} is there already.")
    if record is None:
        return Conflict("Others still belong to it.", hint="Remove or move them first.")
    return InvalidInput("It belongs to something that is not there.")
