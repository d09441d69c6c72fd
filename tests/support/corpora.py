"""A corpus over scanned files in memory, which says in few lines what an index must answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from aicontext.domain.repository.corpus import MOST_TIMES, Defined, Field, FileHistory
from aicontext.engine.prioritize.index.scan import Scanned, own_names, scan, symbol_terms
from aicontext.engine.prioritize.terms import terms


class ScannedCorpus:
    """`Corpus` over {path: what its text holds} and what the commits say."""

    def __init__(self, files: Mapping[str, Scanned], history: FileHistory | None = None) -> None:
        self._history = history or FileHistory()
        self._paths = sorted(files)
        self._files = [files[path] for path in self._paths]

    @property
    def paths(self) -> Sequence[str]:
        return self._paths

    def postings(self, field: Field, term: str) -> Mapping[int, int]:
        return self._postings[field].get(term, {})

    def holding(self, field: Field, term: str) -> int:
        return len(self.postings(field, term))

    def beginning(self, start: str) -> Collection[int]:
        held = self._postings[Field.BODY].items()
        return {file for term, files in held if term.startswith(start) for file in files}

    def lengths(self, field: Field) -> Sequence[int]:
        return [counts.total() for counts in self._counts[field]]

    def churn(self) -> Sequence[float]:
        return [self._history.churn.get(path, 0.0) for path in self._paths]

    def definitions(self, file: int) -> Sequence[Defined]:
        return self._files[file].definitions

    def within(self, file: int, terms: Collection[str]) -> Sequence[Mapping[str, int]]:
        wanted = frozenset(terms)
        return [
            {term: times for term, times in counts.items() if term in wanted}
            for counts in self._files[file].counts[:-1]
        ]

    def sizes(self, file: int) -> Sequence[int]:
        return [sum(counts.values()) for counts in self._files[file].counts[:-1]]

    def holders(self, term: str) -> int:
        return self._holders[term]

    def named(self, name: str) -> Sequence[tuple[int, int]]:
        return self._named.get(name, ())

    @cached_property
    def _counts(self) -> dict[Field, list[Counter[str]]]:
        messages = self._history.messages
        return {
            Field.PATH: [Counter(terms(path)) for path in self._paths],
            Field.SYMBOL: [symbol_terms(own_names(file.definitions)) for file in self._files],
            Field.BODY: [_total(file.counts) for file in self._files],
            Field.HISTORY: [Counter(messages.get(path, {})) for path in self._paths],
        }

    @cached_property
    def _postings(self) -> dict[Field, dict[str, dict[int, int]]]:
        found: dict[Field, dict[str, dict[int, int]]] = {field: {} for field in Field}
        for field, files in self._counts.items():
            for number, counts in enumerate(files):
                for term, times in counts.items():
                    found[field].setdefault(term, {})[number] = min(times, MOST_TIMES)
        return found

    @cached_property
    def _holders(self) -> Counter[str]:
        return Counter(
            term for file in self._files for counts in file.counts[:-1] for term in counts
        )

    @cached_property
    def _named(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for number, file in enumerate(self._files):
            for index, name in enumerate(own_names(file.definitions)):
                found.setdefault(name, []).append((number, index))
        return found


def _total(counts: Sequence[Mapping[str, int]]) -> Counter[str]:
    total = Counter[str]()
    for own in counts:
        total.update(own)
    return total


def corpus_of(files: Mapping[str, str], history: FileHistory | None = None) -> ScannedCorpus:
    """Of a few files that are at hand."""
    return ScannedCorpus({path: scan(path, text) for path, text in files.items()}, history)
