"""Time, to be passed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Clock:
    """now: seconds since the epoch. tick: seconds from anywhere, never going back."""

    now: Callable[[], float] = time.time
    tick: Callable[[], float] = time.perf_counter

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)


CLOCK = Clock()
"""The machine's own."""


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The zone of that name in the IANA database; UTC needs none. Raises LookupError."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LookupError(name) from None
