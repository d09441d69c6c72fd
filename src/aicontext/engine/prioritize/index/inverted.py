"""Strings, each with the owners that have it: sorted, to be searched where they lie."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain, repeat

from aicontext.engine.prioritize.index.columns import column, opened, written_column

HIGHEST = {"B": 0xFF, "H": 0xFFFF}
"""The highest value that each width can hold; higher ones are kept as it."""

SECTIONS = 5
_MOST_FOUND = 1 << 14
_APART = 64
_SOUGHT = 8
"""Owners that are read in the time in which one is sought among them."""
_BEYOND = b"\xff"
"""A byte that no string holds, and that is above all others."""


class Inverter:
    """Collects {string: value} of one owner after the other, numbered from 0."""

    def __init__(self, width: str) -> None:
        """width: of the values, one of HIGHEST."""
        self.numbers: defaultdict[str, int] = defaultdict()
        """{string: its number, in the order of first sight}."""
        self.numbers.default_factory = self.numbers.__len__
        self._sizes = array("I")
        self._strings: list[int] = []
        self._values = array(width)

    def add(self, strings: Iterable[str], values: Iterable[int]) -> list[int]:
        """The next owner's strings and their values, side by side; the strings' numbers."""
        numbers = list(map(self.numbers.__getitem__, strings))
        self._strings += numbers
        self._sizes.append(len(numbers))
        self._values.extend(fitted(values, self._values.typecode))
        return numbers

    def finished(self) -> tuple[list[bytes], list[int], list[int]]:
        """What `Inverted` reads, the strings' numbers in the order of their ranks there, and the
        ranks of all that were added, in order."""
        ordered = sorted(self.numbers)
        numbers = list(map(self.numbers.__getitem__, ordered))
        ranks = [0] * len(ordered)
        for rank, number in enumerate(numbers):
            ranks[number] = rank
        placed = list(map(ranks.__getitem__, self._strings))
        whole = "".join(ordered)
        lengths = [len(one) if one.isascii() else len(_encoded(one)) for one in ordered]
        sections = [_encoded(whole), written_column(accumulate(lengths, initial=0))]
        sections += self._owners(placed, len(ordered))
        return sections, numbers, placed

    def _owners(self, placed: Sequence[int], strings: int) -> Sequence[bytes]:
        """By rank, where its owners start; the owners, and their values."""
        having = [0] * strings
        for rank in placed:
            having[rank] += 1
        free = list(accumulate(having, initial=0))
        starts = written_column(free)
        owners, values = [0] * len(placed), [0] * len(placed)
        each = chain.from_iterable(map(repeat, range(len(self._sizes)), self._sizes))
        for rank, owner, value in zip(placed, each, self._values, strict=True):
            at = free[rank]
            owners[at] = owner
            values[at] = value
            free[rank] = at + 1
        highest = HIGHEST[self._values.typecode]
        return starts, written_column(owners, len(self._sizes)), written_column(values, highest)


class Inverted:
    """Reads what an `Inverter` wrote."""

    def __init__(self, sections: Sequence[memoryview]) -> None:
        strings, ends, starts, owners, values = sections
        self._strings = strings
        self._found: dict[str, int] = {}
        self._ends, self._starts = opened(ends), opened(starts)
        self._owners, self._values = opened(owners), opened(values)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def string(self, rank: int) -> str:
        return str(self._bytes(rank), "utf-8", "surrogatepass")

    def find(self, string: str) -> int:
        """The string's rank, -1 for one that no owner has."""
        if (found := self._found.get(string)) is None:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            found = self._found[string] = self._search(string)
        return found

    def owners(self, rank: int) -> tuple[list[int], list[int]]:
        """The owners of the string, ascending, and its value in each."""
        first, last = self._starts[rank], self._starts[rank + 1]
        return self._owners[first:last].tolist(), self._values[first:last].tolist()

    def beginning(self, start: str) -> list[int]:
        """The owners of all strings that begin so, with repeats."""
        wanted = _encoded(start)
        first = self._place(wanted)
        if first == len(self) or not self._bytes(first).startswith(wanted):
            return []
        last = self._place(wanted + _BEYOND)
        return self._owners[self._starts[first] : self._starts[last]].tolist()

    def having(self, rank: int, gone: frozenset[int]) -> int:
        """How many owners have the string, those `gone` not counted."""
        first, last = self._starts[rank], self._starts[rank + 1]
        if len(gone) * _SOUGHT > last - first:
            return last - first - len(gone.intersection(self._owners[first:last].tolist()))
        found = last - first
        for owner in gone:
            at = bisect_left(self._owners, owner, first, last)
            found -= at < last and self._owners[at] == owner
        return found

    def _search(self, string: str) -> int:
        wanted = _encoded(string)
        rank = self._place(wanted)
        return rank if rank < len(self) and self._bytes(rank) == wanted else -1

    def _place(self, wanted: bytes) -> int:
        """The rank of the first string that is not before `wanted`."""
        after = bisect_right(self._marks, wanted) * _APART
        low, high = max(0, after - _APART), min(after, len(self))
        return bisect_left(range(high), wanted, low, key=self._bytes)

    @cached_property
    def _marks(self) -> list[bytes]:
        """Every so many strings one: among these alone, a search is as fast as C."""
        return [self._bytes(rank) for rank in range(0, len(self), _APART)]

    def _bytes(self, rank: int) -> bytes:
        return bytes(self._strings[self._ends[rank] : self._ends[rank + 1]])


def _encoded(string: str) -> bytes:
    return string.encode("utf-8", "surrogatepass")


def fitted(values: Iterable[int], width: str) -> array[int]:
    """The values, none of them over the width's HIGHEST."""
    found, highest = column(values), HIGHEST[width]
    if found.typecode == width:
        return found
    return array(width, [min(value, highest) for value in found])
