"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

PATIENCE = 120.0
"""Seconds after which something hangs: far more than it takes on a machine that is busy."""


def until(true: Callable[[], Result]) -> Result:
    """What `true` gives, once that is true."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "It did not come to pass."
        time.sleep(0.02)
    return found
