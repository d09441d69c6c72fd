"""What the page on faults says of more work than there are connections."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from servers.postgresql import Postgresql
from tenants import organisation

from aicontext import settings as environment
from aicontext.adapters import engines
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.records import Organisation
from aicontext.wiring import stores


@pytest.fixture(params=["sqlite", "postgresql"])
def chosen(
    request: pytest.FixtureRequest,
    postgresql: Postgresql,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> environment.Settings:
    monkeypatch.setattr(engines, "_PATIENCE", 0.3)
    url = postgresql.database() if request.param == "postgresql" else ""
    return environment.load({"AICONTEXT_HOME": str(tmp_path), "AICONTEXT_RECORDS": url}, {})


def test_records(chosen: environment.Settings) -> None:
    """Who gets no connection in time is told so, and has changed nothing."""
    first = organisation()

    async def test() -> None:
        records = stores.records(chosen)
        await records.migrate()

        async def all_taken(taken: AsyncExitStack) -> None:
            while True:
                await taken.enter_async_context(records.transaction(None, reading=True))

        async with AsyncExitStack() as taken:
            for _ in range(2):
                with pytest.raises(Unavailable, match="gave no answer"):
                    await all_taken(taken)
        async with records.transaction(None) as transaction:
            await transaction.add(first)
            assert await transaction.get(Organisation, first.id) == first
        await records.close()

    asyncio.run(test())
