"""What is acknowledged was told to reach the disk: a kill alone proves nothing of a power cut."""

import asyncio
import errno
import os
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from usage_events import CALL

from aicontext.adapters import atomic
from aicontext.adapters.archive.plain_files import PlainFiles
from aicontext.adapters.archive.sqlite import SqliteArchive
from aicontext.adapters.blobs.folder import FolderObjects
from aicontext.adapters.bus.sql import sqlite_bus
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.adapters.session_states.sqlite import SqliteSessionStates
from aicontext.adapters.vectors.exact import ExactVectors
from aicontext.adapters.webhooks.sqlite import SqliteWebhooks
from aicontext.domain.context import handle
from aicontext.domain.errors import Unavailable
from aicontext.domain.extension.webhooks import Endpoint
from aicontext.domain.sessions.state import SessionState, Version
from aicontext.domain.storage.messages import Message
from aicontext.domain.storage.records import Organisation
from aicontext.domain.storage.vectors import Item, Space


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How soon what is committed has to be on disk, as each connection to SQLite was told."""
    told: list[str] = []

    class Watched(sqlite3.Connection):
        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            if found := re.match(r"PRAGMA synchronous = (\w+)", sql):
                told.append(found[1])
            return super().execute(sql, *given)

    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *given, **more: connect(*given, **more, factory=Watched)
    )
    return told


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes that were told to reach the disk."""
    found: list[int] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        found.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", watched)
    return found


async def _add_record(path: Path) -> None:
    records, one = SqliteRecords(path), "1" * 32
    at = datetime(2026, 1, 1, tzinfo=UTC)
    await records.migrate()
    async with records.transaction(None) as transaction:
        made = Organisation(id=one, organisation=one, created_at=at, name="n", slug="n")
        await transaction.add(made)
    await records.close()


async def _publish(path: Path) -> None:
    bus = sqlite_bus(path)
    await bus.publish([Message("1", "topic", "key", b"body")])
    await bus.close()


async def _put_vector(path: Path) -> None:
    vectors = ExactVectors(path, Space("a-model", 8))
    await vectors.put([Item(id="1", organisation="one", user="ada", vector=[1.0] * 8, kind="k")])
    await vectors.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda path: SqliteArchive(path, 2**20).put("an original"),
        lambda path: SqliteEvents(path).append([CALL]),
        lambda path: SqliteEvents(path, kept=True).append([CALL]),
        lambda path: SqliteSessionStates(path).put(
            "/p", Version(1, SessionState.of([]), ("x", "s"), 7.25)
        ),
        lambda path: SqliteWebhooks(path).keep(Endpoint("a", "https://a.example", ("s",))),
        lambda path: asyncio.run(_add_record(path)),
        lambda path: asyncio.run(_publish(path)),
        lambda path: asyncio.run(_put_vector(path)),
    ],
    ids=["archive", "events", "kept-events", "states", "webhooks", "records", "bus", "vectors"],
)
def test_what_a_database_commits_is_on_disk(
    tmp_path: Path, asked: list[str], write: Callable[[Path], object]
) -> None:
    write(tmp_path / "some.db")
    assert set(asked) == {"FULL"}


def test_only_of_an_original_that_is_kept_already_the_use_may_be_lost(
    tmp_path: Path, asked: list[str]
) -> None:
    archive = SqliteArchive(tmp_path / "archive.db", 2**20)
    archive.put("an original")
    asked.clear()
    archive.put("an original")
    assert asked == ["FULL", "NORMAL"]
    archive.put("an original", "and a new one")
    assert asked == ["FULL", "NORMAL", "FULL"]


def test_a_file_and_its_name_are_on_disk(tmp_path: Path, synced: list[int]) -> None:
    path = tmp_path / "file"
    atomic.replace(path, b"content")
    assert synced == [path.stat().st_ino, tmp_path.stat().st_ino]


def test_a_plain_original_and_its_name_are_on_disk(tmp_path: Path, synced: list[int]) -> None:
    folder = tmp_path / "originals"
    PlainFiles(folder).write(["an original", "another"])
    files = [(folder / handle(text)).stat().st_ino for text in ("an original", "another")]
    assert synced == [*files, folder.stat().st_ino]


def test_a_plain_original_that_is_not_on_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        PlainFiles(tmp_path).write(["an original"])
    assert list(tmp_path.iterdir()) == []


def test_a_content_and_its_name_are_on_disk(tmp_path: Path, synced: list[int]) -> None:
    (tmp_path / "file").write_bytes(b"content")
    root = tmp_path / "contents"
    asyncio.run(FolderObjects(root).put("a/b", tmp_path / "file"))
    due = [root / "a" / "b", root / "a", root]
    assert synced == [path.stat().st_ino for path in due]
