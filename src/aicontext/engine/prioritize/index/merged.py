"""A corpus over the segments of an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from aicontext.domain.repository.corpus import Defined, Field
from aicontext.engine.prioritize.index.kept_history import KeptHistory
from aicontext.engine.prioritize.index.segment import Segment

_GONE = -1
_Number = TypeVar("_Number", int, float)


class MergedCorpus:
    """`Corpus` over the files that stand at `places`: (segment, number in it) of each path."""

    def __init__(
        self,
        paths: Sequence[str],
        segments: Sequence[Segment],
        places: Sequence[tuple[int, int]],
        history: KeptHistory | None = None,
    ) -> None:
        self._paths = paths
        self._segments = segments
        self._places = places
        self._past = _Past(history, paths) if history else None
        self._files = [[_GONE] * len(segment) for segment in segments]
        for file, (segment, number) in enumerate(places):
            self._files[segment][number] = file
        self._whole = [files == list(range(len(paths))) for files in self._files]
        self._gone = [
            frozenset(number for number, file in enumerate(files) if file == _GONE)
            for files in self._files
        ]
        self._lengths: dict[Field, Sequence[int]] = {}

    @property
    def paths(self) -> Sequence[str]:
        return self._paths

    def postings(self, field: Field, term: str) -> Mapping[int, int]:
        if field is Field.HISTORY:
            return self._past.postings(term) if self._past else {}
        found: dict[int, int] = {}
        for segment, files, whole in zip(self._segments, self._files, self._whole, strict=True):
            owners, values = segment.postings(field, term)
            if whole:
                return dict(zip(owners, values, strict=True))
            found.update(zip(map(files.__getitem__, owners), values, strict=True))
        found.pop(_GONE, None)
        return found

    def holding(self, field: Field, term: str) -> int:
        if field is Field.HISTORY:
            return self._past.holding(term) if self._past else 0
        pairs = zip(self._segments, self._gone, strict=True)
        return sum(segment.holding(field, term, gone) for segment, gone in pairs)

    def beginning(self, start: str) -> Collection[int]:
        found: set[int] = set()
        for segment, files in zip(self._segments, self._files, strict=True):
            found.update(map(files.__getitem__, segment.beginning(start)))
        found.discard(_GONE)
        return found

    def lengths(self, field: Field) -> Sequence[int]:
        if field not in self._lengths:
            self._lengths[field] = self._read_lengths(field)
        return self._lengths[field]

    def churn(self) -> Sequence[float]:
        return self._past.churn if self._past else [0.0] * len(self._paths)

    def definitions(self, file: int) -> Sequence[Defined]:
        segment, number = self._places[file]
        return self._segments[segment].record(number).definitions

    def within(self, file: int, terms: Collection[str]) -> Sequence[Mapping[str, int]]:
        at, number = self._places[file]
        number_of = self._segments[at].number
        return self._segments[at].record(number).within({number_of(term): term for term in terms})

    def sizes(self, file: int) -> Sequence[int]:
        segment, number = self._places[file]
        return self._segments[segment].record(number).sizes

    def holders(self, term: str) -> int:
        total = 0
        for segment, gone in zip(self._segments, self._gone_holders, strict=True):
            if (number := segment.number(term)) >= 0:
                total += segment.holders(number) - gone[number]
        return total

    def named(self, name: str) -> Sequence[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for segment, files in zip(self._segments, self._files, strict=True):
            owners, indices = segment.named(name)
            found += zip(map(files.__getitem__, owners), indices, strict=True)
        return sorted(place for place in found if place[0] != _GONE)

    def _read_lengths(self, field: Field) -> Sequence[int]:
        if field is Field.HISTORY:
            return self._past.lengths if self._past else [0] * len(self._paths)
        found = [segment.lengths(field) for segment in self._segments]
        return [found[segment][number] for segment, number in self._places]

    @cached_property
    def _gone_holders(self) -> list[Counter[int]]:
        """For each segment, how many definitions of files that are no more hold a term."""
        found = [Counter[int]() for _ in self._segments]
        for segment, gone, counts in zip(self._segments, self._gone, found, strict=True):
            for number in gone:
                counts.update(segment.record(number).held())
        return found


class _Past:
    """The history of the files that are still there."""

    def __init__(self, kept: KeptHistory, paths: Sequence[str]) -> None:
        self._kept = kept
        number = {path: file for file, path in enumerate(paths)}
        self._files = [number.get(path, _GONE) for path in kept.paths]
        self._gone = frozenset(at for at, file in enumerate(self._files) if file == _GONE)
        self.churn = self._by_file(kept.churn, [0.0] * len(paths))
        self.lengths = self._by_file(kept.lengths, [0] * len(paths))

    def postings(self, term: str) -> dict[int, int]:
        owners, values = self._kept.postings(term)
        found = dict(zip(map(self._files.__getitem__, owners), values, strict=True))
        found.pop(_GONE, None)
        return found

    def holding(self, term: str) -> int:
        return self._kept.holding(term, self._gone)

    def _by_file(self, kept: Sequence[_Number], found: list[_Number]) -> list[_Number]:
        for file, value in zip(self._files, kept, strict=True):
            if file != _GONE:
                found[file] = value
        return found
