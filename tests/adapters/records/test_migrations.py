import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from servers.postgresql import Postgresql
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from aicontext.adapters.records.migrations import steps
from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.adapters.records.tables import LEDGER, METADATA, TABLES
from aicontext.domain.errors import InvalidInput
from aicontext.ports.stores.records import Records


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, postgresql: Postgresql, tmp_path: Path
) -> tuple[Records, str]:
    """A store without a schema, and its address."""
    if request.param == "sqlite":
        path = tmp_path / "records.db"
        return SqliteRecords(path), f"sqlite+aiosqlite:///{path}"
    url = postgresql.database()
    return PostgresqlRecords(url), url.replace("postgresql:", "postgresql+asyncpg:")


def looked_at(url: str, look: str = "") -> list[Any]:
    """How the database differs from the tables, or what a query gives."""

    def differences(connection: Connection) -> list[Any]:
        if look:
            return list(connection.execute(text(look)).scalars())
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    async def go() -> list[object]:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(differences)
        finally:
            await engine.dispose()

    return asyncio.run(go())


def test_the_steps_make_what_the_tables_say(empty: tuple[Records, str]) -> None:
    records, url = empty

    async def go() -> None:
        with pytest.raises(InvalidInput, match="storage migrate"):
            await records.check()
        assert await records.migrate() == ["first", "identity", "budgets"]
        await records.check()
        await records.close()

    asyncio.run(go())
    assert looked_at(url) == []


KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from aicontext.wiring import stores
from aicontext.settings import load

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, *more):
    if statement.startswith(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(stores.records(load()).migrate())
"""


@pytest.mark.parametrize(
    ("taken", "moment"), [(0, "CREATE TABLE teams"), (2, "INSERT INTO alembic_version")]
)
def test_a_migration_that_is_killed_leaves_the_schema_as_it_was(
    empty: tuple[Records, str], taken: int, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing, and from an earlier release."""
    records, url = empty
    all_ = steps._steps

    async def migrated() -> Sequence[str]:
        done = await records.migrate()
        await records.close()
        return done

    if taken:
        monkeypatch.setattr(steps, "_steps", lambda dialect: all_(dialect)[:taken])
        asyncio.run(migrated())
        monkeypatch.undo()
    before = [str(one[1]) for one in looked_at(url)]
    if url.startswith("sqlite"):
        told = {"AICONTEXT_HOME": str(Path(url.partition("///")[2]).parent)}
    else:
        told = {"AICONTEXT_RECORDS": url.replace("+asyncpg", "")}
    done = subprocess.run([sys.executable, "-c", KILLED, moment], env={**os.environ, **told})
    assert done.returncode == -signal.SIGKILL
    assert [str(one[1]) for one in looked_at(url)] == before
    assert len(asyncio.run(migrated())) == 3 - taken
    assert looked_at(url) == []


def test_a_schema_of_a_newer_release_is_refused(empty: tuple[Records, str]) -> None:
    records, url = empty

    async def go() -> None:
        await records.migrate()
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await engine.dispose()
        for call in (records.check, records.migrate):
            with pytest.raises(InvalidInput, match="newer release"):
                await call()
        await records.close()

    asyncio.run(go())


def test_the_database_itself_holds_a_tenant_to_its_records(postgresql: Postgresql) -> None:
    url = postgresql.database()

    async def go() -> None:
        records = PostgresqlRecords(url)
        await records.migrate()
        await records.close()

    asyncio.run(go())
    address = url.replace("postgresql:", "postgresql+asyncpg:")
    tables = sorted(table.name for table in (*TABLES.values(), *LEDGER))
    held = "SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY relname"
    assert looked_at(address, held) == tables
    owned = (
        "SELECT table_name FROM information_schema.role_table_grants"
        " WHERE grantee = 'aicontext_tenant' AND privilege_type = 'SELECT' ORDER BY table_name"
    )
    assert looked_at(address, owned) == tables
