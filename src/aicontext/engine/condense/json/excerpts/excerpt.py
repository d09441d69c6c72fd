"""Choose the lines of a JSON document that a question needs."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from aicontext.domain.context import Ask, Count
from aicontext.engine.condense.fill import fill
from aicontext.engine.condense.json.excerpts.notable import ERROR, error_like, outliers
from aicontext.engine.condense.json.excerpts.rows import table
from aicontext.engine.condense.json.excerpts.view import Line, View, Viewer
from aicontext.engine.condense.json.source import Document
from aicontext.engine.condense.marks import Marks
from aicontext.engine.prioritize.bm25 import scores

_WORD = re.compile(r"[\w][\w.\-/:@]{1,200}")
_MOST_WORDS = 24
_EXACT, _FOUND, _INHERITED, _EDGE, _AROUND = 10.0, 4.0, 0.4, 0.5, 0.4
_GAP_COST = 7


def excerpt(document: Document, ask: Ask, budget: int, count: Count) -> str:
    """At most `budget` tokens of the document's lines; nothing where not even one fits."""
    marks = Marks.of(document.whole)
    asked = list(dict.fromkeys(_WORD.findall(ask.query)))
    longest = sorted((word.lower() for word in asked), key=len, reverse=True)[:_MOST_WORDS]
    view = Viewer(max(80, budget), longest, marks.opening).view(document)
    worth = _worth(view, ask.query, longest)
    order = sorted(range(len(view.lines)), key=lambda i: (-worth[i], view.lines[i].depth, i))
    lines = view.lines

    def cost(index: int, taken: Container[int]) -> int:
        need, at = _GAP_COST, index
        while at >= 0 and at not in taken:
            need += count(lines[at].text) + 1
            at = lines[at].parent
        return need

    def render(taken: Sequence[int]) -> str:
        return _rendered(lines, taken, marks)

    rows = table(document, view, order, budget, count)
    return rows or fill(order, cost, render, budget, count)


def _worth(view: View, query: str, words: list[str]) -> list[float]:
    """How much each line helps: what the query asks for, what stands out, both ends."""
    lines = view.lines
    found = scores(query, [line.text for line in lines]) if query.strip() else [0.0] * len(lines)
    best = max(found, default=0.0) or 1.0
    worth = [_FOUND * score / best for score in found]
    for index, line in enumerate(lines):
        folded = line.text.lower()
        if any(f'"{word}"' in folded for word in words):
            worth[index] += _EXACT
        if line.parent < 0 and not line.opens:
            worth[index] += _AROUND
        if error_like(line.text):
            worth[index] += ERROR / 2
        if line.parent >= 0 and not line.row:
            worth[index] += _INHERITED * min(worth[line.parent], _EXACT)
    for rows, places in view.lists.values():
        for row, gain in outliers(rows).items():
            worth[places[row]] += gain
        for edge in (places[0], places[-1]):
            worth[edge] += _EDGE
    return worth


def _rendered(lines: list[Line], taken: Sequence[int], marks: Marks) -> str:
    """The taken lines and what opens them, in order, with marks between."""
    shown: set[int] = set()
    for index in taken:
        at = index
        while at >= 0 and at not in shown:
            shown.add(at)
            at = lines[at].parent
    text: list[str] = []
    last = -1
    for index in [*sorted(shown), len(lines)]:
        if index > last + 1:
            left = lines[last + 1 : index]
            gap = _gap(left, marks)
            text.append(" " * left[0].depth + gap)
        if index < len(lines):
            text.append(" " * lines[index].depth + lines[index].text)
        last = index
    return "\n".join(text)


def _gap(left: list[Line], marks: Marks) -> str:
    """The mark for lines left out: rows where these are whole rows of one list."""
    if left[0].row and all(line.depth >= left[0].depth for line in left):
        return marks.gap(sum(line.depth == left[0].depth for line in left), "rows")
    return marks.gap(len(left), "lines")
