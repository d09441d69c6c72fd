"""What was committed is there after `kill -9`, of us and of the server."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from servers.postgresql import Postgresql

from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.records import PLATFORM, Organisation
from aicontext.ports.stores.records import Records

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.storage.records import PLATFORM, Organisation

async def main(address):
    made = PostgresqlRecords(address) if "://" in address else SqliteRecords(Path(address))
    for number in range(1, 1_000_000):
        id = f"{number:032x}"
        at = datetime(2026, 1, 1, tzinfo=UTC)
        async with made.transaction(None) as transaction:
            record = Organisation(id=id, organisation=id, created_at=at, name="n", slug=id)
            await transaction.add(record)
        print(id, flush=True)

asyncio.run(main(sys.argv[1]))
"""


def opened(address: str) -> Records:
    return PostgresqlRecords(address) if "://" in address else SqliteRecords(Path(address))


async def kept(records: Records) -> list[str]:
    found = [PLATFORM]
    while True:
        async with records.transaction(None, reading=True) as transaction:
            page = await transaction.find(Organisation, after=found[-1], limit=1000)
        if not page:
            return found[1:]
        found += [one.id for one in page]


def acknowledged(address: str, seconds: float) -> list[str]:
    """Ids whose transaction was said to be committed before the writer was killed."""
    command = [sys.executable, "-c", WRITER, address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        return [first.strip(), *(line.strip() for line in writer.stdout if line.endswith("\n"))]


async def migrated(address: str) -> None:
    records = opened(address)
    await records.migrate()
    await records.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_killed_writer_loses_nothing(engine: str, postgresql: Postgresql, tmp_path: Path) -> None:
    address = postgresql.database() if engine == "postgresql" else str(tmp_path / "records.db")
    asyncio.run(migrated(address))
    told = acknowledged(address, 0.3)

    async def read() -> list[str]:
        records = opened(address)
        try:
            return await kept(records)
        finally:
            await records.close()

    found = asyncio.run(read())
    assert told == found[: len(told)]
    assert len(found) - len(told) <= 1


def test_a_killed_server_loses_nothing_and_is_told_of(postgresql: Postgresql) -> None:
    address = postgresql.database()
    asyncio.run(migrated(address))
    told = acknowledged(address, 0.2)

    async def go() -> list[str]:
        records = opened(address)
        try:
            with postgresql.down(), pytest.raises(Unavailable, match="gave no answer"):
                await kept(records)
            return await kept(records)
        finally:
            await records.close()

    assert asyncio.run(go())[: len(told)] == told


def test_a_file_that_is_no_database_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.write_bytes(b"this is no database" * 1000)

    async def go() -> None:
        records = SqliteRecords(path)
        with pytest.raises(Unavailable, match="records' database is damaged"):
            await records.check()
        await records.close()

    asyncio.run(go())
