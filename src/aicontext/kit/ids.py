"""Identifiers."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random  # noqa: TID251 - where it comes from

NewId = Callable[[float], str]

_CHANCE = Random()
"""Seeded by the system; asking it for each id would hand the interpreter to another thread."""

# What is forked would else go on with the same numbers.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_CHANCE.seed)


def time_ordered(now: float) -> str:
    """A unique id of 32 hexadecimal digits that sorts by time (RFC 9562's version 7, with 12 bits
    of what is below a millisecond: its method 3).

    now: seconds since the epoch.
    """
    milliseconds, rest = divmod(now * 1000, 1)
    high = int(rest * 4096) | 0x7000
    low = _CHANCE.getrandbits(62) | 1 << 63
    return f"{int(milliseconds) & (1 << 48) - 1:012x}{high:04x}{low:016x}"
