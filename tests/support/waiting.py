"""Waiting for what other threads and processes do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

PATIENCE = 120.0
"""Seconds after which something hangs: far more than it takes on a machine that is busy."""

_PROGRESS = re.compile(r"^.+: (looking for what there is to do|[\d,]+ of [\d,]+), \d+ s\n", re.M)


def until(true: Callable[[], Result]) -> Result:
    """What `true` gives, once that is true."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "It did not come to pass."
        time.sleep(0.02)
    return found


def without_progress(printed: str) -> str:
    """What a command printed, without what it says while somebody waits for seconds."""
    return _PROGRESS.sub("", printed)
