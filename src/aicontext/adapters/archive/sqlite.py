"""Originals in one SQLite file: durable, shared by processes, bounded in size.

Policy: when the compressed originals pass the limit, the least recently used go first, a tenth of
the limit at a time. What was just put always stays.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aicontext.adapters.archive.handles import checked
from aicontext.adapters.archive.plain_files import PlainFiles
from aicontext.adapters.database import opened, unusable, write_ahead
from aicontext.domain.context import HANDLE_LENGTH, digest
from aicontext.domain.errors import NotFound, Unavailable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS originals (
  digest TEXT PRIMARY KEY, body BLOB NOT NULL, size INTEGER NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS originals_by_use ON originals (used, size);
"""
_KNOWN = "SELECT 1 FROM originals WHERE digest = ?"
_NEXT_USE = "(SELECT COALESCE(MAX(used), 0) + 1 FROM originals)"


class SqliteArchive:
    """The archive of one user; safe for several processes and for `kill -9` at any point."""

    def __init__(self, path: Path, limit: int) -> None:
        """limit: bytes of compressed text to keep at most."""
        self._path = path
        self._limit = limit
        self._files = PlainFiles(path.parent / "originals")

    def put(self, *texts: str) -> tuple[str, ...]:
        wanted = {digest(text): text for text in texts}
        with self._open() as base:
            if all(base.execute(_KNOWN, (key,)).fetchone() for key in wanted):
                # Only the order of use changes: `kill -9` leaves it whole, a power cut may undo it.
                base.execute("PRAGMA synchronous = NORMAL")
            base.execute("BEGIN IMMEDIATE")
            for key, text in wanted.items():
                known = f"UPDATE originals SET used = {_NEXT_USE} WHERE digest = ?"
                if not base.execute(known, (key,)).rowcount:
                    body = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
                    new = f"INSERT INTO originals VALUES (?, ?, ?, {_NEXT_USE})"
                    base.execute(new, (key, body, len(body)))
            self._evict(base, wanted)
            base.execute("COMMIT")
        handles = {text: key[:HANDLE_LENGTH] for key, text in wanted.items()}
        return tuple(handles[text] for text in texts)

    def held(self, *texts: str, exposed: bool = False) -> frozenset[str]:
        keys = map(digest, texts)
        with self._open(reading=True) as base:
            known = [key for key in keys if base.execute(_KNOWN, (key,)).fetchone()]
        kept = (key[:HANDLE_LENGTH] for key in known)
        return frozenset(key for key in kept if not exposed or self._files.holds(key))

    def expose(self, *texts: str) -> str:
        if texts:
            self.put(*texts)
        return self._files.write(texts)

    def get(self, handle: str) -> str:
        wanted = checked(handle)
        with self._open(reading=True) as base:
            rows = base.execute(
                "SELECT digest, body FROM originals WHERE digest >= ? AND digest < ? LIMIT 2",
                (wanted, wanted + "g"),
            ).fetchall()
            if len(rows) != 1:
                raise NotFound(
                    f"The archive holds no single text for the handle {wanted}.",
                    hint="It may have been evicted, or it was made under another AICONTEXT_HOME.",
                )
            # A full disk can still be read: only the order of use is not kept then.
            with suppress(sqlite3.Error):
                base.execute(
                    f"UPDATE originals SET used = {_NEXT_USE} WHERE digest = ?", rows[0][:1]
                )
        try:
            text = zlib.decompress(rows[0][1]).decode("utf-8", "surrogatepass")
        except (zlib.error, UnicodeDecodeError, TypeError):
            raise self._damaged(wanted) from None
        if digest(text) != rows[0][0]:
            raise self._damaged(wanted)
        return text

    def size(self) -> tuple[int, int]:
        with self._open(reading=True) as base:
            count, total = base.execute("SELECT COUNT(*), SUM(size) FROM originals").fetchone()
        return count, total or 0

    def clear(self) -> None:
        with self._open() as base:
            base.execute("DELETE FROM originals")
        self._files.clear()

    def _evict(self, base: sqlite3.Connection, keep: Container[str]) -> None:
        (total,) = base.execute("SELECT COALESCE(SUM(size), 0) FROM originals").fetchone()
        if total <= self._limit:
            return
        excess = total - self._limit + self._limit // 10
        doomed = []
        for key, size in base.execute("SELECT digest, size FROM originals ORDER BY used"):
            if excess <= 0:
                break
            if key not in keep:
                doomed.append((key,))
                excess -= size
        base.executemany("DELETE FROM originals WHERE digest = ?", doomed)
        self._files.remove(key[:HANDLE_LENGTH] for (key,) in doomed)

    @contextmanager
    def _open(self, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            base = opened(self._path, _prepare, timeout=30, reading=reading)
        except (OSError, sqlite3.Error) as error:
            raise self._unavailable(error) from error
        try:
            yield base
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        finally:
            base.close()

    def _damaged(self, handle: str) -> Unavailable:
        return Unavailable(
            f"The archived text {handle} is damaged.", hint=f"Check the disk under {self._path}."
        )

    def _unavailable(self, error: Exception) -> Unavailable:
        return unusable(f"The archive {self._path}", error)


def _prepare(base: sqlite3.Connection) -> None:
    write_ahead(base)
    base.executescript(_SCHEMA)
