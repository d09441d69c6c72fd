"""The ledger in one SQLite file, shared by the processes of one user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import TypeAlias

from aicontext.adapters.database import connected, reason, write_ahead
from aicontext.domain.errors import Unavailable

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
        self._changed = Condition()
        self._waiting: dict[bytes, tuple[bytes, float]] = {}
        self._writer: Thread | None = None
        self._closing = False
        self._tidied = -DAY

    def note(self, key: bytes, state: bytes, at: float) -> None:
        with self._changed:
            alone = not self._waiting
            self._waiting[key] = state, at
            if self._writer is None:
                self._closing = False
                self._writer = Thread(target=self._work, name="aicontext-ledger", daemon=True)
                self._writer.start()
            elif alone:
                self._changed.notify()

    def find(self, keys: Sequence[bytes]) -> tuple[int, bytes, float] | None:
        with self._changed:
            places = range(len(keys) - 1, -1, -1)
            last = next((index for index in places if keys[index] in self._waiting), None)
            waiting = None if last is None else (last, *self._waiting[keys[last]])
        first = 0 if waiting is None else waiting[0] + 1
        return (self._kept(keys, first) if first < len(keys) else None) or waiting

    def close(self) -> None:
        """Commits what waits."""
        with self._changed:
            writer, self._writer, self._closing = self._writer, None, True
            self._changed.notify()
        if writer is not None:
            writer.join(_CLOSING)
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

    def _work(self) -> None:
        while self._waits():
            try:
                self._commit()
            except Unavailable:
                with self._changed:
                    self._waiting.clear()

    def _waits(self) -> bool:
        """Whether notes wait, once they did for long enough; False where it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(lambda: self._closing, LINGER)
            return bool(self._waiting)

    def _commit(self) -> None:
        with self._opened() as base, base:
            # Who does not find them waiting any more waits for the file, and finds them there.
            with self._changed:
                taken, self._waiting = self._waiting, {}
            base.execute("BEGIN IMMEDIATE")
            rows = [(key, *noted) for key, noted in taken.items()]
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
