"""The services that know who asks, over real stores and a clock that the tests move."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from identity_stand import Run, Stand, Test

from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.ports.stores.records import Records


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """How to open a new, empty store."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("identity")
        return lambda: SqliteRecords(folder / f"{uuid4().hex}.db")
    server = request.getfixturevalue("postgresql")
    return lambda: PostgresqlRecords(server.database())


@pytest.fixture
def run(store: Callable[[], Records], tmp_path: Path) -> Run:
    """Runs a test over a store of its own."""

    async def go(test: Test) -> None:
        records = store()
        try:
            await records.migrate()
            stand = Stand(records, tmp_path)
            await test(stand)
            stand.close()
        finally:
            await records.close()

    return lambda test: asyncio.run(go(test))
