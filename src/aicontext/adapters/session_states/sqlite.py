"""States of projects in one SQLite file: durable, shared by processes, in versions."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from aicontext.adapters.database import at_schema, opened, unusable
from aicontext.domain.errors import Conflict, Unavailable
from aicontext.domain.sessions.state import About, Cited, Fact, SessionState, Version

SCHEMA = 1
"""Of the file, in its user_version."""

KEPT = 50
"""Versions of a project; of each writer the last one stays beside them."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (
  project TEXT NOT NULL, number INTEGER NOT NULL, tool TEXT NOT NULL, session TEXT NOT NULL,
  at REAL NOT NULL, state BLOB NOT NULL, PRIMARY KEY (project, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS versions_by_writer ON versions (project, tool, session, number);
"""
_READ = "SELECT number, state, tool, session, at FROM versions WHERE project = ?"
_LAST = "SELECT COALESCE(MAX(number), 0) FROM versions WHERE project = ?"
_OLD = """
DELETE FROM versions AS old WHERE project = ? AND number <= ? AND EXISTS (
  SELECT 1 FROM versions AS newer WHERE newer.project = old.project AND newer.tool = old.tool
  AND newer.session = old.session AND newer.number > old.number
)
"""


class SqliteSessionStates:
    """Safe for several processes and for `kill -9` at any point."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def latest(self, project: str, writer: tuple[str, str] | None = None) -> Version | None:
        asked, given = (" AND tool = ? AND session = ?", writer) if writer else ("", ())
        return next(
            self._read(f"{_READ}{asked} ORDER BY number DESC LIMIT 1", project, *given), None
        )

    def versions(self, project: str) -> Iterator[Version]:
        return self._read(f"{_READ} ORDER BY number DESC", project)

    def put(self, project: str, version: Version) -> None:
        row = (version.number, *version.writer, version.at, _packed(version.state))
        with self._open() as base:
            base.execute("BEGIN IMMEDIATE")
            (last,) = base.execute(_LAST, (project,)).fetchone()
            if version.number != last + 1:
                raise Conflict(f"Version {version.number} is not the next one.", hint="Try again.")
            base.execute("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", (project, *row))
            base.execute(_OLD, (project, version.number - KEPT))
            base.execute("COMMIT")

    def _read(self, query: str, *given: str) -> Iterator[Version]:
        if not self._path.exists():
            return
        with self._open(reading=True) as base:
            rows = base.execute(query, given).fetchall()
        for number, state, tool, session, at in rows:
            yield Version(number, self._unpacked(state), (tool, session), at)

    def _unpacked(self, body: bytes) -> SessionState:
        try:
            return _state(json.loads(zlib.decompress(body)))
        except (zlib.error, ValueError, TypeError) as error:
            raise Unavailable(
                f"The record of sessions {self._path} is damaged: {error}.",
                hint="Move it away, and a new one is begun.",
            ) from None

    @contextmanager
    def _open(self, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            with closing(opened(self._path, self._prepare, timeout=30, reading=reading)) as base:
                yield base
        except (OSError, sqlite3.Error) as error:
            raise unusable(f"The record of sessions {self._path}", error) from error

    def _prepare(self, base: sqlite3.Connection) -> None:
        at_schema(base, SCHEMA, _SCHEMA, f"The record of sessions {self._path}")


def _packed(state: SessionState) -> bytes:
    rows = [
        (fact.about, fact.key, fact.value, *fact.cited.writer, fact.cited.message, fact.cited.at)
        for fact in state.facts
    ]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def _state(rows: list[list[Any]]) -> SessionState:
    return SessionState(
        tuple(
            Fact(About(about), key, value, Cited(tool, session, message, at))
            for about, key, value, tool, session, message, at in rows
        )
    )
