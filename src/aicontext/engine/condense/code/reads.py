"""Numbered file reads (`cat -n`, `nl`, agents' read tools) with a number at every tenth line only.

The sparse form is lossless. Line by line it is read back so:

- a line with a number, in the style of the first such line, stands as it was;
- a line of blanks only stands as it was (`nl` leaves blank lines without a number), and so does
  an empty last line;
- any other line is the next one, and its number one higher than that of the line before;
- lines before the first number and lines after the mark that numbers end stand as they were.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from aicontext.domain.context import Count, Level, Rendition
from aicontext.engine.condense.marks import Marks
from aicontext.engine.detect.numbering import NUMBERED, numbered

EVERY = 10
"""Lines whose number is a multiple of this keep it."""

_PREAMBLE = 12
_SAMPLE = 400
_DIGITS = re.compile(r" *\d+")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A file read without its line numbers.

    lines: the file's lines, in order. numbers: their numbers; 0 for a blank line without one.
    rows: where each stands in the text's own lines. before, after: lines around the read.
    """

    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    rows: range
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def contiguous(self) -> bool:
        """Whether no line is missing between the first and the last."""
        first = self.numbers[0]
        return self.numbers == tuple(range(first, first + len(self.numbers)))


@dataclass(frozen=True, slots=True)
class Style:
    """How a tool writes a line's number: right-aligned to `width`, then `gap`."""

    width: int
    gap: str

    @classmethod
    def of(cls, line: str) -> Style | None:
        match = NUMBERED.match(line)
        digits = _DIGITS.match(line)
        if match is None or digits is None or match.end() == digits.end():
            return None
        return cls(digits.end(), line[digits.end() : match.end()])

    def prefix(self, number: int) -> str:
        return str(number).rjust(self.width) + self.gap

    def split(self, line: str) -> tuple[int, str] | None:
        """(number, rest) of a line that carries a number exactly in this style."""
        found = _in_style(self.gap).match(line)
        if found is None:
            return None
        start, end = found.span(1)
        aligned = end == self.width if start else end >= self.width
        return (int(found[1]), line[found.end() :]) if aligned else None


@lru_cache(maxsize=16)
def _in_style(gap: str) -> re.Pattern[str]:
    return re.compile(rf" *(0|[1-9][0-9]{{0,11}}){re.escape(gap)}")


def plain(text: str) -> Numbered | None:
    """The file that a numbered read shows; None where the text is none."""
    lines = text.split("\n")
    found = _start(lines)
    if found is None:
        return None
    start, style = found
    code: list[str] = []
    numbers: list[int] = []
    for line in lines[start:]:
        following = numbers[-1] + 1 if numbers else 0
        prefix = style.prefix(following)
        if following > 1 and line.startswith(prefix):
            code.append(line[len(prefix) :])
            numbers.append(following)
            continue
        parts = style.split(line)
        if parts is None and line.strip():
            break
        if parts is not None and numbers and parts[0] <= max(numbers[-1], 0):
            break
        code.append(parts[1] if parts else "")
        numbers.append(parts[0] if parts else 0)
    while numbers and not numbers[-1]:
        code.pop()
        numbers.pop()
    end = start + len(code)
    if len(code) < 2:
        return None
    around = tuple(lines[:start]), tuple(lines[end:])
    return Numbered(tuple(code), tuple(numbers), range(start, end), *around)


def sparse(text: str, count: Count) -> Rendition | None:
    """The read with a number at its first line, at every tenth and after gaps; None if no gain."""
    lines = text.split("\n")
    found = _start(lines)
    if found is None:
        return None
    start, style = found
    marks = Marks.of(text)
    shown, dropped = _thin(lines[start:], style, ends(marks))
    result = "\n".join(lines[:start] + shown)
    if not dropped or count(result) >= count(text):
        return None
    return Rendition(Level.LOSSLESS, result, f"{dropped:,} line numbers left out: each follows on")


def ends(marks: Marks) -> str:
    """The mark after which lines carry no numbers."""
    return f"{marks.opening} line numbers end]"


def _thin(lines: Sequence[str], style: Style, end: str) -> tuple[list[str], int]:
    """(the lines in sparse form, how many numbers were left out)."""
    shown: list[str] = []
    expected, dropped = 0, 0
    for i, line in enumerate(lines):
        parts = style.split(line)
        final = i == len(lines) - 1
        if parts is None:
            # An empty line would be read back as the next numbered one, were it not the last.
            if line.strip() or not (line or final):
                return [*shown, end, *lines[i:]], dropped
            shown.append(line)
            continue
        number, rest = parts
        keep = number != expected or number % EVERY == 0 or final or rest.isspace()
        if keep or style.split(rest) is not None:
            shown.append(line)
        else:
            shown.append(rest)
            dropped += 1
        expected = number + 1
    return shown, dropped


def _start(lines: Sequence[str]) -> tuple[int, Style] | None:
    """(row of the first numbered line, its style) where the text is a numbered read."""
    for start, line in enumerate(lines[: _PREAMBLE + 1]):
        style = Style.of(line)
        if style is not None and numbered([lines[start : start + _SAMPLE]]):
            return start, style
        if style is not None:
            return None
    return None
