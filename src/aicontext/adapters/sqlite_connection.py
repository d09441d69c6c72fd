"""A connection to a SQLite file that goes to its thread once for each statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import aiosqlite

from aicontext.adapters.database import write_ahead


class Connection(aiosqlite.Connection):
    """What SQLAlchemy asks of aiosqlite, whose every step is a way to the thread and back: here a
    statement, its rows and the BEGIN before it are one, and to end what was not begun is none.

    Transactions are begun by statements.
    """

    def __init__(self, path: str, **given: Any) -> None:
        """As sqlite3.connect."""
        super().__init__(partial(sqlite3.connect, path, **given), iter_chunk_size=64)
        self._thread.daemon = True
        self._begin = ""
        self._open = False  # By what was sent to the thread, which may be behind.

    async def durable(self) -> None:
        """What is committed from now on is on disk."""
        await self._execute(_durable, self._conn)  # type: ignore[no-untyped-call]

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    async def run(
        self, method: Callable[..., sqlite3.Cursor], sql: str, parameters: Any
    ) -> tuple[sqlite3.Cursor, Sequence[Any]]:
        """method: of a cursor. The cursor, and the rows that it gave."""
        begin, self._begin = self._begin, ""
        self._open = self._open or bool(begin)
        done = partial(self._run, begin, method, sql, parameters)
        found: tuple[sqlite3.Cursor, Sequence[Any]] = await self._execute(done)  # type: ignore[no-untyped-call]
        return found

    async def change(self, sql: str, parameters: Sequence[Any]) -> int:
        """Carry out a statement that is its own transaction; how many rows it changed."""
        cursor, _ = await self.run(sqlite3.Cursor.execute, sql, parameters)
        return cursor.rowcount

    async def read(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """The rows of a query that is its own transaction."""
        _, found = await self.run(sqlite3.Cursor.execute, sql, parameters)
        return found

    def begin(self, statement: str) -> None:
        """With the next statement."""
        self._begin = statement

    async def commit(self) -> None:
        self._begin = ""
        if self._open:
            await super().commit()
            self._open = False

    async def rollback(self) -> None:
        self._begin = ""
        if self._open:
            await super().rollback()
            self._open = False

    async def close(self) -> None:
        """Ends the transaction first. After a statement that was not waited for, which a cancelled
        caller leaves, SQLite would keep its locks although the connection is closed."""
        if self._connection is not None:
            await self._execute(self._undone)  # type: ignore[no-untyped-call]
        await super().close()

    def _undone(self) -> None:
        if self._conn.in_transaction:
            self._conn.rollback()

    def _run(
        self, begin: str, method: Callable[..., sqlite3.Cursor], sql: str, parameters: Any
    ) -> tuple[sqlite3.Cursor, Sequence[Any]]:
        cursor = self._conn.cursor()
        if begin:
            cursor.execute(begin)
        method(cursor, sql, parameters)
        return cursor, cursor.fetchall() if cursor.description else ()


class Cursor:
    """Of one statement, whose rows are here once it was done."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount, self.lastrowid = -1, 0

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        if sql.startswith("BEGIN"):
            self._connection.begin(sql)
            return self
        return await self._done(sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Any) -> Cursor:
        return await self._done(sqlite3.Cursor.executemany, sql, parameters)

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is held."""

    async def _done(self, method: Callable[..., sqlite3.Cursor], sql: str, given: Any) -> Cursor:
        done, self._rows = await self._connection.run(method, sql, given)
        self.description, self.rowcount = done.description, done.rowcount
        self.lastrowid = done.lastrowid or 0
        return self


def _durable(base: sqlite3.Connection) -> None:
    write_ahead(base)
    base.execute("PRAGMA foreign_keys = ON")
