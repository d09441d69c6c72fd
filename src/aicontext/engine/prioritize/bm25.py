"""Okapi BM25 of documents that are all at hand, in time linear in their length.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the
inverse document frequency is the one of Lucene, ln(1 + (N - n + 0.5) / (n + 0.5)), never negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from aicontext.engine.prioritize.terms import LONGEST_WORD, terms, word_terms, words

K1 = 1.2
B = 0.75


def scores(query: str, documents: Sequence[str]) -> list[float]:
    """BM25 of each document for the distinct terms of `query`; 0 where none occurs."""
    return weighted_scores(dict.fromkeys(terms(query), 1.0), documents)


def weighted_scores(query: Mapping[str, float], documents: Sequence[str]) -> list[float]:
    """BM25 of each document, each term's part multiplied by the weight that `query` gives it."""
    return Occurrences.of(query, documents).scores(query)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where some terms occur. postings: {term: {document: times}}; lengths: words a document."""

    postings: Mapping[str, Mapping[int, int]]
    lengths: Sequence[int]

    @classmethod
    def of(cls, wanted: Mapping[str, float], documents: Sequence[str]) -> Occurrences:
        postings: dict[str, dict[int, int]] = {}
        known: dict[str, tuple[str, ...]] = {}
        lengths = []
        for i, document in enumerate(documents):
            found = words(document)
            lengths.append(len(found))
            for word in found:
                hits = known.get(word)
                if hits is None:
                    hits = known[word] = _wanted_terms(word, wanted)
                for term in hits:
                    places = postings.setdefault(term, {})
                    places[i] = places.get(i, 0) + 1
        return cls(postings, lengths)

    def scores(self, weights: Mapping[str, float]) -> list[float]:
        """BM25 of each document for the weighted terms."""
        size = len(self.lengths)
        mean = sum(self.lengths) / size if size else 1.0
        found = [0.0] * size
        for term, places in self.postings.items():
            gain = weights.get(term, 0.0) * idf(len(places), size) * (K1 + 1)
            for i, times in places.items():
                norm = K1 * (1 - B + B * self.lengths[i] / mean)
                found[i] += gain * times / (times + norm)
        return found


def idf(holding: int, documents: int) -> float:
    """Weight of a term that `holding` of `documents` hold."""
    return log(1 + (documents - holding + 0.5) / (holding + 0.5))


def _wanted_terms(word: str, wanted: Mapping[str, float]) -> tuple[str, ...]:
    every = word_terms(word) if len(word) <= LONGEST_WORD else terms(word)
    return tuple(term for term in every if term in wanted)
