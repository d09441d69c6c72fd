"""How much each piece of a text matters for a query, its surroundings considered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import accumulate
from math import exp

from aicontext.engine.prioritize.bm25 import Occurrences
from aicontext.engine.prioritize.terms import terms

Parts = Mapping[int, Mapping[str, float]]
"""What each query term adds to the score of a piece, for the pieces that hold one."""


def query_terms(query: str) -> dict[str, float]:
    """The distinct terms of a query, each of weight 1."""
    return dict.fromkeys(terms(query), 1.0)


def matches(query: Mapping[str, float], pieces: Sequence[str]) -> tuple[Parts, list[int]]:
    """BM25 of each piece by term, with the rarity of terms by stretches; and words a piece."""
    held = Occurrences.of(query, pieces)
    lengths = held.lengths()
    return held.parts(query, held.stretch_idf(lengths)), lengths


def spread(scores: Iterable[float], lengths: Sequence[int], reach: float) -> list[float]:
    """Each score with those of its surroundings, which fade by exp(-distance / reach).

    lengths: words of each piece. reach: words. Two passes, so linear whatever the reach.
    """
    own = list(scores)
    if not any(own):
        return own
    middles = [end - length / 2 for end, length in zip(accumulate(lengths), lengths, strict=True)]
    before = _faded(own, middles, reach)
    after = _faded(own[::-1], [-m for m in reversed(middles)], reach)[::-1]
    return [a + b - score for a, b, score in zip(before, after, own, strict=True)]


def _faded(scores: Sequence[float], middles: Sequence[float], reach: float) -> list[float]:
    found = []
    total, last = 0.0, middles[0] if middles else 0.0
    for score, middle in zip(scores, middles, strict=True):
        total = total * exp((last - middle) / reach) + score
        last = middle
        found.append(total)
    return found


def diminishing(scores: Sequence[float], parts: Parts, saturation: float) -> list[float]:
    """The scores, lowered where the query terms of a piece stand in better pieces already.

    A term's worth falls by 1 / (1 + saturation x what better pieces hold of it): the greedy gains
    of a submodular coverage (Lin and Bilmes, "A Class of Submodular Functions for Document
    Summarization", 2011), taken lazily (Minoux, 1978).
    """
    gains = list(scores)
    covered: dict[str, float] = {}

    def gain(i: int) -> float:
        held = parts[i]
        total = sum(held.values())
        fresh = sum(x / (1 + saturation * covered.get(t, 0.0)) for t, x in held.items())
        return scores[i] * fresh / total if total else 0.0

    queue = [(-scores[i], i) for i in parts]
    heapify(queue)
    looks = 4 * len(queue)
    while queue and looks:
        looks -= 1
        stale, i = heappop(queue)
        gains[i] = min(gain(i), -stale)
        if queue and -gains[i] > queue[0][0]:
            heappush(queue, (-gains[i], i))
            continue
        for term, part in parts[i].items():
            covered[term] = covered.get(term, 0.0) + part
    return gains
