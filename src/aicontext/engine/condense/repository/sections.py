"""The parts of files that define nothing: settings, documents, styles, queries, build files.

A section begins at a heading, or at a line at the margin. One that is long is cut again by the
next indentation, as `jobs:` of a pipeline is into its jobs; short neighbours are one section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.detect.extensions import (
    CONFIG_OF,
    JSON_OF,
    PROSE_OF,
    TABLE_OF,
    code_language,
    extension,
)
from aicontext.engine.prioritize.index.grammar import UNDEFINED

SECTION = "section"
"""The kind of all of them."""
LONG = 40
"""Lines; a longer section is cut where it can be."""
FLAT, SHORT = 3, 16
"""Lines of a section that may be one with its neighbours, and of all these together."""
LONGEST_NAME = 60
MOST_LINES = 20_000
"""Longer files are data."""
_DEEPEST = 6
_TEXT_OF = {**PROSE_OF, "txt": "text", "": "text"}
_LANGUAGE_OF = {**CONFIG_OF, **JSON_OF, **TABLE_OF, **_TEXT_OF}
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_HEADING = re.compile(r"(?P<level>#{1,6}|={1,5}) +(?P<name>\S.*)")
_RULE = re.compile(r"([=\-~^\"'*+#])\1{2,}\s*\Z")
_TABLE = re.compile(r"\[{1,2}(?P<name>[^\[\]]{1,200})\]{1,2}\s*(?:[#;].*)?\Z")
_CLOSES = ("}", ")", "]", "</", "*/", "-->")
_COMMENT = re.compile(r"\s*(?:#(?![\w-])|//|--|/\*|<!--|;)")
_VALUE = re.compile(r"[:={(\[]\s*(?:\S.*)?\Z")
_Rows = tuple[int, int]
"""The first row and the one behind the last, from 0."""


def language_by_sections(path: str) -> str | None:
    """The language of a file that is shown by sections, by its name; None for code."""
    named = extension(path)
    coded = code_language(named)
    if coded:
        return coded if coded in UNDEFINED else None
    return _LANGUAGE_OF.get(named)


def sections(text: str, language: str = "") -> tuple[Definition, ...]:
    """The sections of a text in its order, those that a long one is cut into below it.

    Every line that says something is in one. Empty for a text of more than MOST_LINES lines. Linear
    in its length.
    """
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        return ()
    if language in TABLE_OF.values():
        return tuple(_section(lines, (0, len(lines)), 0))
    documents = language in _TEXT_OF.values()
    heads = list(_headings(lines) if documents else _tables(lines))
    return tuple(_chapters(lines, heads) if heads else _cut(lines, (0, len(lines)), 0))


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(row, level, name) of the headings of a document; those underlined have all one level."""
    fenced = False
    for row, (line, below) in enumerate(pairwise([*lines, ""])):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (found := _HEADING.match(line)):
            yield row, len(found["level"]), found["name"]
        elif not fenced and line[:1].isalnum() and _RULE.match(below):
            yield row, 1, line


def _tables(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(row, level, name) of lines such as `[section]`."""
    found = ((row, _TABLE.match(line)) for row, line in enumerate(lines))
    return ((row, 1, match["name"]) for row, match in found if match)


def _chapters(lines: Sequence[str], heads: Sequence[tuple[int, int, str]]) -> Iterator[Definition]:
    """A section a heading, below those of lower levels; first what stands before all of them."""
    yield from _cut(lines, (0, heads[0][0]), 0)
    open_: list[int] = []
    for (row, level, name), (end, _, _) in pairwise([*heads, (len(lines), 0, "")]):
        while open_ and open_[-1] >= level:
            open_.pop()
        yield from _section(lines, (row, end), len(open_), name)
        open_.append(level)


def _cut(lines: Sequence[str], rows: _Rows, depth: int) -> Iterator[Definition]:
    """The rows as sections by indentation, the long ones cut again, short neighbours as one."""
    held: _Rows | None = None
    for first, end in _blocks(lines, rows):
        inner = first + 1, end
        long = end - first > LONG and depth < _DEEPEST and len(list(_blocks(lines, inner))) > 1
        if held and _filled(lines, first, end) <= FLAT and end - held[0] <= SHORT:
            held = held[0], end
            continue
        if held:
            yield from _section(lines, held, depth)
        held = None if long else (first, end)
        if long:
            yield from _section(lines, (first, end), depth)
            yield from _cut(lines, inner, depth + 1)
    if held:
        yield from _section(lines, held, depth)


def _blocks(lines: Sequence[str], rows: _Rows) -> Iterator[_Rows]:
    """The rows from each line at their margin to the next, the comments right above it included."""
    filled = [row for row in range(*rows) if lines[row].strip()]
    margin = min((_width(lines[row]) for row in filled), default=0)
    starts = filled[:1]
    above = -1
    for row in filled[1:]:
        begins = _width(lines[row]) == margin and not lines[row].lstrip().startswith(_CLOSES)
        if begins and not (above == row - 1 and _COMMENT.match(lines[above])):
            starts.append(row)
        above = row
    return pairwise([*starts, rows[1]])


def _section(lines: Sequence[str], rows: _Rows, depth: int, name: str = "") -> Iterator[Definition]:
    first, end = rows
    while first < end and not lines[first].strip():
        first += 1
    while end > first and not lines[end - 1].strip():
        end -= 1
    if end > first:
        called = (name.strip() or _name(lines[first:end]))[:LONGEST_NAME]
        yield Definition(called, SECTION, first + 1, first + 1, end, depth)


def _name(lines: Sequence[str]) -> str:
    """What a section without a heading is called: its first line up to a value."""
    said = next((line for line in lines if not _COMMENT.match(line)), lines[0])
    said = said.strip()[:400]
    return _VALUE.sub("", said).strip(" \"'-").rstrip(".,") or said


def _filled(lines: Sequence[str], first: int, end: int) -> int:
    """How many of the rows, the first SHORT of them, hold something."""
    return sum(1 for line in lines[first : min(end, first + SHORT)] if line.strip())


def _width(line: str) -> int:
    return len(line) - len(line.lstrip())
