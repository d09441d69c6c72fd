"""How well single definitions match a task: BM25 over those of the likely files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from aicontext.domain.repository.corpus import Corpus
from aicontext.engine.prioritize.bm25 import idf
from aicontext.engine.prioritize.repository.task import Task
from aicontext.engine.prioritize.terms import word_terms

MOST_TERMS = 48
"""Terms of a task that are sought in definitions, those of greatest weight first."""
K1, B = 2.0, 0.6
"""Of BM25, fitted as benchmarks/localization tells."""
NAMED = 1.0
"""A term in a definition's name counts so much beside one in its text."""


class Match(NamedTuple):
    """BM25 of a definition, and what its name alone gives."""

    whole: float
    name: float


def definition_matches(
    task: Task, corpus: Corpus, files: Sequence[int], rarity: Mapping[str, float]
) -> dict[int, list[Match]]:
    """{file: a match for each of its definitions}, for the given files.

    rarity: of terms among files, those that tell most first: these are sought. How many definitions
    the repository has, and how long they are, is judged by those of the given files.
    """
    sizes = {file: corpus.sizes(file) for file in files}
    seen = sum(map(len, sizes.values()))
    mean = sum(map(sum, sizes.values())) / max(1, seen) or 1.0
    every = round(seen * len(corpus.paths) / max(1, len(files)))
    weights = {
        term: (task.terms[term], idf(min(held, every), every) * (K1 + 1))
        for term in islice(rarity, MOST_TERMS)
        if (held := corpus.holders(term))
    }
    found = {}
    for file in files:
        held_of = corpus.within(file, weights)
        names = [defined.name for defined in corpus.definitions(file)]
        found[file] = [
            _match(weights, held, name, K1 * (1 - B + B * size / mean)) if held else NO_MATCH
            for held, name, size in zip(held_of, names, sizes[file], strict=True)
        ]
    return found


def _match(
    weights: Mapping[str, tuple[float, float]],
    held: Mapping[str, int],
    name: str,
    norm: float,
) -> Match:
    own = name_terms(name)
    whole = named = 0.0
    for term, times in held.items():
        weight, rare = weights[term]
        gain = rare * times / (times + norm)
        if term in own:
            named += weight * rare
            gain += NAMED * rare
        whole += weight * gain
    return Match(whole, named)


@lru_cache(maxsize=1 << 16)
def name_terms(name: str) -> tuple[str, ...]:
    """The terms of a definition's own name, those that enclose it left out."""
    return word_terms(name.rpartition(".")[2].rpartition("::")[2][:128])


NO_MATCH = Match(0.0, 0.0)
