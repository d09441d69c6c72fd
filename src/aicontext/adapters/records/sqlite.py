"""Records in a SQLite file."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from aicontext.adapters.engines import opened, sqlite_engine
from aicontext.adapters.records.sql import SqlRecords, told
from aicontext.adapters.sqlite_connection import Connection


class SqliteRecords(SqlRecords):
    """One writer at a time, in any process; readers see what was committed when they began."""

    def __init__(self, path: Path) -> None:
        super().__init__(sqlite_engine(path))
        self._path = path
        self._own: Connection | None = None
        self._opening = Lock()

    async def change(self, statement: Any, values: Mapping[str, Any]) -> int:
        """On a connection for these alone: to take one from the pool, and to carry out what
        SQLAlchemy makes of a statement, costs three times what SQLite does for it."""
        text, order = _prepared(statement, frozenset(values), self._engine.dialect)
        given = [read(values.get(name, own)) for name, read, own in order]
        with told():
            async with self._opening:
                if self._own is None:
                    self._own = await opened(self._path)
            return await self._own.change(text, given)

    async def close(self) -> None:
        if self._own is not None:
            await self._own.close()
            self._own = None
        await super().close()

    async def _begin(
        self, connection: AsyncConnection, organisation: str | None, *, reading: bool
    ) -> None:
        await connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _same(value: Any) -> Any:
    return value


@cache
def _prepared(
    statement: Any, names: frozenset[str], dialect: Dialect
) -> tuple[str, list[tuple[str, Callable[[Any], Any], Any]]]:
    """(the statement's text; its values in order: the name, what makes SQLite's of ours, and the
    statement's own)."""
    compiled = statement.compile(dialect=dialect, column_keys=sorted(names))
    types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
    return compiled.string, [
        (name, types[name].bind_processor(dialect) or _same, compiled.params[name])
        for name in compiled.positiontup
    ]
