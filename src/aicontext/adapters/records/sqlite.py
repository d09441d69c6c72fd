"""Records in a SQLite file."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from aicontext.adapters.engines import opened, sqlite_engine
from aicontext.adapters.records import rows
from aicontext.adapters.records.sql import SqlRecords, asked, told
from aicontext.adapters.records.tables import TABLES
from aicontext.adapters.sqlite_connection import Connection
from aicontext.domain.storage.records import Record

Kind = TypeVar("Kind", bound=Record)
_Order = Sequence[tuple[str, Callable[[Any], Any], Any]]
_Columns = Sequence[tuple[str, Callable[[Any], Any]]]


class SqliteRecords(SqlRecords):
    """One writer at a time, in any process; readers see what was committed when they began."""

    def __init__(self, path: Path) -> None:
        super().__init__(sqlite_engine(path))
        self._reader, self._writer = _Apart(path), _Apart(path)

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
        query, values = asked(kind, organisation, after, limit, equal)
        text, order = _prepared(query, frozenset(values), self._engine.dialect)
        with told():
            reader = await self._reader.get()
            found = await reader.read(text, _given(order, values))
        columns = _columns(TABLES[kind], self._engine.dialect)
        return [rows.record(kind, _read(columns, row)) for row in found]

    async def change(self, statement: Any, values: Mapping[str, Any]) -> int:
        text, order = _prepared(statement, frozenset(values), self._engine.dialect)
        with told():
            writer = await self._writer.get()
            return await writer.change(text, _given(order, values))

    async def close(self) -> None:
        await self._reader.close()
        await self._writer.close()
        await super().close()

    async def _begin(
        self, connection: AsyncConnection, organisation: str | None, *, reading: bool
    ) -> None:
        await connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class _Apart:
    """A connection for statements that are transactions of their own: to take one from the pool,
    and to carry out what SQLAlchemy makes of a statement, costs three times what SQLite does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own: Connection | None = None
        self._opening = Lock()

    async def get(self) -> Connection:
        if self._own is None:
            async with self._opening:
                if self._own is None:
                    self._own = await opened(self._path)
        return self._own

    async def close(self) -> None:
        if self._own is not None:
            await self._own.close()
            self._own = None


def _same(value: Any) -> Any:
    return value


@cache
def _prepared(statement: Any, names: frozenset[str], dialect: Dialect) -> tuple[str, _Order]:
    """(the statement's text; its values in order: the name, what makes SQLite's of ours, and the
    statement's own)."""
    compiled = statement.compile(dialect=dialect, column_keys=sorted(names))
    types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
    return compiled.string, [
        (name, types[name].bind_processor(dialect) or _same, compiled.params[name])
        for name in compiled.positiontup
    ]


def _given(order: _Order, values: Mapping[str, Any]) -> list[Any]:
    return [read(values.get(name, own)) for name, read, own in order]


@cache
def _columns(table: Table, dialect: Dialect) -> _Columns:
    """Of a table, each with what makes ours of SQLite's values."""
    return [
        (one.name, one.type.dialect_impl(dialect).result_processor(dialect, None) or _same)
        for one in table.columns
    ]


def _read(columns: _Columns, row: Sequence[Any]) -> dict[str, Any]:
    return {name: read(value) for (name, read), value in zip(columns, row, strict=True)}
