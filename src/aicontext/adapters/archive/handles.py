"""Handles as people type them."""

from __future__ import annotations

import re

from aicontext.domain.errors import InvalidInput

_HANDLE = re.compile(r"[0-9a-f]{8,64}")


def checked(handle: str) -> str:
    """The handle in lower case. Raises InvalidInput unless it is 8 to 64 hex digits."""
    wanted = handle.strip().lower()
    if not _HANDLE.fullmatch(wanted):
        raise InvalidInput(
            f"{handle[:80]!r} is no archive handle.",
            hint="A handle is the 12 hex digits that a mark shows, such as 3f9a2c1b7d20.",
        )
    return wanted
