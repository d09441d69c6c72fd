"""Vectors in one SQLite file: what is durable, from which every index of them can be made anew."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from threading import Lock

from aicontext.adapters.database import at_schema, opened, unusable
from aicontext.domain.errors import InvalidInput
from aicontext.domain.storage.vectors import Filter, Item, Match, Space, unit, written

_SCHEMA = """
CREATE TABLE IF NOT EXISTS space (model TEXT NOT NULL, dimension INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (
  number INTEGER PRIMARY KEY AUTOINCREMENT, organisation TEXT NOT NULL, id TEXT NOT NULL,
  user TEXT NOT NULL, project TEXT NOT NULL, kind TEXT NOT NULL, metadata TEXT NOT NULL,
  vector BLOB NOT NULL, UNIQUE (organisation, id)
);
CREATE INDEX IF NOT EXISTS vectors_by_owner ON vectors (organisation, user, project, kind);
CREATE TABLE IF NOT EXISTS removals (
  number INTEGER PRIMARY KEY AUTOINCREMENT, vector INTEGER NOT NULL
);
CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON vectors BEGIN
  INSERT INTO removals (vector) VALUES (OLD.number);
  DELETE FROM removals WHERE number <= (SELECT MAX(number) FROM removals) - 100000;
END;
"""
_PATIENCE = 10.0
"""Seconds to wait for another process that writes."""

_COLUMNS = "id, user, project, kind, metadata, vector"


class VectorTable:
    """Safe for several processes, for threads, and for `kill -9` at any point."""

    def __init__(self, path: Path, space: Space) -> None:
        self.path = path
        self.space = space
        self._lock = Lock()
        self._base: sqlite3.Connection | None = None

    def put(self, items: Sequence[Item]) -> None:
        rows = [self._row(item) for item in items]
        with self.transaction(writing=True) as base:
            for row in rows:
                former = base.execute(
                    f"SELECT {_COLUMNS} FROM vectors WHERE organisation = ? AND id = ?", row[:2]
                ).fetchone()
                if former == row[1:]:
                    continue
                base.execute("DELETE FROM vectors WHERE organisation = ? AND id = ?", row[:2])
                base.execute(
                    f"INSERT INTO vectors (organisation, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row,
                )

    def remove(self, organisation: str, ids: Sequence[str]) -> int:
        one = "DELETE FROM vectors WHERE organisation = ? AND id = ?"
        with self.transaction(writing=True) as base:
            return sum(base.execute(one, (organisation, each)).rowcount for each in set(ids))

    def forget(self, where: Filter) -> int:
        sql, values = condition(where)
        with self.transaction(writing=True) as base:
            return base.execute(f"DELETE FROM vectors WHERE {sql}", values).rowcount

    def count(self, where: Filter) -> int:
        sql, values = condition(where)
        with self.transaction() as base:
            found = base.execute(f"SELECT COUNT(*) FROM vectors WHERE {sql}", values)
            return int(found.fetchone()[0])

    def every(self, after: tuple[str, str], limit: int) -> Sequence[Item]:
        with self.transaction() as base:
            rows = base.execute(
                f"SELECT organisation, {_COLUMNS} FROM vectors WHERE (organisation, id) > (?, ?)"
                " ORDER BY organisation, id LIMIT ?",
                (*after, limit),
            ).fetchall()
            return [_item(row) for row in rows]

    @contextmanager
    def transaction(self, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
        """One at a time; it sees one state, and is committed when left without an error.

        Raises InvalidInput where the vectors are of another space, and Unavailable.
        """
        with self._lock:
            try:
                base = self._base = self._base or self._opened()
                base.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                try:
                    self._check(base, writing=writing)
                    yield base
                    base.execute("COMMIT")
                finally:
                    if base.in_transaction:
                        base.execute("ROLLBACK")
            except (OSError, sqlite3.Error, ValueError) as error:  # The last is of a damaged row.
                raise unusable(f"The record of vectors {self.path}", error) from error

    def close(self) -> None:
        with self._lock:
            if self._base is not None:
                self._base.close()
                self._base = None

    def _opened(self) -> sqlite3.Connection:
        return opened(self.path, _prepare, timeout=_PATIENCE, threads=True)

    def _check(self, base: sqlite3.Connection, *, writing: bool) -> None:
        found = base.execute("SELECT model, dimension FROM space").fetchone()
        if found is None and writing:
            base.execute("INSERT INTO space VALUES (?, ?)", astuple(self.space))
        elif found not in (None, astuple(self.space)):
            raise InvalidInput(
                f"The vectors were made by {found[0]} ({found[1]} dimensions), "
                f"not by {self.space.model} ({self.space.dimension}).",
                hint=f"Set the embedding model back, or remove {self.path} to begin anew.",
            )

    def _row(self, item: Item) -> tuple[str, str, str, str, str, str, bytes]:
        metadata = written(item)
        vector = unit(item.vector, self.space).tobytes()
        owner = item.user, item.project, item.kind
        return item.organisation, item.id, *owner, metadata, vector


def best(base: sqlite3.Connection, scores: Mapping[int, float]) -> list[Match]:
    """Those of the vectors, by number, that are kept, with these scores; the best first."""
    found = []
    for number, score in sorted(scores.items(), key=lambda each: -each[1]):
        row = base.execute(
            "SELECT id, user, project, kind, metadata FROM vectors WHERE number = ?", (number,)
        ).fetchone()
        if row:
            own, user, project, kind, metadata = row
            found.append(
                Match(
                    id=own,
                    score=score,
                    user=user,
                    project=project,
                    kind=kind,
                    metadata=json.loads(metadata),
                )
            )
    return found


def condition(where: Filter) -> tuple[str, list[str]]:
    """SQL that holds for what is meant, and its values."""
    asked = [(each.name, getattr(where, each.name)) for each in fields(where)]
    given = [(name, value) for name, value in asked if value]
    return " AND ".join(f"{name} = ?" for name, _ in given), [value for _, value in given]


def _item(row: tuple[str, str, str, str, str, str, bytes]) -> Item:
    organisation, own, user, project, kind, metadata, vector = row
    return Item(
        organisation=organisation,
        id=own,
        user=user,
        project=project,
        kind=kind,
        metadata=json.loads(metadata),
        vector=array("f", vector),
    )


def _prepare(base: sqlite3.Connection) -> None:
    at_schema(base, 1, _SCHEMA, "The file of vectors")
    base.execute("PRAGMA secure_delete = ON")  # What is forgotten is not to stay in free pages.
