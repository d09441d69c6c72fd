"""Shows search output by file: every match's place, and the lines worth reading in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.excerpt import excerpt_in_order
from aicontext.engine.condense.lines import best_runs, near
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.search.ranking import defining, naming, worth
from aicontext.engine.condense.search.reading import Hit, Reading, read
from aicontext.engine.condense.search.rendering import render
from aicontext.engine.condense.terminal import plain_lines

LEAST = 600
"""Tokens that lines in full take beside the places of all matches: short outputs stay whole."""
SHARE = 0.06
"""Share of the output's tokens that lines in full may take where they are relevant."""
CHARACTERS_A_TOKEN, NUMBER_TOKENS = 4, 4
AROUND = 20
"""Context lines, on either side, that are shown with a match."""
RELEVANT = 0.25
"""A line is relevant to a query from this share of the best line's worth on."""


@dataclass(frozen=True, slots=True)
class SearchCondenser:
    """Keeps every file and the place of every match."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """Files with line numbers; definitions of what is asked and the best lines in full."""
        found = read(plain_lines(text))
        if found is None:
            return None
        size = count(text)
        best = render(found, _telling(found, ask.query, int(SHARE * size)), Marks.of(text))
        if count(best) >= size:
            return None
        return Rendition(Level.CONDENSED, best, "matches by file, the telling lines in full")

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """Lines of the output: definitions of what is asked, then runs that name what is."""
        lines = plain_lines(text)
        pieces = [line + "\n" for line in text.split("\n")]
        pieces[-1] = pieces[-1][:-1]
        rows = near(pieces, ask, budget)
        looked_at = sorted({*rows, *naming(lines, ask.query)})
        found = read([lines[row] for row in looked_at])
        if found is None:
            return None
        asked = [(looked_at[hit.at],) for hit in defining(found.hits, ask.query)]
        order = [*asked, *best_runs([pieces[row] for row in rows], rows, ask, budget, count)]
        why = "the matches that answer the query"
        return excerpt_in_order(pieces, order, budget, count, why=why)


CONDENSER = SearchCondenser()


def _telling(found: Reading, query: str, relevant: int) -> set[int]:
    """Where the lines stand that are worth most: LEAST tokens, or up to `relevant` good ones."""
    values = worth(found.hits, query)
    best = max(values, default=0.0)
    least = RELEVANT * best if query.strip() and best > 1.0 else 0.0
    matched = (i for i, hit in enumerate(found.hits) if hit.matched)
    chosen: set[int] = set()
    spent = 0
    for i in sorted(matched, key=lambda i: -values[i]):
        for hit in _with_context(found.hits, i):
            if hit.at not in chosen:
                chosen.add(hit.at)
                spent += len(hit.text) // CHARACTERS_A_TOKEN + NUMBER_TOKENS
        if spent >= (LEAST if values[i] < least else max(LEAST, relevant)):
            break
    return chosen


def _with_context(hits: Sequence[Hit], i: int) -> Sequence[Hit]:
    """A match and the context lines that touch it, up to AROUND on either side."""
    first, end = i, i + 1
    while first > max(0, i - AROUND) and _joins(hits[first - 1], hits[first]):
        first -= 1
    while end < min(len(hits), i + AROUND + 1) and _joins(hits[end], hits[end - 1]):
        end += 1
    return hits[first:end]


def _joins(context: Hit, neighbour: Hit) -> bool:
    near = abs(context.number - neighbour.number) == 1
    return near and not context.matched and context.path == neighbour.path
