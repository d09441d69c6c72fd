"""The services that know who asks, over real stores and a clock that the tests move."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from identity_stand import Run, Stand, Test

from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.storage.records import PLATFORM, Organisation, SigningKey, Ticket
from aicontext.ports.stores.records import Records

Open = Callable[[], Records]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """How to open a store; there is one for all tests."""

    async def migrated(records: Records) -> None:
        await records.migrate()
        await records.close()

    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("identity") / "records.db"
        opened: Open = lambda: SqliteRecords(path)  # noqa: E731
    else:
        url = request.getfixturevalue("postgresql").database()
        opened = lambda: PostgresqlRecords(url)  # noqa: E731
    asyncio.run(migrated(opened()))
    return opened


@pytest.fixture
def run(store: Open, tmp_path: Path) -> Run:
    """Runs a test over the store, in which nothing is left of others."""

    async def go(test: Test) -> None:
        records = store()
        try:
            await _empty(records)
            stand = Stand(records, tmp_path)
            await test(stand)
            stand.close()
        finally:
            await records.close()

    return lambda test: asyncio.run(go(test))


async def _empty(records: Records) -> None:
    async with records.transaction(None) as transaction:
        for one in await transaction.find(Organisation, limit=1000):
            if one.id != PLATFORM:
                await transaction.remove(Organisation, one.id)
        for kind in (Ticket, SigningKey):
            for left in await transaction.find(kind, limit=1000):
                await transaction.remove(kind, left.id)
