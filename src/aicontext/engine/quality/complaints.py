"""Evidence of what linters, type checkers and compilers found: places and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.context import Evidence, Form
from aicontext.engine.quality.reading import LONGEST, clipped

_PLACED = re.compile(r"((?:[A-Za-z]:)?[^\s:(][^:\t\n(]{0,299})[:(](\d{1,9})(?:[:,](\d{1,9}))?\b\)?")
_ARROW = re.compile(r" {0,12}--> (\S.{0,299}?):(\d{1,9}):(\d{1,9})\s{0,8}\Z")
_LISTED = re.compile(r" {1,8}(\d{1,9}):(\d{1,9}) {1,40}(?=error|warning|info)")
_LEADING = re.compile(r"[:\s]{0,8}(?:- )?")
_SAYS = re.compile(r"(?:fatal |internal )?(?:error|warning|note|info|hint)\b|[A-Z]{1,8}-?\d{2,5}\b")


def of_lint(lines: Sequence[str]) -> Iterator[Evidence]:
    """The place and the message of every finding, in all forms that tools print."""
    path = above = ""
    for line in lines:
        if arrow := _ARROW.match(line):
            yield from _finding(arrow[1], arrow[2], arrow[3], above)
        elif listed := _LISTED.match(line):
            yield from _finding(path, listed[1], listed[2], line[listed.end() :])
        elif placed := _PLACED.match(line):
            said = line[_LEADING.match(line, placed.end()).end() :]  # type: ignore[union-attr]
            if _SAYS.match(said):
                yield from _finding(placed[1], placed[2], placed[3], said)
        if line[:1].strip():
            path = above = line.strip()


def _finding(path: str, line: str, column: str | None, said: str) -> Iterator[Evidence]:
    yield Evidence("finding", (path, f"{line}:{column}" if column else line), Form.PLACE)
    if len(said) <= 4 * LONGEST and said.strip():
        yield Evidence("message", (clipped(said),))
