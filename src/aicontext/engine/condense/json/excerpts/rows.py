"""Rows chosen for a question as the table that the whole list would be: many more of them fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from aicontext.domain.context import Count
from aicontext.engine.condense.json.decode import rebuilds
from aicontext.engine.condense.json.document import tabled
from aicontext.engine.condense.json.excerpts.view import View
from aicontext.engine.condense.json.source import Document, Value, dumps
from aicontext.engine.condense.marks import Marks

FEW, MORE = 8, 24
"""Rows of which tables are made to see what a further row costs."""
WORTH = 0.7
"""Share of its rows' JSON that a table may take at most."""
TRIES = 4
CLOSE = 0.95
"""Share of the budget that is enough to end the search for more rows."""


def table(
    document: Document, view: View, order: Iterable[int], budget: int, count: Count
) -> str | None:
    """The longest list's rows, the most useful first, as a table of at most `budget` tokens.

    order: lines of the view by their worth. What is around the list stays whole. None where a
    table shows hardly more rows than their JSON would.
    """
    rows, places = max(view.lists.values(), key=lambda held: len(held[1]), default=([], []))
    if len(rows) <= MORE:
        return None
    queue = list(dict.fromkeys(_rows(view, order, places)))
    chooser = _Chooser(document, rows, Marks.of(document.whole))
    few, more = (count(chooser.render(queue[:amount])) for amount in (FEW, MORE))
    plain = sum(count(view.lines[places[row]].text) for row in queue[:MORE]) / MORE
    growth = (more - few) / (MORE - FEW)
    if not 0 < growth < WORTH * plain:
        return None
    best, size, most = "", 0, len(queue)
    guess = min(most, FEW + int((budget - few) / growth))
    for _ in range(TRIES):
        if guess <= size:
            break
        text = chooser.render(queue[:guess])
        tokens = count(text)
        growth = max(0.5, (tokens - few) / max(1, guess - FEW))
        if tokens <= budget:
            best, size = text, guess
        else:
            most = guess - 1
        if CLOSE * budget <= tokens <= budget:
            break
        guess = min(most, guess + int((CLOSE * budget - tokens) / growth))
    many = size == len(rows) or budget < WORTH * size * plain
    return best if many and chooser.holds(best, queue[:size]) else None


def _rows(view: View, order: Iterable[int], places: Sequence[int]) -> Iterator[int]:
    """The row that each line belongs to, in the lines' order."""
    row_at = {place: row for row, place in enumerate(places)}
    for at in order:
        while at >= 0 and at not in row_at:
            at = view.lines[at].parent
        if at >= 0:
            yield row_at[at]


class _Chooser:
    """Makes tables of some rows of a document."""

    def __init__(self, document: Document, rows: list[Value], marks: Marks) -> None:
        self.document, self.rows, self.marks = document, rows, marks

    def render(self, taken: Sequence[int]) -> str:
        made = tabled(self._of(taken)) or ""
        left = len(self.rows) - len(taken)
        return f"{made}\n{self.marks.gap(left, 'rows left out')}" if made and left else made

    def holds(self, shown: str, taken: Sequence[int]) -> bool:
        """Whether what was rendered can be decoded to the rows."""
        chosen = self._of(taken)
        rows = chosen.value if chosen.lines and isinstance(chosen.value, list) else [chosen.value]
        text = "\n".join(map(dumps, rows))
        made = shown if len(taken) == len(self.rows) else shown.rpartition("\n")[0]
        return rebuilds(made, replace(chosen, text=text).whole)

    def _of(self, taken: Sequence[int]) -> Document:
        chosen = [self.rows[row] for row in sorted(taken)]
        return replace(self.document, value=_replaced(self.document.value, self.rows, chosen))


def _replaced(value: Value, rows: list[Value], chosen: list[Value]) -> Value:
    """The value with one of its lists replaced by another; rows of that list are not looked at."""
    if value is rows:
        return chosen
    if isinstance(value, dict):
        return {key: _replaced(item, rows, chosen) for key, item in value.items()}
    return [_replaced(item, rows, chosen) for item in value] if isinstance(value, list) else value
