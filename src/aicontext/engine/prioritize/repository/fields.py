"""How well the fields of each file match a task: BM25 over the index's postings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aicontext.domain.repository.corpus import Corpus, Field
from aicontext.engine.prioritize.bm25 import idf
from aicontext.engine.prioritize.repository.task import Task

MOST_TERMS = 100
"""Terms of a task that are sought, those of greatest weight first."""
MOST_POSTINGS = 25_000
"""Postings that are read of a field; of rare terms first."""

SHAPES = {
    Field.PATH: (4.0, 0.9),
    Field.SYMBOL: (0.5, 0.75),
    Field.BODY: (1.2, 0.75),
    Field.HISTORY: (1.2, 0.75),
}
"""k1 and b of BM25, fitted as benchmarks/localization tells."""

Scores = dict[int, float]
"""{file: score}, absent where 0."""


@dataclass(frozen=True, slots=True)
class FieldScores:
    """BM25 of a field: for all of the task and for its title.

    rarity: of the terms that the field holds. places: {term: what files hold it}, the terms that
    tell most first.
    """

    whole: Scores
    title: Scores
    rarity: Mapping[str, float]
    places: Mapping[str, Mapping[int, int]]


def field_scores(task: Task, corpus: Corpus, field: Field) -> FieldScores:
    """BM25 of one field of all files. Linear in the postings of the task's terms, bounded."""
    lengths = corpus.lengths(field)
    count = len(lengths)
    mean = (sum(lengths) / count if count else 0.0) or 1.0
    wanted = sorted(task.terms, key=lambda term: (-task.terms[term], term))[:MOST_TERMS]
    held = [(term, places) for term in wanted if (places := corpus.postings(field, term))]
    if not held:
        return FieldScores({}, {}, {}, {})
    held.sort(key=lambda item: len(item[1]))
    rarity = {term: idf(len(places), count) for term, places in held}
    whole, title = [0.0] * count, [0.0] * count
    k1, b = SHAPES[field]
    least, each = k1 * (1 - b), k1 * b / mean
    norms = [least + each * length for length in lengths]
    left = MOST_POSTINGS
    for term, places in held:
        left -= len(places)
        if left < 0:
            break
        rare = rarity[term] * (k1 + 1)
        said = task.terms[term]
        if term not in task.title:
            rare *= said
            for file, times in places.items():
                whole[file] += rare * times / (times + norms[file])
            continue
        for file, times in places.items():
            gain = rare * times / (times + norms[file])
            whole[file] += said * gain
            title[file] += gain
    held.sort(key=lambda item: (-task.terms[item[0]] * rarity[item[0]], item[0]))
    return FieldScores(positive(whole), positive(title), rarity, dict(held))


def positive(scores: Sequence[float]) -> Scores:
    """{file: score} of the files that have one, in their order."""
    return {file: score for file, score in enumerate(scores) if score}
