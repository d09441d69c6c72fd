"""A source file as its definitions' signatures with line spans, and the bodies a query asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.code.asked import answers, behind_docstring, matching_rows
from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.outline import language_of, outline
from aicontext.engine.condense.code.reads import plain
from aicontext.engine.condense.code.shapes import CALLABLE, RECORD, VALUE
from aicontext.engine.condense.marks import Marks

SHARE = 0.245
"""Of a file's tokens, what signatures, values and bodies aim at; signatures may pass it."""
VALUES_A_PARENT = 24
"""Constants or fields shown of one class or file at most."""
_MEMBERS = 6
_SMALLEST = 12
_LEAST = 12
"""Tokens of room that are worth looking for a line."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source file: its lines, the number of its first line, and its outline."""

    lines: Sequence[str]
    number: int
    definitions: Sequence[Definition]

    @classmethod
    def of(cls, text: str, ask: Ask) -> Source | None:
        """The file that a text is or shows with line numbers; None where it has no outline."""
        read = plain(text)
        if read is not None and not read.contiguous:
            return None
        lines = read.lines if read is not None else text.split("\n")
        code = "\n".join(lines)
        definitions = outline(code, language_of(code, ask.path))
        return cls(lines, read.numbers[0] if read else 1, definitions) if definitions else None


def condense(text: str, ask: Ask, count: Count) -> Rendition | None:
    """Signatures with their spans, and in full the bodies that match the query best.

    A span `12-40` before a signature is what to read for its body; lines without a number follow
    the line above them. None where the text has no definitions or nothing is saved.
    """
    source = Source.of(text, ask)
    if source is None or len(source.lines) < _SMALLEST:
        return None
    total = count(text)
    share = int(SHARE * total)
    shown = _signature_rows(source, with_values=True)
    left = share - count(_render(source, sorted(shown)))
    if left < 0:
        shown = _signature_rows(source, with_values=False)
        left = share - count(_render(source, sorted(shown)))
    rows = sorted(shown | _asked_rows(source, ask.query, left, count))
    left_out = len(source.lines) - len(rows)
    result = f"{Marks.of(text).gap(left_out, note=_NOTE)}\n{_render(source, rows)}"
    if count(result) >= total:
        return None
    return Rendition(Level.SKELETON, result, _why(source, set(rows)))


_NOTE = "bodies left out, spans before signatures"


def _why(source: Source, rows: set[int]) -> str:
    functions = [d for d in source.definitions if d.kind in CALLABLE and d.last > d.head]
    bodies = [range(behind_docstring(source.lines, d), d.last) for d in functions]
    whole = sum(rows.issuperset(body) for body in bodies if body)
    partly = sum(not rows.isdisjoint(body) for body in bodies if body) - whole
    none = sum(map(bool, bodies)) - whole - partly
    return (
        f"{len(source.definitions):,} definitions with line spans; bodies: {whole:,} shown, "
        f"{partly:,} in part, {none:,} left out."
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
            parts.append((not answer.mentioned, -answer.worth / cost**0.5, cost, body))
    rows: set[int] = set()
    for _, _, cost, body in sorted(parts, key=lambda part: part[:2]):
        if cost <= budget:
            rows.update(body)
            budget -= cost
        elif budget > _LEAST:
            found = matching_rows(source.lines, body, query, min(budget, cost // 3), count)
            rows.update(found)
            budget -= sum(count(source.lines[row]) + 2 for row in found)
    return rows


def _signature_rows(source: Source, *, with_values: bool) -> set[int]:
    """Rows (from 0) of all signatures; with values also of constants and small records' members."""
    rows: set[int] = set()
    values: dict[int, int] = {}
    for d in source.definitions:
        if d.kind in VALUE:
            values[d.depth] = values.get(d.depth, 0) + 1
            if not with_values or values[d.depth] > VALUES_A_PARENT:
                continue
        else:
            values[d.depth + 1] = 0
        small = with_values and d.kind in RECORD and d.last - d.head <= _MEMBERS
        rows.update(range(d.first - 1, d.last if small else d.head))
    return rows


def _render(source: Source, rows: Iterable[int]) -> str:
    """The rows, spans before definitions, numbers before rows that follow on nothing."""
    spans = {d.first - 1: d.last for d in reversed(source.definitions)}
    shown, before = [], -2
    for row in rows:
        number = row + source.number
        last = spans.get(row, row + 1) + source.number - 1
        if row in spans:
            label = f"{number}-{last} " if last > number else f"{number} "
        else:
            label = "" if row == before + 1 else f"{number} "
        shown.append(label + source.lines[row])
        before = row
    return "\n".join(shown)
