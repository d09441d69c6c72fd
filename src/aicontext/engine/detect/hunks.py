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
_CHANGES = ("+", "-")
_INDEX = re.compile(r"index [0-9a-f]{4,64}[.,]")


@dataclass(slots=True)
class _Left:
    """What a hunk has yet to show. old: lines of each old file, one but for a combined diff."""

    old: list[int]
    new: int

    def take(self, line: str) -> Part | None:
        """What the line is; None where it cannot stand in the hunk, or nothing is left of it."""
        if self.new <= 0 and max(self.old) <= 0:
            return None
        signs = line[: len(self.old)] or " "
        if signs.strip("+- \t\r"):
            return None
        removed, added = "-" in signs, "+" in signs
        for side, sign in enumerate(signs.ljust(len(self.old))):
            self.old[side] -= sign == "-" or (sign != "+" and not removed)
        self.new -= not removed
        return Part.CHANGED if removed or added else Part.CONTEXT

    def run(self, lines: Sequence[str], at: int) -> list[Part]:
        """What the lines from `at` on are, as long as they stand in the hunk of one old file."""
        parts: list[Part] = []
        old, new = self.old[0], self.new
        changed, context = Part.CHANGED, Part.CONTEXT
        for row in range(at, len(lines)):
            if new <= 0 and old <= 0:
                break
            sign = lines[row][:1]
            if sign.strip("+- \t\r"):
                break
            old -= sign != "+"
            new -= sign != "-"
            parts.append(changed if sign in _CHANGES else context)
        self.old[0], self.new = old, new
        return parts


def read(lines: Sequence[str]) -> list[Part]:
    """What each line is. Lines behind a hunk's announced length are outside of it."""
    parts: list[Part] = []
    left: _Left | None = None
    in_git = False
    while len(parts) < len(lines):
        if left is not None and len(left.old) == 1:
            parts += left.run(lines, len(parts))
            if len(parts) == len(lines):
                break
        line = lines[len(parts)]
        if left is not None and len(left.old) > 1 and (shown := left.take(line)) is not None:
            parts.append(shown)
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
    old = [int(length or 1) for length in _RANGE.findall(match[2])]
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
