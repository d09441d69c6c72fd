"""How well the fields of each file match a task: BM25 over the index's postings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    """BM25 of a field for all of the task.

    whole: of each file, 0 where nothing matches. rarity: of the terms that the field holds, those
    that tell most first. places: {term: what files hold it} of those that were read. titled: of the
    title's terms, (what one is worth, what files hold it). norms: of all files, by their lengths.
    """

    whole: Sequence[float]
    rarity: Mapping[str, float]
    places: Mapping[str, Mapping[int, int]]
    titled: Sequence[tuple[float, Mapping[int, int]]]
    norms: Sequence[float]

    def title(self, files: Iterable[int]) -> Scores:
        """BM25 for the task's title alone, of some files: of all it takes as long as `whole`."""
        found: Scores = {}
        for file in files:
            for rare, places in self.titled:
                if times := places.get(file):
                    gain = rare * times / (times + self.norms[file])
                    found[file] = found.get(file, 0.0) + gain
        return found


def field_scores(task: Task, corpus: Corpus, field: Field) -> FieldScores:
    """BM25 of one field of all files. Linear in the postings of the task's terms, bounded."""
    lengths = corpus.lengths(field)
    count = len(lengths)
    mean = (sum(lengths) / count if count else 0.0) or 1.0
    wanted = sorted(task.terms, key=lambda term: (-task.terms[term], term))[:MOST_TERMS]
    held = {term: number for term in wanted if (number := corpus.holding(field, term))}
    rarity = {term: idf(number, count) for term, number in held.items()}
    whole = [0.0] * count
    places: dict[str, Mapping[int, int]] = {}
    titled = []
    k1, b = SHAPES[field]
    least, each = k1 * (1 - b), k1 * b / mean
    norms = [least + each * length for length in lengths] if held else ()
    left = MOST_POSTINGS
    for term in sorted(held, key=held.__getitem__):
        left -= held[term]
        if left < 0:
            break
        files = places[term] = corpus.postings(field, term)
        rare = rarity[term] * (k1 + 1)
        if term in task.title:
            titled.append((rare, files))
        rare *= task.terms[term]
        for file, times in files.items():
            whole[file] += rare * times / (times + norms[file])
    telling = sorted(rarity, key=lambda term: (-task.terms[term] * rarity[term], term))
    return FieldScores(whole, {term: rarity[term] for term in telling}, places, titled, norms)
