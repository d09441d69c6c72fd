"""Evidence of diffs: files, hunk positions and every changed line, as often as it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.context import Evidence, Form

_LINE = Form.LINE
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_COMBINED = re.compile(r"@@@+ (?:-\d{1,9}(?:,\d{1,9})? )+\+\d{1,9}(?:,\d{1,9})? @@@+")
_FILE = re.compile(r"(?:\+\+\+|---) (?:[abciw]/)?([^\t\n]{1,300})|rename to (.{1,300})")


def of_diff(lines: Sequence[str]) -> Iterator[Evidence]:
    """Counts the lines of each hunk, so that a removed `-- x` is no file and a file no change."""
    old = new = 0
    combined = False
    for line in lines:
        sign = line[:1]
        if old > 0 or new > 0:
            if sign in "+-" and sign:
                old, new = old - (sign == "-"), new - (sign == "+")
                yield from _change(line)
                continue
            if sign in (" ", "") or sign == "\\":
                step = sign != "\\"
                old, new = old - step, new - step
                continue
            old = new = 0
        if hunk := _HUNK.match(line):
            old, new, combined = int(hunk[1] or 1), int(hunk[2] or 1), False
            yield Evidence("hunk position", (hunk[0],))
        elif match := _COMBINED.match(line):
            combined = True
            yield Evidence("hunk position", (match[0],))
        elif found := _FILE.match(line):
            combined = False
            path = (found[1] or found[2]).strip()
            if path != "/dev/null":
                yield Evidence("changed file", (path,))
        elif combined and ("+" in line[:2] or "-" in line[:2]):
            yield from _change(line)


def _change(line: str) -> Iterator[Evidence]:
    if line[1:].strip():
        yield Evidence("changed line", (line,), _LINE)
