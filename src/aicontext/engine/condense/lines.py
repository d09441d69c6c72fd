"""Any text, line by line: the excerpt for kinds that nobody knows better."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import log2

from aicontext.domain.context import Ask, Count, Rendition
from aicontext.engine.condense.excerpt import excerpt_in_order
from aicontext.engine.prioritize.coverage import Covered, runs
from aicontext.engine.prioritize.glance import worth_a_look
from aicontext.engine.prioritize.names import names
from aicontext.engine.prioritize.pieces import pieces
from aicontext.engine.prioritize.relevance import matches, query_terms, spread
from aicontext.engine.prioritize.terms import terms

NEAR = 30
"""Words around a hit of the query that are about it."""
NEARNESS = 4.0
"""Further weight of a name in the midst of the query's hits; by itself a name weighs 1."""
LIKENESS = 0.5
"""Further weight of a name all of whose terms the query holds."""
FILE = 2.0
"""Factor for the name of a file: who works on goes there next."""
REPEATED = 0.25
"""What a name gains with each doubling of the parts that hold it."""
TOLD = 0.5
"""Factor for a name that the query itself holds: it is no news."""
BASE = 0.1
"""Weight of a token in the midst of the query's hits, whatever it says."""
FLOOR = 0.001
MORE = 1.5
"""Runs are sought for so many times the budget, since costs are estimates."""

_word = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class LineCondenser:
    """Excerpts are runs of lines that show each name once, those near the query first."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """None: of a text of unknown kind nothing can be left out unasked."""
        return None

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """Runs of whole lines; long lines are cut into sentences."""
        return by_names(pieces(text), ask, budget, count)


CONDENSER = LineCondenser()


def by_names(parts: Sequence[str], ask: Ask, budget: int, count: Count) -> Rendition | None:
    """Runs of the parts of a text that show the names near what is asked for."""
    rows = near(parts, ask, budget)
    order = best_runs([parts[row] for row in rows], rows, ask, budget, count)
    why = "lines that name what is asked for"
    return excerpt_in_order(parts, order, budget, count, why=why)


def near(parts: Sequence[str], ask: Ask, budget: int) -> Sequence[int]:
    """Indices of the parts that are weighed for an excerpt of `budget` tokens."""
    return worth_a_look(parts, f"{ask.query}\n{ask.command}", budget)


def best_runs(
    parts: Sequence[str], rows: Sequence[int], ask: Ask, budget: int, count: Count
) -> list[tuple[int, ...]]:
    """Runs of the parts by what they show first, each as their `rows`."""
    found = runs(covered(parts, ask, costs(parts, count)), MORE * budget)
    return [tuple(rows[i] for i in group) for group in found]


def costs(parts: Sequence[str], count: Count) -> list[float]:
    """Tokens of each part, about."""
    text = "".join(parts)
    rate = count(text) / max(len(text), 1)
    return [rate * len(part) for part in parts]


def covered(parts: Sequence[str], ask: Ask, costs: Sequence[float]) -> Covered:
    """What each part shows of the names in all of them; those near the query's hits weigh more."""
    said = f"{ask.query}\n{ask.command}"
    asked, told = query_terms(said), names(said)
    hits, lengths = matches(asked, parts)
    own = [sum(hits[i].values()) if i in hits else 0.0 for i in range(len(parts))]
    near = spread(own, lengths, NEAR)
    most = max(near, default=0.0) or 1.0
    named = {part: names(part) for part in dict.fromkeys(parts)}
    held = [named[part] for part in parts]
    nearest: dict[str, float] = {}
    for found, score in zip(held, near, strict=True):
        for name in found:
            nearest[name] = max(nearest.get(name, 0.0), score / most)
    times = Counter(chain.from_iterable(held))
    return Covered(
        held,
        {
            name: (1.0 + NEARNESS * at + LIKENESS * _likeness(name, asked))
            * (1.0 + REPEATED * log2(times[name]))
            * (FILE if "." in name else 1.0)
            * (TOLD if name in told else 1.0)
            for name, at in nearest.items()
        },
        [
            FLOOR + BASE * score / most if _word.search(part) else 0.0
            for part, score in zip(parts, near, strict=True)
        ],
        costs,
    )


def _likeness(name: str, asked: dict[str, float]) -> float:
    """Share of the name's terms that the query holds."""
    parts = terms(name)
    if asked.keys().isdisjoint(parts):
        return 0.0
    return len(asked.keys() & parts) / len(set(parts))
