"""The ledger in one SQLite file, shared by the processes of one user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from aicontext.adapters.database import connected, reason, write_ahead
from aicontext.domain.errors import Unavailable
from aicontext.kit.threads.behind import WriteBehind

DAY = 86_400.0
"""Seconds after which no provider holds what was sent, and no state is looked for."""

LINGER = 0.05
"""Seconds for which notes wait for others: a commit takes a tenth of a call's CPU."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
  key BLOB PRIMARY KEY, state BLOB NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
"""
_BATCH = 500
_TIDY, _CLOSING = 3600.0, 2.0

_Found: TypeAlias = tuple[int, bytes, float]


class SqliteLedger:
    """Safe for threads and for several processes; `kill -9` loses LINGER seconds at most."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base: sqlite3.Connection | None = None
        self._lock = Lock()
        self._notes: WriteBehind[bytes, tuple[bytes, float]] = WriteBehind(
            self._commit, LINGER, "aicontext-ledger"
        )
        self._tidied = -DAY

    def note(self, key: bytes, state: bytes, at: float) -> None:
        self._notes.put(key, (state, at))

    def find(self, keys: Sequence[bytes]) -> tuple[int, bytes, float] | None:
        notes = self._notes.unsaved()
        last = next((at for at in range(len(keys) - 1, -1, -1) if keys[at] in notes), -1)
        noted = None if last < 0 else (last, *notes[keys[last]])
        return (self._kept(keys, last + 1) if last + 1 < len(keys) else None) or noted

    def close(self) -> None:
        """Commits what waits."""
        self._notes.close(_CLOSING)
        with self._lock:
            if self._base:
                self._base.close()
            self._base = None

    def _kept(self, keys: Sequence[bytes], first: int) -> _Found | None:
        """The last of the keys from the first one on that is in the file."""
        with self._opened() as base:
            for end in range(len(keys), first, -_BATCH):
                some = keys[max(end - _BATCH, first) : end]
                places = ",".join("?" * len(some))
                query = f"SELECT key, state, at FROM sent WHERE key IN ({places})"
                rows = {key: (state, at) for key, state, at in base.execute(query, some)}
                for index in range(end - 1, end - len(some) - 1, -1):
                    if keys[index] in rows:
                        return index, *rows[keys[index]]
        return None

    def _commit(self, notes: Mapping[bytes, tuple[bytes, float]]) -> None:
        """Where the file cannot be used they are lost, and the prefixes are taken for new."""
        with suppress(Unavailable), self._opened() as base, base:
            base.execute("BEGIN IMMEDIATE")
            rows = [(key, *noted) for key, noted in notes.items()]
            base.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", rows)
            newest = max(at for _, _, at in rows)
            if newest > self._tidied + _TIDY:
                self._tidied = newest
                base.execute("DELETE FROM sent WHERE at < ?", (newest - DAY,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._base is None:
                    self._base = self._connected()
                yield self._base
            except (sqlite3.Error, OSError) as error:
                raise Unavailable(
                    f"The cache ledger {self._path} cannot be used: {reason(error)}.",
                    hint="Free some space, mend its permissions, or delete it: it may be lost.",
                ) from error

    def _connected(self) -> sqlite3.Connection:
        base = connected(self._path, timeout=2, threads=True)
        write_ahead(base, "OFF")
        base.executescript(_SCHEMA)
        return base
