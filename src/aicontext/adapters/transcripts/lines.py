"""JSON Lines that another program may be writing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGEST = 32 * 2**20
"""Bytes of a line that is looked at."""

_PIECE = 2**20
_DECODE = json.JSONDecoder().decode


class Lines:
    """The objects of a file from an offset on, a line each. marks: only lines that hold one of
    these are looked at.

    skipped: lines that were left out, by why. end: bytes up to the end of the last whole line.
    """

    def __init__(self, path: Path, offset: int = 0, marks: tuple[bytes, ...] = ()) -> None:
        self.skipped: Counter[str] = Counter()
        self.end = offset
        self._path = path
        self._marks = marks

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(offset of the line, the object). Raises OSError."""
        with self._path.open("rb") as file:
            file.seek(self.end)
            while line := file.readline(LONGEST):
                start = self.end
                whole = line.endswith(b"\n")
                if whole and self._marks and not _holds(line, self._marks):
                    self.end += len(line)
                    continue
                if len(line) == LONGEST and not whole:
                    line, whole = b"", self._pass(file)
                    self.skipped["too long"] += 1
                found = _parsed(line) if line.strip() else None
                if not whole and found is None:
                    # Its end is still to be written.
                    self.skipped["cut"] += bool(line)
                    return
                self.end = file.tell()
                if isinstance(found, dict):
                    yield start, found
                elif line.strip():
                    self.skipped["broken"] += 1

    def _pass(self, file: Any) -> bool:
        """Whether the rest of the line, unread, has an end."""
        while piece := file.readline(_PIECE):
            if piece.endswith(b"\n"):
                return True
        return False


def _holds(line: bytes, marks: tuple[bytes, ...]) -> bool:
    for mark in marks:  # noqa: SIM110 - a generator takes longer than the searches
        if mark in line:
            return True
    return False


def _parsed(line: bytes) -> object:
    try:
        found: object = _DECODE(line.decode())
    except (ValueError, RecursionError):
        return None
    return found
