"""A source file as its definitions' signatures with line spans, and the bodies a query asks for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from operator import eq

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.code.asked import answers, behind_docstring, matching_rows
from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.lexical import KEYWORDS, introducing
from aicontext.engine.condense.code.outline import language_of, outline
from aicontext.engine.condense.code.reads import plain
from aicontext.engine.condense.code.shapes import CALLABLE, RECORD, VALUE
from aicontext.engine.condense.marks import Marks

SHARE = 0.245
"""Of a file's tokens, what signatures, values and bodies aim at; signatures may pass it."""
MORE = 1.5
"""Of the same share of the characters, so much is sure to pass it: signatures hold fewer blanks."""
VALUES_A_PARENT = 24
"""Constants or fields shown of one class or file at most."""
_MEMBERS = 6
_SMALLEST = 12
_PLAIN = re.compile(r"[\w$.:~]{1,120}")
_words = re.compile(r"[\w$]+").findall
_LEAST = 12
"""Tokens of room that are worth looking for a line."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source file: its lines, the number of its first line, and its outline.

    hidden: rows where a keyword defines, since a grammar may take them for plain tokens, as inside
    macros, or for values.
    """

    lines: Sequence[str]
    number: int
    definitions: Sequence[Definition]
    hidden: Sequence[int] = ()

    @classmethod
    def of(cls, text: str, ask: Ask) -> Source | None:
        """The file that a text is or shows with line numbers; None where it has no outline."""
        read = plain(text)
        if read is not None and not read.contiguous:
            return None
        code = "\n".join(read.lines) if read is not None else text
        lines = read.lines if read is not None else text.split("\n")
        definitions = outline(code, language_of(code, ask.path))
        if not definitions:
            return None
        hidden = tuple(introducing(code))
        return cls(lines, read.numbers[0] if read else 1, definitions, hidden)


class Detail(IntEnum):
    """How much of its signatures a skeleton shows."""

    VALUES = 3
    """All of them, constants, fields and the members of small records."""
    SIGNATURES = 2
    NAMES = 1
    """Of each signature the line with the name."""
    GROUPS = 0
    """Of declarations in a row the first; the names of the others in a mark."""


_VALUES, _, _NAMES, _GROUPS = Detail


def condense(text: str, ask: Ask, count: Count) -> Rendition | None:
    """Signatures with their spans, and in full the bodies that match the query best.

    A span `12-40` before a signature is what to read for its body; lines without a number follow
    the line above them. None where the text has no definitions or nothing is saved.
    """
    source = Source.of(text, ask)
    if source is None or len(source.lines) < _SMALLEST:
        return None
    total, marks = count(text), Marks.of(text)
    share = int(SHARE * total)
    most = MORE * SHARE * sum(map(len, source.lines))
    before: set[int] = set()
    for detail in Detail:
        rows, groups = _signature_rows(source, detail)
        if detail is not _GROUPS and (
            rows == before or sum(len(source.lines[row]) for row in rows) > most
        ):
            continue
        before = rows
        shown = _render(source, rows, groups, marks)
        left = share - count(shown)
        if left >= 0:
            break
    if not rows:
        return None
    if asked := _asked_rows(source, ask.query, left, count):
        rows |= asked
        groups = {row: d for row, d in groups.items() if row not in asked}
        shown = _render(source, rows, groups, marks)
    left_out = len(source.lines) - len(rows)
    result = f"{marks.gap(left_out, note=_NOTE)}\n{shown}"
    if count(result) >= total:
        return None
    return Rendition(Level.SKELETON, result, _why(source, rows))


_NOTE = "bodies left out, spans before signatures"


def _why(source: Source, rows: set[int]) -> str:
    functions = [d for d in source.definitions if d.kind in CALLABLE and d.last > d.head]
    spans = [range(behind_docstring(source.lines, d), d.last) for d in functions]
    bodies, shown = list(filter(None, spans)), sorted(rows)
    held = [bisect_left(shown, body.stop) - bisect_left(shown, body.start) for body in bodies]
    whole, none = sum(map(eq, held, map(len, bodies))), held.count(0)
    partly = len(bodies) - whole - none
    return (
        f"{len(source.definitions):,} definitions with line spans; bodies: {whole:,} shown, "
        f"{partly:,} in part, {none:,} left out"
    )


def _asked_rows(source: Source, query: str, budget: int, count: Count) -> set[int]:
    """Rows (from 0) of the bodies that answer the query, in at most `budget` tokens.

    Whole bodies by worth per square root of their tokens; where a body does not fit, its lines that
    match best.
    """
    parts = []
    for answer in answers(source.lines, source.definitions, query) if query else ():
        d = answer.definition
        if d.kind in CALLABLE and d.last > d.head:
            body = range(behind_docstring(source.lines, d), d.last)
            cost = count("\n".join(source.lines[body.start : body.stop])) + 2
            parts.append((not answer.mentioned, -answer.worth / cost**0.5, cost, d, body))
    rows: set[int] = set()
    for _, _, cost, d, body in sorted(parts, key=lambda part: part[:2]):
        if cost <= budget:
            rows.update(range(d.first - 1, d.head), body)
            budget -= cost
        elif budget > _LEAST:
            found = matching_rows(source.lines, body, query, min(budget, cost // 3), count)
            rows.update(found)
            budget -= sum(count(source.lines[row]) + 2 for row in found)
    return rows


def _signature_rows(source: Source, detail: Detail) -> tuple[set[int], dict[int, Definition]]:
    """(rows of all signatures, from 0; and what is told by name in a mark, by its row)."""
    rows: set[int] = set()
    values: dict[int, int] = {}
    named: dict[int, Definition] = {}
    # Looked up once: an enumeration's attributes take as long as all else that is done here.
    whole, names, grouped = detail is _VALUES, detail <= _NAMES, detail is _GROUPS
    for d in source.definitions:
        if d.kind in VALUE:
            values[d.depth] = values.get(d.depth, 0) + 1
            if not whole or values[d.depth] > VALUES_A_PARENT:
                continue
        else:
            values[d.depth + 1] = 0
        first, end = d.first - 1, d.head
        if names:
            first = _name_row(source.lines, d)
            end = first + 1
        elif d.kind in RECORD:
            if whole and d.last - d.head <= _MEMBERS:
                end = d.last
            elif d.last == d.head:
                end = min(end, first + _MEMBERS // 2)
        rows.update(range(first, end))
        if grouped and _is_declaration(source.lines[first], d):
            named[first] = d
    rows.update(source.hidden)
    groups = _groups(sorted(rows), named)
    return rows - groups.keys(), groups


def _name_row(lines: Sequence[str], d: Definition) -> int:
    """The row of a signature that holds the name."""
    if d.head == d.first:
        return d.first - 1
    name = _word(d.name)
    likely = [row for row in range(d.first - 1, d.head) if name and name in lines[row]]
    held = {row: _words(lines[row][:2_000]) for row in likely}
    rows = [row for row, words in held.items() if name in words]
    # The name may stand in an attribute or a template's parameters too, but without the keyword.
    said = [row for row in rows if not KEYWORDS.isdisjoint(held[row][: held[row].index(name)])]
    return next(iter(said or rows), d.first - 1)


def _word(name: str) -> str:
    found: list[str] = _words(re.split(r"[<(]", name[:200])[0])
    return found[-1] if found else ""


def _is_declaration(line: str, d: Definition) -> bool:
    """Whether a definition has no body, no keyword of its own, and a name that a mark can hold."""
    return (
        d.last == d.head
        and KEYWORDS.isdisjoint(_words(line[:2_000]))
        and _PLAIN.fullmatch(d.name) is not None
    )


def _groups(rows: Sequence[int], named: Mapping[int, Definition]) -> dict[int, Definition]:
    """The declarations that follow on others, by row; the first of a run stays a line."""
    found: dict[int, Definition] = {}
    for before, row in pairwise(rows):
        if before in named and row in named:
            found[row] = named[row]
    return found


def _render(
    source: Source, rows: Iterable[int], groups: Mapping[int, Definition], marks: Marks
) -> str:
    """The rows, spans before definitions, numbers before rows that follow on nothing; for groups
    a mark with their span and names."""
    lines, ahead = source.lines, source.number
    spans: dict[int, int] = {}
    rows = set(rows)
    for d in reversed(source.definitions):
        first = d.first - 1
        spans[first if first in rows else _name_row(lines, d)] = d.last
    shown, before = [], -2
    together: list[int] = []
    for row in (*sorted(rows | groups.keys()), -1):
        if row in groups:
            together.append(row)
            continue
        if together:
            shown.append(_group_mark(source, together, groups, marks))
            together = []
        if row < 0:
            break
        if row in spans:
            number, last = row + ahead, spans[row] + ahead - 1
            shown.append(
                f"{number}-{last} {lines[row]}" if last > number else f"{number} {lines[row]}"
            )
        elif row == before + 1:
            shown.append(lines[row])
        else:
            shown.append(f"{row + ahead} {lines[row]}")
        before = row
    return "\n".join(shown)


def _group_mark(
    source: Source, rows: Sequence[int], groups: Mapping[int, Definition], marks: Marks
) -> str:
    first = rows[0] + source.number
    last = groups[rows[-1]].last + source.number - 1
    names = ", ".join(dict.fromkeys(groups[row].name for row in rows))
    return marks.gap(len(rows), "declarations", f"{first}-{last} {names}")
