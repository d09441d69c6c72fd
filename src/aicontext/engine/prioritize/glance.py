"""A quick first look over a long text: where in it a closer look may pay."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from aicontext.engine.prioritize.bm25 import idf
from aicontext.engine.prioritize.terms import terms

LOOKED_AT = 12_000
LOOKED_AT_A_TOKEN = 6
"""Characters looked at closely: so many, and so many more for each token of budget."""
_BLOCK = 1_200
_RAREST = 64


def worth_a_look(lines: Sequence[str], query: str, budget: int) -> Sequence[int]:
    """Rows to look at closely for an excerpt of `budget` tokens: the text's beginning and where
    rare query terms stand.

    All rows where there is room. A quick first look: blocks of characters weighed by the inverse
    document frequency of the terms that occur in them, words or not.
    """
    room = LOOKED_AT + LOOKED_AT_A_TOKEN * budget
    ends = list(accumulate(map(len, lines)))
    if not ends or ends[-1] <= room:
        return range(len(lines))
    worth = _block_worth("".join(lines).lower(), query)
    order = sorted(range(len(worth)), key=lambda b: (-worth[b], b))
    chosen = set(range(max(1, room // (4 * _BLOCK))))
    for block in order:
        if len(chosen) * _BLOCK >= room:
            break
        chosen.update(b for b in (block - 1, block, block + 1) if 0 <= b < len(worth))
    rows: list[int] = []
    for block in sorted(chosen):
        first = max(bisect_right(ends, block * _BLOCK), rows[-1] + 1 if rows else 0)
        rows += range(first, min(bisect_right(ends, (block + 1) * _BLOCK), len(lines)))
    return rows


def _block_worth(text: str, query: str) -> list[float]:
    blocks = len(text) // _BLOCK + 1
    times = Counter({term: text.count(term) for term in set(terms(query))})
    rarest = sorted((n, term) for term, n in times.items() if 0 < n <= blocks)[:_RAREST]
    worth = [0.0] * blocks
    for _, term in rarest:
        held = set()
        at = text.find(term)
        while at >= 0:
            held.add(at // _BLOCK)
            at = text.find(term, at + 1)
        rarity = idf(len(held), blocks)
        for block in held:
            worth[block] += rarity
    return worth
