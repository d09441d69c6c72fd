"""The lines of a source file that are most likely needed next, within a hard budget.

A greedy cover of identifiers: each counts once, by its chance of being used; partly for standing
on a shown line, partly for standing on one whose neighbours are shown too, because a line out of
its place says little. Greedy choice is within 1 - 1/e of the best for such a cover (Nemhauser,
Wolsey and Fisher, 1978); the heap is Minoux's lazy evaluation of 1978.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, nlargest
from itertools import accumulate

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.code.foresight import Foresight
from aicontext.engine.condense.code.reads import plain
from aicontext.engine.condense.marks import Marks

IN_PLACE = 0.4
"""Share of an identifier's worth that takes its line's neighbours."""
WINDOWS = (0, 1, 2)
"""Lines shown around a chosen one."""

LONGEST = 20_000
"""Characters of a line that are looked at; longer lines are weighed at a token a character."""

_MARK = 6
_MISSES = 48
_FEWEST = 300
_TOKENS_A_ROW = 4
"""Rows looked at closely: so many, and one more for so many tokens of budget."""
_CHARACTERS_A_TOKEN = 4


def excerpt(text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
    """Whole lines of the text, most useful first, at most `budget` tokens with the gap marks.

    Lines of a numbered read keep the numbers they have. None where not one line fits.
    """
    if budget <= 0:
        return None
    lines = text.split("\n")
    read = plain(text)
    code = [*read.before, *read.lines, *read.after] if read is not None else lines
    code = [line[:LONGEST] for line in code]
    foresight = Foresight.of(code, ask.query or ask.command)
    cover = _Cover(foresight, lines, count)
    moves = cover.fill(budget)
    result = _fitting(lines, moves, Marks.of(text), budget, count)
    if result is None:
        return None
    shown, kept = result
    return Rendition(Level.EXCERPT, shown, f"{kept:,} of {len(lines):,} lines, by likely use.")


@dataclass(slots=True)
class _Cover:
    """What is shown so far: rows taken, identifiers shown, identifiers shown in their place."""

    foresight: Foresight
    lines: Sequence[str]
    count: Count
    taken: bytearray = field(init=False)
    shown: bytearray = field(init=False)
    placed: bytearray = field(init=False)
    costs: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taken = bytearray(len(self.lines))
        self.shown = bytearray(len(self.foresight.chances))
        self.placed = bytearray(len(self.foresight.chances))

    def fill(self, budget: int) -> list[list[int]]:
        """Windows of new rows in the order of their gain per token, about `budget` in all."""
        bounds = self._bounds()
        richest = nlargest(
            _FEWEST + budget // _TOKENS_A_ROW, range(len(bounds)), bounds.__getitem__
        )
        heap = [(-bounds[row], row) for row in richest if bounds[row]]
        heapify(heap)
        moves: list[list[int]] = []
        used = misses = 0
        while heap and misses < _MISSES:
            _, row = heappop(heap)
            if not self._fresh(row):
                continue
            gain, rows, cost = self._best(row)
            if gain <= 0:
                continue
            if heap and gain < -heap[0][0] * (1 - 1e-9):
                heappush(heap, (-gain, row))
            elif used + cost > budget:
                misses += 1
            else:
                used += cost
                moves.append(rows)
                self._take(rows)
                heappush(heap, (-self._best(row)[0], row))
        return moves

    def _bounds(self) -> list[float]:
        """For each row about the most that a window around it can gain per token."""
        chances = self.foresight.chances
        worth = [0.0, *accumulate(sum([chances[i] for i in on]) for on in self.foresight.lines)]
        sizes = [0, *accumulate(len(line) for line in self.lines)]
        bounds = [0.0] * len(self.lines)
        for reach in WINDOWS:
            for row in range(len(bounds)):
                first, end = max(0, row - reach), min(len(bounds), row + reach + 1)
                share = 1.0 if reach else 1 - IN_PLACE
                cost = _MARK + (sizes[end] - sizes[first]) / _CHARACTERS_A_TOKEN
                most = share * (worth[end] - worth[first]) / cost
                if most > bounds[row]:
                    bounds[row] = most
        return bounds

    def _fresh(self, row: int) -> bool:
        """Whether anything near the row can still gain."""
        reach = WINDOWS[-1]
        near = self.foresight.lines[max(0, row - reach) : row + reach + 1]
        return any(not self.placed[i] for on in near for i in on)

    def _best(self, row: int) -> tuple[float, list[int], int]:
        best: tuple[float, list[int], int] = (0.0, [], 0)
        for reach in WINDOWS:
            first, last = max(0, row - reach), min(len(self.lines) - 1, row + reach)
            rows = [i for i in range(first, last + 1) if not self.taken[i]]
            if rows:
                marks = 2 - self._in(first - 1) - self._in(last + 1)
                cost = sum(map(self._cost, rows)) + marks * _MARK // 2
                gain = self._gain(first, last, rows) / cost
                if gain > best[0]:
                    best = (gain, rows, cost)
        return best

    def _gain(self, first: int, last: int, rows: Sequence[int]) -> float:
        """Worth of what the rows first..last add when they are all shown."""
        lines, chances = self.foresight.lines, self.foresight.chances
        shown, placed = self.shown, self.placed
        new = {i for row in rows for i in lines[row] if not shown[i]}
        gain = (1 - IN_PLACE) * sum([chances[i] for i in new])
        start = first + (not self._in(first - 1))
        stop = last + self._in(last + 1)
        if first and start == first and self._in(first - 2):
            start -= 1
        if last + 1 < len(lines) and stop > last and self._in(last + 2):
            stop += 1
        inside = {i for on in lines[start:stop] for i in on if not placed[i]}
        return gain + IN_PLACE * sum([chances[i] for i in inside])

    def _take(self, rows: Sequence[int]) -> None:
        for row in rows:
            self.taken[row] = 1
            for i in self.foresight.lines[row]:
                self.shown[i] = 1
        for row in range(max(0, rows[0] - 1), min(len(self.lines), rows[-1] + 2)):
            if self.taken[row] and self._in(row - 1) and self._in(row + 1):
                for i in self.foresight.lines[row]:
                    self.placed[i] = 1

    def _in(self, row: int) -> bool:
        return not 0 <= row < len(self.taken) or bool(self.taken[row])

    def _cost(self, row: int) -> int:
        cost = self.costs.get(row)
        if cost is None:
            line = self.lines[row]
            cost = len(line) if len(line) > LONGEST else self.count(line) + 1
            self.costs[row] = cost
        return cost


def _fitting(
    lines: Sequence[str], moves: Sequence[Sequence[int]], marks: Marks, budget: int, count: Count
) -> tuple[str, int] | None:
    """(rendering, rows) of the longest run of moves that fits; costs were estimates."""
    low, high, best = 0, len(moves), None
    while low < high or (best is None and high):
        middle = high if best is None and low == 0 and high == len(moves) else (low + high + 1) // 2
        rows = sorted({row for move in moves[:middle] for row in move})
        text = _render(lines, rows, marks)
        if count(text) <= budget:
            best, low = (text, len(rows)), middle
        else:
            high = middle - 1
    return best


def _render(lines: Sequence[str], rows: Sequence[int], marks: Marks) -> str:
    shown: list[str] = []
    after = 0
    for row in (*rows, len(lines)):
        if row > after:
            shown.append(marks.gap(row - after))
        if row < len(lines):
            shown.append(lines[row])
        after = row + 1
    return "\n".join(shown)
