"""What the best answers to a query name, so that a second look finds what hangs on them.

Pseudo-relevance feedback (Rocchio, 1971; Lavrenko and Croft, "Relevance Based Language Models",
2001), held to proper names: "who is the father of the painter of X" says nothing of the painter's
name, the sentence about X does, and the sentence about the father holds that name alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from heapq import nlargest

from aicontext.engine.prioritize.terms import terms

BEST = 5
"""Pieces that are taken for answers."""
MOST = 8
"""Terms that join the query."""
WEIGHT = 0.4
"""Of the one that the answers name most; a term of the query weighs 1."""

_inner_names = re.compile(r"(?<![.?!:]\s)(?<!^)\b[A-Z][\w'-]+").findall
"""Capitalised words; not the first of a sentence, which would be capitalised anyway."""


def bridges(
    query: Mapping[str, float], pieces: Sequence[str], scores: Sequence[float]
) -> dict[str, float]:
    """Terms of the names in the pieces of highest score that the query lacks, weighted.

    scores: of each piece; names in better pieces count more. Empty where nothing scores.
    """
    best = nlargest(BEST, range(len(pieces)), key=scores.__getitem__)
    named: dict[str, float] = {}
    for i in best:
        found = {term for name in _inner_names(pieces[i]) for term in terms(name)}
        for term in sorted(found - query.keys()):
            named[term] = named.get(term, 0.0) + scores[i]
    leading = [term for term in nlargest(MOST, named, key=named.__getitem__) if named[term] > 0]
    return {term: WEIGHT * (named[term] / named[leading[0]]) for term in leading}
