"""The rows of a log that is made smaller."""

from __future__ import annotations

from typing import NamedTuple

from aicontext.engine.condense.marks import Marks

LONG = 4_000
"""Characters that a row shows; of a longer line its two ends."""


class Row(NamedTuple):
    """A line of the folded log. open: it belongs to no test and may be folded further."""

    text: str
    open: bool = False
    lines: int = 1


def shorten(line: str, marks: Marks) -> str:
    """The line, or the two ends of a very long one with a mark between."""
    if len(line) <= LONG:
        return line
    half = LONG // 2
    return line[:half] + marks.gap(len(line) - LONG, "characters") + line[-half:]
