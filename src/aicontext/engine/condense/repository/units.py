"""The parts that a source file is shown in: functions, and what of its types is not a function."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.shapes import CALLABLE
from aicontext.engine.condense.repository.sections import SECTION

Span = tuple[int, int]
"""First and last line, counted from 1, both included."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A definition, shown whole or by its signature.

    symbol: its name with those that enclose it, joined by dots. span: its lines; of a type those
    before its first function, and a function's functions are lines of it. head: the last line of
    its signature. whole: whether these are all its lines. around: the signatures of what encloses
    it, outermost first.
    """

    symbol: str
    kind: str
    span: Span
    head: int
    whole: bool = True
    around: tuple[Span, ...] = ()

    @property
    def signature(self) -> Span:
        return self.span[0], self.head

    @property
    def bare(self) -> bool:
        """Whether it is a type's signature and nothing else: what is in it are other units."""
        return not self.whole and self.span[1] <= self.head


@dataclass(frozen=True, slots=True)
class Outlined:
    """A file that may be shown. lines: verbatim. offsets: characters before each line, and all.
    units: in the order of their lines; no two share one. callables: those that can be called, by
    name. language: may be empty."""

    lines: Sequence[str]
    offsets: Sequence[int]
    units: Sequence[Unit]
    callables: Mapping[str, Sequence[Unit]]
    language: str = ""

    @classmethod
    def of(cls, text: str, definitions: Sequence[Definition], language: str = "") -> Outlined:
        lines = text.split("\n")
        offsets = list(accumulate((len(line) + 1 for line in lines), initial=0))
        units = tuple(_units(definitions, lines))
        return cls(lines, offsets, units, _callables(units), language)

    @property
    def sectioned(self) -> bool:
        """Whether its units are sections: it defines nothing."""
        return bool(self.units) and self.units[0].kind == SECTION

    def text(self, span: Span) -> str:
        return "\n".join(self.lines[span[0] - 1 : span[1]])

    def size(self, span: Span) -> int:
        """Characters of the lines with their ends."""
        return self.offsets[span[1]] - self.offsets[span[0] - 1]

    def blank(self, first: int, end: int) -> bool:
        """Whether the lines `first` to `end` - 1 hold nothing."""
        return not any(line.strip() for line in self.lines[first - 1 : end - 1])

    def at(self, line: int) -> int | None:
        """The index of the unit that holds a line; None between them."""
        i = bisect_right(self.units, line, key=lambda unit: unit.span[0]) - 1
        return i if i >= 0 and line <= self.units[i].span[1] else None


def _units(definitions: Sequence[Definition], lines: Sequence[str]) -> Iterator[Unit]:
    enclosing: list[Definition] = []
    after = 0
    for d, end in zip(definitions, _own_ends(definitions), strict=True):
        del enclosing[d.depth :]
        while end > d.head and not lines[end - 1].strip():
            end -= 1
        if after < d.first <= end:
            around = tuple((e.first, e.head) for e in enclosing)
            symbol = ".".join([*(e.name for e in enclosing), d.name])
            head = min(d.head, end)
            yield Unit(symbol, d.kind, (d.first, end), head, end == d.last, around)
            after = end
        enclosing.append(d)


def _callables(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {}
    for unit in units:
        if unit.kind in CALLABLE:
            found.setdefault(unit.symbol.rpartition(".")[2], []).append(unit)
    return found


def _own_ends(definitions: Sequence[Definition]) -> Iterator[int]:
    """The last line of each definition that belongs to no function inside of it."""
    for i, d in enumerate(definitions):
        end = d.last
        if d.kind not in CALLABLE:
            for inner in definitions[i + 1 :]:
                if inner.first > d.last:
                    break
                if inner.kind in CALLABLE or inner.last - inner.first > 1:
                    end = min(d.last, max(d.head, inner.first - 1))
                    break
        yield end
