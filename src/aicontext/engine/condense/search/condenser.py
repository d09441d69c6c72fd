"""Shows search output by file: every match's place, and the lines worth reading in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.budget.excerpt import excerpt
from aicontext.engine.condense.fill import fill
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.search.ranking import worth
from aicontext.engine.condense.search.reading import Hit, Reading, read
from aicontext.engine.condense.search.rendering import render
from aicontext.engine.condense.terminal import plain_lines

SHARE = 0.06
"""Share of the output's tokens that lines in full may take beside the places of all matches."""
LEAST = 400
"""Tokens that lines in full may take whatever the output's size: short outputs stay whole."""
RELEVANT = 0.25
"""Lines of less than this share of the best line's worth are not shown in full for a query."""


@dataclass(frozen=True, slots=True)
class SearchCondenser:
    """Keeps every file and the place of every match."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """Files with line numbers; definitions of what is asked and the best lines in full."""
        found = read(plain_lines(text))
        if found is None:
            return None
        marks, size = Marks.of(text), count(text)
        spare = max(LEAST, int(SHARE * size))
        base = render(found, (), marks)

        def shown(hits: Sequence[Hit]) -> str:
            return render(found, [hit.at for hit in hits], marks)

        order = _order(found, ask.query)
        best = fill(order, _cost, shown, count(base) + spare, count) or base
        if count(best) >= size:
            return None
        return Rendition(Level.CONDENSED, best, "matches by file, the telling lines in full")

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The best hits with the lines around them, as they stood in the output."""
        lines = text.splitlines(keepends=True)
        found = read(plain_lines("".join(lines))) if lines else None
        if found is None or len(lines) != text.count("\n") + (not text.endswith("\n")):
            return None
        values = [0.0] * len(lines)
        for hit, value in zip(found.hits, worth(found.hits, ask.query), strict=True):
            values[hit.at] = max(value, 0.001)
        return excerpt(lines, values, budget, count, why="the matches that answer the query")


CONDENSER = SearchCondenser()


def _order(found: Reading, query: str) -> list[Hit]:
    values = worth(found.hits, query)
    best = max(values, default=0.0)
    least = RELEVANT * best if query.strip() and best > 1.0 else 0.0
    ranked = sorted(
        (i for i, hit in enumerate(found.hits) if values[i] >= least and hit.matched),
        key=lambda i: (-values[i], found.hits[i].at),
    )
    return [found.hits[i] for i in ranked]


def _cost(hit: Hit) -> int:
    return len(hit.text) // 4 + 4
