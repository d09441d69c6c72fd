"""Reads what each line of a diff is: by counting what its hunk headers announce."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Part(IntEnum):
    """What a line of a diff is."""

    OUTSIDE = 0
    """Before, between and after diffs: commit messages, other output."""
    FILE = 1
    """Opens a file: `diff --git`, `Index:`."""
    META = 2
    """Says something about the file: renames, modes, `Binary files differ`."""
    PLUMBING = 3
    """Object ids and repeated paths: `index`, `---` and `+++` under a `diff --git`."""
    HUNK = 4
    CONTEXT = 5
    CHANGED = 6
    NOTE = 7
    """`\\ No newline at end of file`."""


HUNK = re.compile(r"(@{2,9}) ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? @{2,9}")
"""Groups: the signs, the old ranges, the new start, the new length."""
_RANGE = re.compile(r"-\d+(?:,(\d+))?")
_GIT = re.compile(r"diff --(?:git|cc|combined) ")
_META = re.compile(
    r"(?:new file|deleted file|old|new) mode |(?:similarity|dissimilarity) index |copy (?:from|to) "
    r"|rename (?:from|to) |Binary files |GIT binary patch|mode \d|\* Unmerged"
)
_INDEX = re.compile(r"index [0-9a-f]{4,64}[.,]")


@dataclass(frozen=True, slots=True)
class _Left:
    """What a hunk has yet to show. sides: old files, one but for a combined diff."""

    old: tuple[int, ...]
    new: int

    @property
    def done(self) -> bool:
        return self.new <= 0 and all(left <= 0 for left in self.old)

    def after(self, line: str) -> _Left | None:
        """What is left after `line`; None where the line cannot stand in a hunk."""
        signs = (line[: len(self.old)] or " ").ljust(len(self.old))
        if signs.strip("+- \t\r"):
            return None
        removed = "-" in signs
        old = tuple(
            left - (sign == "-" or (sign != "+" and not removed))
            for sign, left in zip(signs, self.old, strict=True)
        )
        return _Left(old, self.new - (not removed))


def read(lines: Sequence[str]) -> list[Part]:
    """What each line is. Lines behind a hunk's announced length are outside of it."""
    parts: list[Part] = []
    left: _Left | None = None
    in_git = False
    for line in lines:
        if left is not None and not left.done and (after := left.after(line)) is not None:
            signs = line[: len(left.old)]
            parts.append(Part.CHANGED if "+" in signs or "-" in signs else Part.CONTEXT)
            left = after
            continue
        if opened := HUNK.match(line):
            left = _opened(opened)
            parts.append(Part.HUNK)
            continue
        part = _between(line, in_git, left is not None)
        left = left if part is Part.NOTE else None
        in_git = _GIT.match(line) is not None or (in_git and part in (Part.META, Part.PLUMBING))
        parts.append(part)
    return parts


def _opened(match: re.Match[str]) -> _Left:
    old = tuple(int(length or 1) for length in _RANGE.findall(match[2]))
    return _Left(old, int(match[4] or 1) if match[4] != "0" else 0)


def _between(line: str, in_git: bool, in_hunk: bool) -> Part:
    if in_hunk and line.startswith("\\ "):
        return Part.NOTE
    if _GIT.match(line) or line.startswith("Index: "):
        return Part.FILE
    if line.startswith(("--- ", "+++ ")):
        return Part.PLUMBING if in_git else Part.META
    if _INDEX.match(line) or (line.startswith("=====") and not line.strip("=")):
        return Part.PLUMBING
    return Part.META if _META.match(line) else Part.OUTSIDE
