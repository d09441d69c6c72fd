"""A part of an index: what is known of some files, written once and searched where it lies."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise

from aicontext.domain.repository.corpus import Field
from aicontext.engine.prioritize.index.columns import column, opened, written_column
from aicontext.engine.prioritize.index.container import packed
from aicontext.engine.prioritize.index.inverted import SECTIONS, Inverted, Inverter
from aicontext.engine.prioritize.index.record import Record, draft, finished
from aicontext.engine.prioritize.index.scan import Scanned, own_names, symbol_terms
from aicontext.engine.prioritize.terms import terms

MOST_FILES = 1 << 14
MOST_BYTES = 32 * 2**20
"""Of their texts together: a segment beyond either is closed, so that memory stays bounded."""

_FIELDS = (Field.PATH, Field.SYMBOL, Field.BODY)
_RECORDS_KEPT = 1_024


class SegmentBuilder:
    """Collects files, numbered from 0 in the order in which they are added."""

    def __init__(self) -> None:
        self._records: list[bytes] = []
        self._sizes: list[int] = []
        self._fields = {field: Inverter("B") for field in _FIELDS}
        self._lengths = {field: array("I") for field in _FIELDS}
        self._names = Inverter("H")
        self._holders: list[int] = []

    def __len__(self) -> int:
        return len(self._records)

    def add(self, path: str, scanned: Scanned) -> int:
        """The file's number."""
        made = draft(scanned)
        self._records.append(made.rest)
        self._sizes.append(len(made.terms))
        numbers = self._add(Field.BODY, made.terms, made.totals)
        holders = self._holders
        holders += [0] * (len(self._fields[Field.BODY].numbers) - len(holders))
        if scanned.definitions:
            for number, more in zip(numbers, made.holders, strict=True):
                holders[number] += more
        own = own_names(scanned.definitions)
        for field, counts in (
            (Field.PATH, Counter(terms(path))),
            (Field.SYMBOL, symbol_terms(own)),
        ):
            self._add(field, counts, counts.values())
        self._names.add(own, range(len(own)))
        return len(self._records) - 1

    def _add(self, field: Field, found: Collection[str], counts: Collection[int]) -> list[int]:
        self._lengths[field].append(sum(counts))
        return self._fields[field].add(found, counts)

    def parts(self) -> list[bytes]:
        """The segment, to be written one part after the other; the builder is used up."""
        fields = {field: inverter.finished() for field, inverter in self._fields.items()}
        _, order, placed = fields[Field.BODY]
        numbers = column(placed, len(order))
        records = [
            finished(rest, numbers[first:last])
            for rest, (first, last) in zip(
                self._records, pairwise(accumulate(self._sizes, initial=0)), strict=True
            )
        ]
        self._records.clear()
        sections = [written_column(accumulate(map(len, records), initial=0)), b"".join(records)]
        sections.append(written_column(map(self._holders.__getitem__, order)))
        sections += (written_column(self._lengths[field]) for field in _FIELDS)
        for field in _FIELDS:
            sections += fields[field][0]
        return packed(sections + self._names.finished()[0])


class Segment:
    """Reads what a `SegmentBuilder` made. Files are meant by their numbers in it."""

    def __init__(self, sections: Sequence[memoryview]) -> None:
        self._ends = opened(sections[0])
        self._records = sections[1]
        self._holders = opened(sections[2])
        self._lengths = {field: opened(sections[3 + n]) for n, field in enumerate(_FIELDS)}
        first = 3 + len(_FIELDS)
        parts = [sections[at : at + SECTIONS] for at in range(first, len(sections), SECTIONS)]
        *fields, self._names = map(Inverted, parts)
        self._fields = dict(zip(_FIELDS, fields, strict=True))
        self._body = self._fields[Field.BODY]
        self._read: dict[int, Record] = {}

    def __len__(self) -> int:
        return len(self._ends) - 1

    def record(self, file: int) -> Record:
        """What is kept of a file."""
        if (record := self._read.get(file)) is None:
            if len(self._read) >= _RECORDS_KEPT:
                self._read.clear()
            record = self._read[file] = Record(self._content(file))
        return record

    def size(self, file: int) -> int:
        """Bytes kept of a file, which grow with its text."""
        return self._ends[file + 1] - self._ends[file]

    def postings(self, field: Field, term: str) -> tuple[list[int], list[int]]:
        """The files whose field holds the term, ascending, and how often each does."""
        inverted = self._fields[field]
        return inverted.owners(rank) if (rank := inverted.find(term)) >= 0 else ([], [])

    def beginning(self, start: str) -> list[int]:
        """The files whose text holds terms that begin so, with repeats."""
        return self._body.beginning(start)

    def holding(self, field: Field, term: str, gone: frozenset[int]) -> int:
        """How many files' field holds the term, those `gone` not counted."""
        inverted = self._fields[field]
        return inverted.having(rank, gone) if (rank := inverted.find(term)) >= 0 else 0

    def lengths(self, field: Field) -> memoryview:
        return self._lengths[field]

    def number(self, term: str) -> int:
        """That of a term of texts; -1 for one that no file holds."""
        return self._body.find(term)

    def holders(self, number: int) -> int:
        """Definitions of all files that hold a term."""
        return self._holders[number]

    def named(self, name: str) -> tuple[list[int], list[int]]:
        """Files and the indices in their definitions of what is called so."""
        return self._names.owners(rank) if (rank := self._names.find(name)) >= 0 else ([], [])

    def scanned(self, file: int) -> Scanned:
        """What was added."""
        record = Record(self._content(file))
        return record.scanned({number: self._body.string(number) for number in record.numbers})

    def _content(self, file: int) -> memoryview:
        return self._records[self._ends[file] : self._ends[file + 1]]
