"""Which parts of functions' bodies a query asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aicontext.domain.context import Count
from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.shapes import CALLABLE
from aicontext.engine.prioritize.bm25 import scores

WHOLE = 16
"""Lines; shorter bodies are shown whole, longer ones by their matching lines."""
QUOTES = ('"""', "'''")


def asked_rows(
    lines: Sequence[str], definitions: Sequence[Definition], query: str, budget: int, count: Count
) -> list[range]:
    """Rows (from 0) of the bodies, or lines of long bodies, that match the query best.

    A part is worth its function's BM25 (names count twice), weighted by its own, per square root
    of its tokens; parts are taken in that order while they fit `budget` tokens.
    """
    functions = [d for d in definitions if d.kind in CALLABLE and d.last > d.head]
    texts = [" ".join((d.name, *lines[d.first - 1 : d.last])) for d in functions]
    parts: list[tuple[float, range]] = []
    for d, score in zip(functions, scores(query, texts) if query else (), strict=False):
        if score > 0:
            parts += ((score * own, rows) for own, rows in _parts(lines, d, query))
    ranked = []
    for worth, rows in parts:
        cost = count("\n".join(lines[rows.start : rows.stop])) + 2
        ranked.append((-worth / cost**0.5, rows.start, cost, rows))
    taken = []
    for _, _, cost, rows in sorted(ranked, key=lambda part: part[:2]):
        if cost <= budget:
            taken.append(rows)
            budget -= cost
    return taken


def _parts(lines: Sequence[str], d: Definition, query: str) -> Iterator[tuple[float, range]]:
    """(weight in 0..1, rows) of a body's parts: all of it, or each line that matches."""
    head = behind_docstring(lines, d)
    if d.last - head <= WHOLE:
        yield 1.0, range(head, d.last)
        return
    found = scores(query, lines[head : d.last])
    best = max(found, default=0.0) or 1.0
    for row, score in enumerate(found, head):
        if score > 0:
            yield score / best, range(row, row + 1)


def behind_docstring(lines: Sequence[str], d: Definition) -> int:
    """The first row of a body that is not part of its docstring."""
    opening = lines[d.head].strip()[:3]
    if opening not in QUOTES:
        return d.head
    for row in range(d.head, d.last):
        if opening in lines[row].strip()[3 if row == d.head else 0 :]:
            return min(row + 1, d.last)
    return d.head
