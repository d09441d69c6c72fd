"""Engines of SQL databases."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from aicontext.adapters.engines import sqlite_engine

MANY = [{"value": f"{number}"} for number in range(100)]


async def cancelled(path: Path) -> BaseException | None:
    """Writes, and is cancelled as soon as a statement is done and before its caller knows; how
    that ended."""
    engine = sqlite_engine(path)
    async with engine.connect() as base:
        await base.execute(text("CREATE TABLE IF NOT EXISTS kept (value TEXT)"))

    async def write() -> None:
        async with engine.connect() as base:
            await base.execute(text("BEGIN IMMEDIATE"))
            await base.execute(text("INSERT INTO kept VALUES (:value)"), MANY)
            await base.commit()

    writing = asyncio.create_task(write())
    while not writing.done():
        await asyncio.sleep(0)
        waited_for = writing._fut_waiter  # type: ignore[attr-defined]
        if waited_for is not None and waited_for.done() and waited_for.result():
            writing.cancel()
            break
    (ended,) = await asyncio.gather(writing, return_exceptions=True)
    await engine.dispose()
    return ended


def test_who_is_cancelled_in_a_transaction_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    ends = []
    for _ in range(20):
        ends.append(asyncio.run(cancelled(path)))  # Kept: with it, all that it reaches.
        with closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
    if not any(isinstance(end, asyncio.CancelledError) for end in ends):
        pytest.fail("Nobody was cancelled at the right moment.")
