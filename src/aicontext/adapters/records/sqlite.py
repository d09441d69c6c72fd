"""Records in a SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from aicontext.adapters.records.sql import SqlRecords

_PATIENCE = 10.0
"""Seconds that a transaction waits for the one that writes."""


class SqliteRecords(SqlRecords):
    """One writer at a time, in any process; readers see what was committed when they began."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            connect_args={"timeout": _PATIENCE, "isolation_level": None},
            pool_size=8,
            max_overflow=0,
            pool_timeout=_PATIENCE,
        )
        event.listen(engine.sync_engine, "connect", _prepare)
        super().__init__(engine)

    async def _begin(
        self, connection: AsyncConnection, organisation: str | None, *, reading: bool
    ) -> None:
        await connection.execute(text("BEGIN" if reading else "BEGIN IMMEDIATE"))


def _prepare(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
