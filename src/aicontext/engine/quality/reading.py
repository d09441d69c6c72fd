"""A text's lines as a terminal would show them, and what tools put around or before them."""

from __future__ import annotations

import re

LONGEST = 400
"""Characters of a line that count as evidence; of longer lines the start, up to a blank."""

_ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?|\x1b\][^\x07\x1b\n]*+\x07?|\x1b.?")
_STAMP = re.compile(
    r"(?:[^\t\n]{1,200}\t[^\t\n]{1,200}\t)?"
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:?\d\d)(?: |\Z)"
)


def lines_of(text: str) -> list[str]:
    """The lines without escapes; of one overprinted by carriage returns the last state."""
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPE.sub("", text)
    lines = text.split("\n")
    return [_last_state(line) for line in lines] if "\r" in text else lines


def _last_state(line: str) -> str:
    return next((state for state in reversed(line.split("\r")) if state.strip()), "")


def unstamped(line: str) -> str:
    """The line without the time that a build service put before it."""
    found = _STAMP.match(line)
    return line[found.end() :] if found else line


def fold(text: str) -> str:
    """The text with each run of white space as one blank, none at its ends."""
    return " ".join(text.split())


def clipped(line: str) -> str:
    """The folded line; of a long one as many of its first words as fit LONGEST."""
    if len(line) > LONGEST:
        line = line[: LONGEST + 1]
        line = line.rpartition(" ")[0] or line[:LONGEST]
    return fold(line)
