"""Databases of one user."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from typing import Any

import pytest
from old_events import of_schema

from aicontext.adapters.archive.sqlite import SqliteArchive
from aicontext.adapters.database import connected, write_ahead
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.adapters.ledger.sqlite import SqliteLedger
from aicontext.adapters.webhooks.sqlite import SqliteWebhooks
from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome


def test_only_its_owner_may_read_it_or_its_logs(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    base = connected(folder / "some.db", timeout=1)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("CREATE TABLE kept (text TEXT)")
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    base.close()
    assert modes == {"some.db": 0o600, "some.db-wal": 0o600, "some.db-shm": 0o600}


def test_those_who_make_it_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        for number in range(150):
            path, all_there = tmp_path / f"{number}.db", Barrier(4)

            def make(_: int, path: Path = path, all_there: Barrier = all_there) -> str:
                with closing(connected(path, timeout=10)) as base:
                    all_there.wait()
                    write_ahead(base)
                    return str(base.execute("PRAGMA journal_mode").fetchone()[0])

            assert list(threads.map(make, range(4))) == ["wal"] * 4


AS_NOBODY = """
import os, sys
from pathlib import Path
from aicontext.adapters.archive.sqlite import SqliteArchive
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.analytics.usage import Dimension, UsageQuery
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
home = Path(sys.argv[1])
archive = SqliteArchive(home / "archive.db", 2**20)
by_key = UsageQuery(by=tuple(Dimension))
for name in ("usage.db", "old.db", "last.db"):
    print([event.id for event in SqliteEvents(home / name).since(0)], end=" ")
    print([row.sums.calls for row in SqliteEvents(home / name).usage(by_key)])
print(archive.size()[0], archive.get(sys.argv[2]), *archive.held("kept", "other"))
try:
    archive.put("more")
except Exception as error:
    print(error)
"""


@pytest.mark.parametrize(
    "read",
    [
        lambda path: SqliteArchive(path, 2**20).get("0" * 12),
        lambda path: list(SqliteEvents(path).since(0.0)),
        lambda path: SqliteWebhooks(path).endpoints(),
    ],
    ids=["archive", "events", "webhooks"],
)
def test_of_a_damaged_file_the_way_out_is_told(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    (tmp_path / "some.db").write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable, match="cannot be used") as told:
        read(tmp_path / "some.db")
    assert told.value.hint.startswith("Restore a backup")


@pytest.mark.parametrize(
    ("make", "use"),
    [
        (SqliteLedger, lambda ledger: ledger.find([bytes(32)])),
        (lambda path: SqliteArchive(path, 2**20), lambda archive: archive.put("some")),
        (SqliteEvents, lambda events: list(events.since(0.0))),
    ],
    ids=["ledger", "archive", "events"],
)
def test_a_schema_that_is_no_text_is_damage_like_any(
    tmp_path: Path, make: Callable[[Path], Any], use: Callable[[Any], object]
) -> None:
    """SQLite's own word on it cannot be read then."""
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE some (one)")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE \xeb\xebBLE"))
    with pytest.raises(Unavailable, match="cannot be used"):
        use(make(path))


def test_a_home_that_may_only_be_read_can_be_read() -> None:
    with TemporaryDirectory(dir="/tmp") as name:
        home = Path(name)
        event = UsageEvent("e1", 1.0, Caller(), "p", "u", "m", 200, Outcome.UNCHANGED)
        SqliteEvents(home / "usage.db").append([event])
        SqliteEvents(home / "old.db").append([event])
        SqliteEvents(home / "last.db").append([event])
        of_schema(4, home / "old.db")
        of_schema(9, home / "last.db")
        (handle,) = SqliteArchive(home / "archive.db", 2**20).put("kept")
        for path in home.iterdir():
            path.chmod(0o444)
        home.chmod(0o555)
        words = [sys.executable, "-c", AS_NOBODY, name, handle]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        home.chmod(0o755)
    lines = done.stdout.splitlines()
    assert lines[:4] == ["['e1'] [1]"] * 3 + [f"1 kept {handle}"]
    assert "archive.db cannot be used" in lines[4]
    assert "Errno" not in lines[4]
