"""The statements of a long definition that answer a task best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aicontext.domain.context import Count
from aicontext.engine.condense.repository.units import Span, Unit
from aicontext.engine.prioritize.bm25 import scores

LONGEST_STATEMENT = 8
"""Lines; a longer one is its first line and the statements in it."""
GAP = 6
"""Tokens of the mark for lines left out; about."""
CLOSED = 2
"""Lines between two that are shown which are shown as well."""
_CLOSERS = (
    *("}", ")", "]", "*/", '"""', "end"),
    *("else", "elif", "except", "catch", "finally", "rescue"),
)


def excerpt(
    lines: Sequence[str], unit: Unit, query: str, budget: int, count: Count
) -> tuple[Span, ...]:
    """Its signature and whole statements in about `budget` tokens, ascending, without overlap.

    Those that match the query best, each with the first lines of those that enclose it; none where
    not even the signature fits or nothing matches.
    """
    rows = set(range(unit.span[0] - 1, unit.head))
    signature = len(rows)
    left = budget - GAP - _cost(lines, rows, count)
    blocks = list(statements(lines, range(unit.head, unit.span[1])))
    found = scores(query, ["\n".join(lines[row] for row in own) for own, _ in blocks])
    for i in sorted(range(len(blocks)), key=lambda i: (-found[i] / len(blocks[i][0]) ** 0.5, i)):
        if left <= GAP or found[i] <= 0:
            break
        own, around = blocks[i]
        wanted = {*own, *around} - rows
        if (cost := GAP + _cost(lines, wanted, count)) <= left:
            rows |= wanted
            left -= cost
    if left < 0 or len(rows) == signature:
        return ()
    return tuple(_spans(_closed(sorted(rows))))


def statements(
    lines: Sequence[str], rows: range, around: tuple[int, ...] = ()
) -> Iterator[tuple[range, tuple[int, ...]]]:
    """The rows, from 0, cut into statements by indentation, each with the first rows of those that
    enclose it."""
    starts = _starts(lines, rows)
    for start, stop in zip(starts, [*starts[1:], rows.stop][: len(starts)], strict=True):
        inner = range(start + 1, stop)
        if len(inner) < LONGEST_STATEMENT or len(_starts(lines, inner)) < 2:
            yield range(start, stop), around
        else:
            yield range(start, start + 1), around
            yield from statements(lines, inner, (*around, start))


def _starts(lines: Sequence[str], rows: range) -> list[int]:
    """The rows at the margin of a body that begin a statement, and its first row in any case."""
    begin = [row for row in rows if lines[row].strip() and not _closes(lines[row])]
    margin = min((_width(lines[row]) for row in begin), default=0)
    return sorted({*rows[:1], *(row for row in begin if _width(lines[row]) == margin)})


def _width(line: str) -> int:
    return len(line) - len(line.lstrip())


def _cost(lines: Sequence[str], rows: Iterable[int], count: Count) -> int:
    return count("\n".join(lines[row] for row in sorted(rows)) + "\n")


def _closes(line: str) -> bool:
    return line.lstrip().startswith(_CLOSERS)


def _closed(rows: Sequence[int]) -> list[int]:
    """The rows with the few between two of them that cost no more than the mark for leaving them
    out: a line by itself says little."""
    found = list(rows[:1])
    for row in rows[1:]:
        found += range(found[-1] + 1 if row - found[-1] <= CLOSED + 1 else row, row + 1)
    return found


def _spans(rows: Sequence[int]) -> Iterator[Span]:
    """Runs of rows, from 0, as spans of lines, from 1."""
    start = rows[0]
    for before, row in zip(rows, [*rows[1:], -1], strict=True):
        if row != before + 1:
            yield start + 1, before + 1
            start = row
