"""Which lines to show: the most foreseen identifiers for the fewest tokens.

Greedy choice of lines with their neighbours by gain per token. An identifier counts once (the
gain is submodular): in full on a line between its neighbours, in part on the edge of an excerpt.
The heap holds stale gains and refreshes them when they come up (lazy greedy: Minoux, "Accelerated
greedy algorithms for maximizing submodular set functions", 1978).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from aicontext.domain.context import Count
from aicontext.engine.compress.compact.session import Session

EDGE = 0.5
"""Share of an identifier's value on a line that lacks a neighbour."""

GAP_COST, MARK_COST = 6, 4
"""Tokens of a gap mark and of a message's number, speaker and line break."""

CANDIDATES = 40_000
PATIENCE = 200
"""Lines looked at in vain, each too dear for what is left, before filling stops."""


@dataclass(frozen=True, slots=True)
class Worth:
    """lines: identifiers of each line. value: of each identifier. merit: of each line itself."""

    lines: Sequence[tuple[int, ...]]
    value: Sequence[float]
    merit: Sequence[float]


class Selection:
    """Lines chosen so far. order: as they were chosen. used: an estimate of their tokens.

    barred: lines that are never chosen.
    """

    def __init__(
        self, session: Session, worth: Worth, count: Count, barred: Set[int] = frozenset()
    ) -> None:
        self.order: list[int] = []
        self.used = 0
        self._session, self._worth, self._count = session, worth, count
        self._barred = barred
        self._chosen = bytearray(len(session.texts))
        self._open = bytearray(len(session.messages))
        self._shown = [0.0] * len(worth.value)
        self._costs = [0] * len(session.texts)

    def show(self, identifiers: Iterable[int]) -> None:
        """Count identifiers as shown elsewhere, without the lines around them; those that no line
        of the session holds do not matter."""
        for i in identifiers:
            if i >= len(self._shown):
                continue
            self._shown[i] = max(self._shown[i], EDGE)

    def grow(self, lines: Iterable[int], most: float) -> None:
        """Choose lines in their order until one would cost more than what is left of `most`."""
        for line in lines:
            if self._chosen[line]:
                continue
            fresh = self._closure([line])
            price = self._price(fresh)
            if price > most:
                return
            most -= price
            self._take(fresh, price)

    def fill(self, budget: int) -> None:
        """Choose by gain per token while the cost stays within the budget."""
        heap = self._candidates()
        misses = 0
        while heap and misses < PATIENCE:
            _, line = heapq.heappop(heap)
            rate, fresh, price = self._rate(line)
            if rate <= 0:
                continue
            if heap and -rate > heap[0][0]:
                heapq.heappush(heap, (-rate, line))
            elif self.used + price > budget:
                misses += 1
            else:
                self._take(fresh, price)
                for near in self._around(line, 3):
                    rate, _, _ = self._rate(near)
                    if rate > 0:
                        heapq.heappush(heap, (-rate, near))

    def _candidates(self) -> list[tuple[float, int]]:
        """Lines with more gain than they can have at less cost than they can have, best first."""
        worth, texts = self._worth, self._session.texts
        heap = []
        for line, found in enumerate(worth.lines):
            if not self._chosen[line] and line not in self._barred:
                gain = sum([worth.value[i] for i in found]) + worth.merit[line]
                heap.append((-3 * gain / (len(texts[line]) / 4 + 8), line))
        heap.sort()
        del heap[CANDIDATES:]
        return heap

    def _rate(self, line: int) -> tuple[float, list[int], int]:
        """(gain per token, lines, price) of showing a line between its neighbours."""
        fresh = self._closure([near for near in self._around(line, 1) if not self._chosen[near]])
        price = self._price(fresh)
        return (self._gain(line, fresh) / price if fresh else 0.0), fresh, price

    def _gain(self, line: int, fresh: Sequence[int]) -> float:
        worth, new = self._worth, set(fresh)
        best: dict[int, float] = {}
        for near in sorted(new.union(self._around(line, 1))):
            share = 1.0 if self._full(near, new) else EDGE
            for i in worth.lines[near]:
                if share > best.get(i, self._shown[i]):
                    best[i] = share
        gain = sum([(share - self._shown[i]) * worth.value[i] for i, share in best.items()])
        return gain + sum([worth.merit[near] for near in fresh])

    def _take(self, fresh: Sequence[int], price: int) -> None:
        self.used += price
        self.order += fresh
        for line in fresh:
            self._chosen[line] = 1
            self._open[self._session.owner[line]] = 1
        for near in {near for line in fresh for near in self._around(line, 1)}:
            if self._chosen[near]:
                share = 1.0 if self._full(near) else EDGE
                for i in self._worth.lines[near]:
                    self._shown[i] = max(self._shown[i], share)

    def _around(self, line: int, reach: int) -> Sequence[int]:
        """A line's neighbours in its message, itself among them, without the barred."""
        first, past = self._session.spans[self._session.owner[line]]
        near = range(max(first, line - reach), min(past, line + reach + 1))
        return [n for n in near if n not in self._barred] if self._barred else near

    def _full(self, line: int, new: Iterable[int] = ()) -> bool:
        """Whether a line stands between its neighbours once the new lines are shown."""
        return all(self._chosen[near] or near in new for near in self._around(line, 1))

    def _closure(self, lines: Sequence[int]) -> list[int]:
        """Lines with what must come along: the head of the call whose result they are, and a
        line so short that a mark in its place would save nothing."""
        if not lines:
            return []
        session, new = self._session, list(lines)
        call = session.calls[session.owner[lines[0]]]
        if call >= 0 and not self._open[call] and session.spans[call][0] < session.spans[call][1]:
            new.insert(0, session.spans[call][0])
        within = self._around(lines[0], 2), self._around(lines[-1], 2)
        for gap, beyond in ((lines[0] - 1, lines[0] - 2), (lines[-1] + 1, lines[-1] + 2)):
            if (
                (beyond in within[0] or beyond in within[1])
                and self._chosen[beyond]
                and not self._chosen[gap]
                and gap not in self._barred
                and self._cost(gap) <= GAP_COST
            ):
                new.append(gap)
        return new

    def _price(self, fresh: Sequence[int]) -> int:
        """Tokens of new lines, their gap marks and message marks."""
        total = sum([self._cost(line) for line in fresh])
        new = set(fresh)
        for owner in {self._session.owner[line] for line in fresh}:
            first, past = self._session.spans[owner]
            if not self._open[owner]:
                total += MARK_COST
            mine = [line for line in fresh if self._session.owner[line] == owner]
            low, high = min(mine) - 1, max(mine) + 1
            total += GAP_COST * (
                (low >= first and not self._chosen[low] and low not in new)
                + (high < past and not self._chosen[high])
                - self._open[owner]
            )
        return max(1, total)

    def _cost(self, line: int) -> int:
        """Tokens of a line and its line break."""
        if not self._costs[line]:
            whole = not self._session.glued[line]
            self._costs[line] = max(1, self._count(self._session.texts[line]) + whole)
        return self._costs[line]
