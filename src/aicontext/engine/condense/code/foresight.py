"""How likely each identifier of a source file is to be used by who reads it next.

A logistic model of a few features that mean the same in every language. Its weights were fitted
on recorded agent sessions: which identifiers of a file read stand in the agent's next actions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from aicontext.engine.prioritize.bm25 import idf, scores
from aicontext.engine.prioritize.terms import terms, word_terms

FEATURES = (
    "one",
    "compound",
    "count",
    "first",
    "overlap",
    "asked",
    "near",
    "length",
    "capital",
)
WEIGHTS = (-2.86, 1.87, 0.15, -1.37, 1.02, -0.40, 0.70, -0.64, 0.69)
SHARPNESS = 1.6
"""Exponent of the chances: above 1 it prefers few likely identifiers to many unlikely ones."""

_REACH = 4
_identifiers = re.compile(r"[^\W\d][\w$]{2,127}").findall
_COMPOUND = re.compile(r"[a-z][A-Z]|[^\W_]_[^\W_]")


@dataclass(frozen=True, slots=True)
class Foresight:
    """Identifiers by number. lines: those on each line; chances: what each is worth, in [0, 1]."""

    lines: Sequence[tuple[int, ...]]
    chances: Sequence[float]

    @classmethod
    def of(cls, lines: Sequence[str], query: str) -> Foresight:
        numbered, places = _places(lines)
        rows = features(lines, query, places)
        chances = [_chance(row) ** SHARPNESS for row in rows]
        return cls(numbered, chances)


def features(
    lines: Sequence[str], query: str, places: dict[str, list[int]]
) -> list[tuple[float, ...]]:
    """FEATURES of each identifier of `places`, which maps it to the rows it stands on.

    compound: it has several words. count: log of its lines. first: log of its first row, 1 at
    row 400. overlap: share of its words' inverse document frequency that the query holds too.
    asked: it stands in the query. near: the best of its lines by smoothed BM25, 1 at the best of
    the text. length: log of its characters. capital: it begins with a capital.
    """
    near = _nearness(lines, query)
    words = {name: frozenset(word_terms(name)) for name in places}
    holding = Counter(term for parts in words.values() for term in parts)
    rarity = {term: idf(n, len(places)) for term, n in holding.items()}
    asked, wanted = set(_identifiers(query)), set(terms(query))
    rows: list[tuple[float, ...]] = []
    for name, at in places.items():
        whole = sum(rarity[term] for term in words[name]) or 1.0
        shared = sum(rarity[term] for term in words[name] if term in wanted)
        rows.append(
            (
                1.0,
                float(_COMPOUND.search(name) is not None),
                log(len(at)),
                log(1 + at[0]) / 6,
                shared / whole,
                float(name in asked),
                max([near[row] for row in at]),
                log(len(name)),
                float(name[0].isupper()),
            )
        )
    return rows


def _places(lines: Sequence[str]) -> tuple[list[tuple[int, ...]], dict[str, list[int]]]:
    """(numbers of each line's identifiers, rows of each identifier in the numbers' order)."""
    places: dict[str, list[int]] = {}
    numbers: dict[str, int] = {}
    found = []
    for row, line in enumerate(lines):
        names = dict.fromkeys(_identifiers(line))
        for name in names:
            places.setdefault(name, []).append(row)
        found.append(tuple([numbers.setdefault(name, len(numbers)) for name in names]))
    return found, places


def _nearness(lines: Sequence[str], query: str) -> list[float]:
    """BM25 of each line for the query with its neighbours' part, divided by the best."""
    own = scores(query, lines) if query else [0.0] * len(lines)
    near = [0.0] * len(lines)
    for row, score in enumerate(own):
        if score:
            for other in range(max(0, row - _REACH), min(len(own), row + _REACH + 1)):
                near[other] += score / (1 + abs(row - other))
    best = max(near, default=0.0) or 1.0
    return [score / best for score in near]


def _chance(row: Sequence[float]) -> float:
    return 1 / (1 + exp(-sum(w * x for w, x in zip(WEIGHTS, row, strict=True))))
