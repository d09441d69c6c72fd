"""Standard input that may be endless."""

from __future__ import annotations

import os
import select
import time


def taken(limit: int, seconds: float) -> bytes | None:
    """All of standard input; None where it is more than `limit` bytes, or does not end in time.

    What is too much is taken in all the same, so that its writer is not cut off.
    """
    until, size = time.monotonic() + seconds, 0
    parts: list[bytes] = []
    while _ready(until):
        part = os.read(0, 1 << 16)
        if not part:
            return b"".join(parts) if size <= limit else None
        size += len(part)
        if size <= limit:
            parts.append(part)
    return None


def _ready(until: float) -> bool:
    """Whether there is something to read; where a pipe cannot be waited for, it is read anyway."""
    left = max(0.0, until - time.monotonic())
    return os.name != "posix" or bool(select.select([0], [], [], left)[0])
