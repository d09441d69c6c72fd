"""A lock among processes, which ends with the process that holds it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aicontext.domain.errors import Unavailable

_PATIENCE = 120.0
_PAUSE = 0.02
"""Seconds: for other writers in all, and between two tries."""

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: int) -> None:
        """Hold the lock on the open file until it is closed. Raises OSError where it is held."""
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def try_lock(file: int) -> None:
        """Hold the lock on the open file until it is closed. Raises OSError where it is held."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock at `path`, a file that stays. Raises Unavailable, OSError."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(file)
        yield
    finally:
        os.close(file)


def _acquire(file: int) -> None:
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            return try_lock(file)
        except OSError:
            if time.monotonic() > ends:
                raise Unavailable(
                    f"Another process has been writing this index for {_PATIENCE:.0f} seconds.",
                    hint="Try again when it is done.",
                ) from None
        time.sleep(_PAUSE)
