"""What the index keeps of one file: its definitions and the terms of each, in few bytes."""

from __future__ import annotations

import struct
import zlib
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain, islice, pairwise
from typing import NamedTuple

from aicontext.domain.repository.corpus import Defined
from aicontext.engine.prioritize.index.columns import (
    halves,
    joined,
    searched,
    taken,
    written,
    written_column,
)
from aicontext.engine.prioritize.index.container import LEVEL
from aicontext.engine.prioritize.index.scan import Scanned

_KINDS = ("function", "class", "interface", "struct", "enum", "type", "module")
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_HEAD = struct.Struct("<III")
"""Different terms, definitions, and pairs of them."""

_APART = struct.Struct("<I")
"""Terms of which the lower halves of their numbers stand before the compressed part: all where the
numbers take four bytes, else none. These halves look like chance, and to compress them too takes
40 % longer."""

_HALF, _WIDE = 2, 4
"""Bytes of such a half, and of such a number."""


class Draft(NamedTuple):
    """A record whose terms are still to be numbered.

    terms: the different ones by first sight. totals, holders: how often the file holds each, and
    how many of its definitions do.
    """

    terms: Sequence[str]
    totals: Sequence[int]
    holders: Sequence[int]
    rest: bytes


def draft(scanned: Scanned) -> Draft:
    """The record of a file."""
    definitions, counts = scanned
    place: defaultdict[str, int] = defaultdict()
    place.default_factory = place.__len__
    places = list(map(place.__getitem__, chain.from_iterable(counts)))
    place.default_factory = None  # It would hold itself.
    values = list(chain.from_iterable([count.values() for count in counts]))
    totals, holders = _summed(places, values, len(place), len(places) - len(counts[-1]))
    names = "\n".join([defined.name for defined in definitions])
    parts = (
        _HEAD.pack(len(place), len(definitions), len(places)),
        written_column(map(len, counts)),
        written_column([defined.first for defined in definitions]),
        written_column([defined.last for defined in definitions]),
        written_column(places, len(place)),
        written_column(values),
        written_column([_NUMBERS[defined.kind] for defined in definitions]),
        names.encode("utf-8", "surrogatepass"),
    )
    return Draft(list(place), totals, holders, b"".join(parts))


def _summed(
    places: Sequence[int], values: Sequence[int], terms: int, inside: int
) -> tuple[list[int], list[int]]:
    """For each place the sum of its values, and how often it is among the first `inside`."""
    if not inside:
        return list(values), [0] * terms
    totals, holders = [0] * terms, [0] * terms
    pairs = zip(places, values, strict=True)
    for number, times in islice(pairs, inside):
        totals[number] += times
        holders[number] += 1
    for number, times in pairs:
        totals[number] += times
    return totals, holders


def finished(rest: bytes, numbers: array[int]) -> bytes:
    """The record of a draft; `numbers` are those of its terms."""
    apart = numbers and numbers.itemsize == _WIDE
    low, kept = halves(numbers) if apart else (b"", written(numbers))
    body = rest[: _HEAD.size] + kept + rest[_HEAD.size :]
    return _APART.pack(len(low) // _HALF) + low + zlib.compress(body, LEVEL)


class Record:
    """Reads what a `Draft` became."""

    __slots__ = ("_ends", "_place_of", "_places", "_values", "definitions", "numbers", "sizes")

    def __init__(self, content: memoryview) -> None:
        (apart,) = _APART.unpack_from(content)
        start = _APART.size + _HALF * apart
        body = memoryview(zlib.decompress(content[start:]))
        terms, count, pairs = _HEAD.unpack_from(body)
        at, columns = _HEAD.size, []
        if apart:
            at += _HALF * apart
            self.numbers = joined(content[_APART.size : start], body[_HEAD.size : at])
        else:
            self.numbers, at = taken(body, at, terms)
        for length in (count + 1, count, count):
            found, at = taken(body, at, length)
            columns.append(found)
        sizes, firsts, lasts = columns
        """numbers: of the file's different terms."""
        self._places, at = searched(body, at, pairs)
        self._values, at = taken(body, at, pairs)
        kinds, at = taken(body, at, count)
        self._place_of = dict(zip(self.numbers, range(terms), strict=True))
        self._ends = list(accumulate(sizes, initial=0))
        names = str(body[at:], "utf-8", "surrogatepass").split("\n")[:count]
        self.definitions = tuple(map(Defined, names, map(_KINDS.__getitem__, kinds), firsts, lasts))
        """Those of the file."""
        spans = list(pairwise(self._ends))[:-1]
        self.sizes = [sum(self._values[first:last]) for first, last in spans]
        """Terms of each definition."""

    def held(self) -> list[int]:
        """Numbers of the terms of definitions, as often as there are definitions that hold one."""
        return list(map(self.numbers.__getitem__, map(ord, self._places[: self._ends[-2]])))

    def within(self, wanted: Mapping[int, str]) -> list[dict[str, int]]:
        """For each definition {term: times}, of the terms that `wanted` has by their numbers."""
        found: list[dict[str, int]] = [{} for _ in self.definitions]
        place_of, places, end = self._place_of, self._places, self._ends[-2]
        for number, term in wanted.items():
            place = chr(place_of[number]) if number in place_of else ""
            at = places.find(place, 0, end) if place else -1
            while at >= 0:
                found[bisect_right(self._ends, at) - 1][term] = self._values[at]
                at = places.find(place, at + 1, end)
        return found

    def scanned(self, term: Mapping[int, str]) -> Scanned:
        """What the record was made of; `term` by its number."""
        terms = [term[number] for number in self.numbers]
        counts = [
            {terms[ord(place)]: times for place, times in pairs}
            for pairs in (
                zip(self._places[first:last], self._values[first:last], strict=True)
                for first, last in pairwise(self._ends)
            )
        ]
        return Scanned(self.definitions, tuple(counts))
