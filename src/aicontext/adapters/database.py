"""SQLite files that only their owner may read."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path


def connected(path: Path, *, timeout: float, threads: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode; the file and its folder are made where they are missing.

    timeout: seconds to wait for others. threads: several may use it, one at a time. Raises OSError,
    sqlite3.Error.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    base = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=not threads
    )
    # The folder may be older than us and open to others. Its logs take the mode of the file.
    with suppress(OSError):
        path.chmod(0o600)
    return base
