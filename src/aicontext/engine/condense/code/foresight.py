"""How likely each identifier of a source file is to be used by who reads it next.

A logistic model of a few features that mean the same in every language. Its weights were fitted
on recorded agent sessions: which identifiers of a file read stand in the agent's next actions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import exp, log
from operator import mul

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
WEIGHTS: tuple[float, ...] = (-3.44, 2.0, 0.28, -1.23, 1.1, 0.09, 1.2, -0.64, 0.65)
SHARPNESS = 1.5
"""Exponent of the chances: above 1 it prefers few likely identifiers to many unlikely ones."""

_REACH = 4
_identifiers = re.compile(r"[^\W\d][\w$]{2,127}").findall
_COMPOUND = re.compile(r"[a-z][A-Z]|[^\W_]_[^\W_]")


@dataclass(frozen=True, slots=True)
class Foresight:
    """Identifiers. lines: those on each line; chances: what each is worth, in [0, 1]."""

    lines: Sequence[Collection[str]]
    chances: Mapping[str, float]

    @classmethod
    def of(cls, lines: Sequence[str], query: str) -> Foresight:
        held, places = places_of(lines)
        rows = features(lines, query, places)
        return cls(held, dict(zip(places, map(_chance, rows), strict=True)))


def places_of(lines: Sequence[str]) -> tuple[list[Collection[str]], dict[str, list[int]]]:
    """(the identifiers of each line, the rows of each identifier)."""
    held: list[Collection[str]] = [dict.fromkeys(_identifiers(line)) for line in lines]
    places: dict[str, list[int]] = {}
    for row, names in enumerate(held):
        for name in names:
            places.setdefault(name, []).append(row)
    return held, places


def features(
    lines: Sequence[str], query: str, places: Mapping[str, Sequence[int]]
) -> list[tuple[float, ...]]:
    """FEATURES of each identifier of `places`, which maps it to the rows it stands on.

    compound: it has several words. count: log of its lines. first: log of its first row, 1 at
    row 400. overlap: share of its words' inverse document frequency that the query holds too.
    asked: it stands in the query. near: the best of its lines by smoothed BM25, 1 at the best of
    the text. length: log of its characters. capital: it begins with a capital.
    """
    near = _nearness(lines, query)
    words = [word_terms(name) for name in places]
    holding = Counter(chain.from_iterable(map(set, words)))
    asked, wanted = set(_identifiers(query)), set(terms(query))
    rows: list[tuple[float, ...]] = []
    for (name, at), parts in zip(places.items(), words, strict=True):
        overlap = 0.0
        if not wanted.isdisjoint(parts):
            rarity = [(term, idf(holding[term], len(places))) for term in dict.fromkeys(parts)]
            overlap = sum(x for term, x in rarity if term in wanted) / sum(x for _, x in rarity)
        one, compound, length, capital = _form(name)
        rows.append(
            (
                one,
                compound,
                log(len(at)),
                log(1 + at[0]) / 6,
                overlap,
                float(name in asked),
                near[at[0]] if len(at) == 1 else max([near[row] for row in at]),
                length,
                capital,
            )
        )
    return rows


@lru_cache(maxsize=1 << 16)
def _form(name: str) -> tuple[float, float, float, float]:
    compound = float(_COMPOUND.search(name) is not None)
    return 1.0, compound, log(len(name)), float(name[0].isupper())


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
    """The logistic of the weighted features, to the power of SHARPNESS."""
    return float((1 + exp(-sum(map(mul, WEIGHTS, row)))) ** -SHARPNESS)
