"""Okapi BM25 of documents that are all at hand, in time linear in their length.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the
inverse document frequency is the one of Lucene, ln(1 + (N - n + 0.5) / (n + 0.5)), never negative.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat
from math import log

from aicontext.engine.prioritize.holding import holding
from aicontext.engine.prioritize.terms import terms, word_terms, words

K1 = 1.2
B = 0.75
_CLASSES = bytes(119 if chr(i).isalnum() or i == 95 else 32 for i in range(128)) + b" " * 128
_MOST_ROOTS = 24
"""Terms that are sought one by one; of more every document is read."""
STRETCH = 100
"""Words of a stretch: terms said again and again in one place of a text are rare all the same."""


def scores(query: str, documents: Sequence[str]) -> list[float]:
    """BM25 of each document for the distinct terms of `query`; 0 where none occurs."""
    return weighted_scores(dict.fromkeys(terms(query), 1.0), documents)


def weighted_scores(query: Mapping[str, float], documents: Sequence[str]) -> list[float]:
    """BM25 of each document, each term's part multiplied by the weight that `query` gives it."""
    held = Occurrences.of(query, documents)
    found = [0.0] * len(documents)
    for i, parts in held.parts(query, held.idf()).items():
        found[i] = sum(parts.values())
    return found


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where some terms occur. postings: {term: {document: times}}; read: words of the documents
    that may hold one, or are not ASCII."""

    documents: Sequence[str]
    postings: Mapping[str, Mapping[int, int]]
    read: Mapping[int, int]

    @classmethod
    def of(cls, wanted: Mapping[str, float], documents: Sequence[str]) -> Occurrences:
        return cls(documents, *_read(wanted, documents))

    def lengths(self) -> list[int]:
        """Words of each document."""
        classes = _classes(self.documents)
        ends = list(accumulate(map((1).__add__, map(len, self.documents)), initial=0))
        found = list(map(classes.count, repeat(b" w"), ends, ends[1:]))
        for i, length in self.read.items():
            found[i] = length
        return found

    def idf(self) -> dict[str, float]:
        """The weight of each term by the number of documents that hold it."""
        return {t: idf(len(places), len(self.documents)) for t, places in self.postings.items()}

    def stretch_idf(self, lengths: Sequence[int]) -> dict[str, float]:
        """The same by stretches of STRETCH words, for documents that follow each other."""
        at = [end // STRETCH for end in accumulate(lengths)]
        size = at[-1] + 1 if at else 0
        return {t: idf(len({at[i] for i in held}), size) for t, held in self.postings.items()}

    def parts(
        self, weights: Mapping[str, float], rarity: Mapping[str, float]
    ) -> dict[int, dict[str, float]]:
        """What each weighted term adds to each document that holds one."""
        others = [text for i, text in enumerate(self.documents) if i not in self.read]
        total = sum(self.read.values()) + _classes(others).count(b" w")
        mean = total / max(len(self.documents), 1)
        found: dict[int, dict[str, float]] = {}
        for term, places in self.postings.items():
            gain = weights.get(term, 0.0) * rarity[term] * (K1 + 1)
            for i, times in places.items():
                norm = K1 * (1 - B + B * self.read[i] / mean)
                found.setdefault(i, {})[term] = gain * times / (times + norm)
        return found


def postings(wanted: Mapping[str, float], documents: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """The documents that hold each wanted term, in their order."""
    return {term: list(places) for term, places in _read(wanted, documents)[0].items()}


def _read(
    wanted: Mapping[str, float], documents: Sequence[str]
) -> tuple[dict[str, dict[int, int]], dict[int, int]]:
    """(how often each term stands where, the words of the documents that were read for it)."""
    found: dict[str, dict[int, int]] = {}
    lengths: dict[int, int] = {}
    terms_of = _WantedTerms(wanted).__getitem__
    for i in candidates(wanted, documents):
        said = words(documents[i])
        lengths[i] = len(said)
        for term, times in Counter(chain.from_iterable(map(terms_of, said))).items():
            found.setdefault(term, {})[i] = times
    return found, lengths


def _classes(documents: Sequence[str]) -> bytes:
    """A blank before each document, a `w` for each character that belongs to a word in ASCII."""
    return "\n".join(("", *documents)).encode("ascii", "replace").translate(_CLASSES)


def candidates(wanted: Mapping[str, float], documents: Sequence[str]) -> Iterable[int]:
    """Indices of the documents that may hold a wanted term, and of all that are not ASCII.

    A word begins like its stem, whose last letter may be a `y` that was written otherwise.
    """
    roots = {term.removesuffix("y") for term in wanted if term.isascii()}
    if len(roots) > _MOST_ROOTS:
        return range(len(documents))
    other = (i for i, plain in enumerate(map(str.isascii, documents)) if not plain)
    return sorted({*holding(documents, roots, any_case=True), *other})


def idf(holding: int, documents: int) -> float:
    """Weight of a term that `holding` of `documents` hold."""
    return log(1 + (documents - holding + 0.5) / (holding + 0.5))


class _WantedTerms(dict[str, tuple[str, ...]]):
    """The wanted terms of words, found once a word: looked up once for each word of a text."""

    def __init__(self, wanted: Mapping[str, float]) -> None:
        super().__init__()
        self._wanted = frozenset(wanted)

    def __missing__(self, word: str) -> tuple[str, ...]:
        every = word_terms(word)
        none = self._wanted.isdisjoint(every)
        self[word] = hits = () if none else tuple(filter(self._wanted.__contains__, every))
        return hits
