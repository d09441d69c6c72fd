"""The ledger in one SQLite file, shared by the processes of one user."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aicontext.adapters.database import connected, reason, write_ahead
from aicontext.domain.errors import Unavailable

DAY = 86_400.0
"""Seconds after which no provider holds what was sent, and no state is looked for."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
  key BLOB PRIMARY KEY, state BLOB NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
"""
_BATCH = 500


class SqliteLedger:
    """Safe for threads, for several processes and for `kill -9`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def note(self, key: bytes, state: bytes, at: float) -> None:
        with self._opened(at) as base:
            base.execute("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", (key, state, at))

    def find(self, keys: Sequence[bytes]) -> tuple[int, bytes, float] | None:
        with self._opened() as base:
            for end in range(len(keys), 0, -_BATCH):
                some = keys[max(end - _BATCH, 0) : end]
                places = ",".join("?" * len(some))
                query = f"SELECT key, state, at FROM sent WHERE key IN ({places})"
                rows = {key: (state, at) for key, state, at in base.execute(query, some)}
                for index in range(end - 1, end - len(some) - 1, -1):
                    if keys[index] in rows:
                        return index, *rows[keys[index]]
        return None

    def close(self) -> None:
        with self._lock:
            if self._base:
                self._base.close()
            self._base = None

    @contextmanager
    def _opened(self, now: float | None = None) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._base is None:
                    self._base = self._connected()
                    if now is not None:
                        self._base.execute("DELETE FROM sent WHERE at < ?", (now - DAY,))
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
