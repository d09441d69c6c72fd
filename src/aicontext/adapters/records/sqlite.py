"""Records in a SQLite file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aicontext.adapters.engines import sqlite_engine
from aicontext.adapters.records.sql import SqlRecords


class SqliteRecords(SqlRecords):
    """One writer at a time, in any process; readers see what was committed when they began."""

    def __init__(self, path: Path) -> None:
        super().__init__(sqlite_engine(path))

    async def _begin(
        self, connection: AsyncConnection, organisation: str | None, *, reading: bool
    ) -> None:
        await connection.execute(text("BEGIN" if reading else "BEGIN IMMEDIATE"))
