"""JSON files that are read whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LARGEST = 512 * 2**20
"""Bytes of a file that is looked at."""


def document(path: Path, skipped: dict[str, int]) -> Any:
    """What the file holds; None, and counted, where it is too large or is not JSON.

    Raises OSError.
    """
    why = "too long"
    if path.stat().st_size <= LARGEST:
        try:
            return json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            why = "broken"
    skipped[why] = skipped.get(why, 0) + 1
    return None


def beside(path: Path, skipped: dict[str, int]) -> Any:
    """The same of a file that may be missing."""
    return document(path, skipped) if path.is_file() else None
