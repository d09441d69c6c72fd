"""Memory that is not needed any more."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def give_back() -> None:
    """To the system, where the C library keeps it for later and knows how to (glibc)."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def keep_together() -> None:
    """Threads share one heap, so that none keeps free memory that another could use; of Python's
    only one runs at a time anyway (glibc). To be called before there are threads."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
