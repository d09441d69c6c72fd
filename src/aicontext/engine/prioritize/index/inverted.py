"""Strings, each with the owners that have it: sorted, to be searched where they lie."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, repeat

HIGHEST = 0xFFFF
"""The highest value; higher ones are kept as it."""

SECTIONS = 5
_MOST_SHORT_OWNERS = 1 << 16
_MOST_FOUND = 1 << 14


class Inverter:
    """Collects {string: value} of one owner after the other, numbered from 0."""

    def __init__(self) -> None:
        self.numbers: defaultdict[str, int] = defaultdict()
        """{string: its number, in the order of first sight}."""
        self.numbers.default_factory = self.numbers.__len__
        self._sizes = array("I")
        self._strings = array("I")
        self._values = array("H")

    def add(self, strings: Iterable[str], values: Iterable[int]) -> None:
        """The next owner's strings and their values, side by side."""
        before = len(self._strings)
        self._strings.extend(map(self.numbers.__getitem__, strings))
        self._sizes.append(len(self._strings) - before)
        self._values.extend(shorts(values))

    def ranks(self) -> array[int]:
        """By the number of a string its place among all, sorted."""
        ranks = array("I", bytes(4 * len(self.numbers)))
        for rank, string in enumerate(sorted(self.numbers)):
            ranks[self.numbers[string]] = rank
        return ranks

    def sections(self, ranks: Sequence[int]) -> list[bytes]:
        """What `Inverted` reads."""
        encoded = [string.encode("utf-8", "surrogatepass") for string in sorted(self.numbers)]
        ends = array("I", accumulate(map(len, encoded), initial=0))
        placed = [ranks[number] for number in self._strings]
        counts = [0] * (len(encoded) + 1)
        for rank in placed:
            counts[rank + 1] += 1
        starts = array("I", accumulate(counts))
        owners = array("H" if len(self._sizes) <= _MOST_SHORT_OWNERS else "I", [0]) * len(placed)
        values = array("H", [0]) * len(placed)
        free = starts.tolist()
        having = chain.from_iterable(map(repeat, range(len(self._sizes)), self._sizes))
        for rank, owner, value in zip(placed, having, self._values, strict=True):
            at = free[rank]
            owners[at] = owner
            values[at] = value
            free[rank] = at + 1
        parts = (ends, starts, owners, values)
        return [b"".join(encoded), *(part.tobytes() for part in parts)]


class Inverted:
    """Reads what an `Inverter` wrote."""

    def __init__(self, sections: Sequence[memoryview]) -> None:
        strings, ends, starts, owners, values = sections
        self._strings = strings
        self._found: dict[str, int] = {}
        self._ends = ends.cast("I")
        self._starts = starts.cast("I")
        self._values = values.cast("H")
        self._owners = owners.cast("H" if owners.nbytes == values.nbytes else "I")

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

    def _search(self, string: str) -> int:
        wanted = string.encode("utf-8", "surrogatepass")
        rank = bisect_left(range(len(self)), wanted, key=self._bytes)
        return rank if rank < len(self) and self._bytes(rank) == wanted else -1

    def _bytes(self, rank: int) -> bytes:
        return bytes(self._strings[self._ends[rank] : self._ends[rank + 1]])


def shorts(values: Iterable[int]) -> array[int]:
    """The values, none of them over HIGHEST."""
    kept = list(values)
    try:
        return array("H", kept)
    except OverflowError:
        return array("H", [min(value, HIGHEST) for value in kept])
