"""Which lines to show: the most foreseen identifiers for the fewest tokens.

Greedy choice of lines with their neighbours by gain per token. Covered identifiers count once
(the gain is submodular), an identifier between its neighbours counts in full, at the edge of an
excerpt in part. The heap holds stale gains and refreshes them when they come up (lazy greedy:
Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", 1978).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Count
from aicontext.domain.messages import Role
from aicontext.engine.compress.compact.session import Session

EDGE = 0.5
GAP_COST = 5
MARK_COST = 4
CANDIDATES = 40_000
PATIENCE = 200


@dataclass(frozen=True, slots=True)
class Worth:
    """lines: identifiers of each line. value: of each identifier. merit: of each line itself."""

    lines: Sequence[tuple[int, ...]]
    value: Sequence[float]
    merit: Sequence[float]


class Selection:
    """Lines chosen so far, in the order of choosing (`order`), and what they cost."""

    def __init__(self, session: Session, worth: Worth, count: Count) -> None:
        self.session, self.worth = session, worth
        self._count = count
        self.chosen = bytearray(len(session.texts))
        self.order: list[int] = []
        self.used = 0
        self._shown = [0.0] * len(worth.value)
        self._costs = [0] * len(session.texts)
        self._open = bytearray(len(session.messages))

    def cost(self, line: int) -> int:
        """Tokens of a line and its line break."""
        if not self._costs[line]:
            self._costs[line] = self._count(self.session.texts[line]) + (
                not self.session.glued[line]
            )
        return self._costs[line]

    def take(self, lines: Sequence[int]) -> None:
        """Choose lines; their message's head comes along."""
        fresh = self._closure(lines)
        self.used += self._price(fresh)
        for line in fresh:
            self.chosen[line] = 1
            self.order.append(line)
        for line in fresh:
            self._open[self.session.owner[line]] = 1
        for line in fresh:
            first, past = self._around(line)
            for near in range(first, past):
                if self.chosen[near]:
                    self._show(near)

    def price(self, lines: Sequence[int]) -> int:
        return self._price(self._closure(lines))

    def fill(self, budget: int) -> None:
        """Choose by gain per token while the cost stays within the budget."""
        heap = self._candidates()
        misses = 0
        while heap and misses < PATIENCE:
            _rate, line = heapq.heappop(heap)
            fresh = self._closure(self._window(line))
            if not fresh:
                continue
            price = self._price(fresh)
            now = -self._gain(line, fresh) / price
            if now >= 0:
                continue
            if heap and now > heap[0][0]:
                heapq.heappush(heap, (now, line))
                continue
            if self.used + price > budget:
                misses += 1
                continue
            self.take(fresh)
            for near in self._neighbourhood(line):
                if not self._full(near):
                    heapq.heappush(heap, (float("-inf") if False else self._rate(near), near))

    def _rate(self, line: int) -> float:
        fresh = self._closure(self._window(line))
        return -self._gain(line, fresh) / self._price(fresh) if fresh else 0.0

    def _candidates(self) -> list[tuple[float, int]]:
        """Lines by their gain over an estimate of their cost."""
        worth = self.worth
        heap = []
        for line, found in enumerate(worth.lines):
            gain = sum(worth.value[i] for i in found) + worth.merit[line]
            if gain > 0:
                heap.append((-gain / (len(self.session.texts[line]) / 4 + 8) * 3, line))
        heap.sort()
        del heap[CANDIDATES:]
        return heap

    def _window(self, line: int) -> list[int]:
        first, past = self._around(line)
        return [near for near in range(first, past) if not self.chosen[near]]

    def _around(self, line: int) -> tuple[int, int]:
        first, past = self.session.spans[self.session.owner[line]]
        return max(first, line - 1), min(past, line + 2)

    def _neighbourhood(self, line: int) -> range:
        first, past = self.session.spans[self.session.owner[line]]
        return range(max(first, line - 3), min(past, line + 4))

    def _closure(self, lines: Sequence[int]) -> list[int]:
        """The lines not chosen yet, and the call whose result they are from."""
        session = self.session
        fresh = [line for line in lines if not self.chosen[line]]
        heads = []
        for owner in {session.owner[line] for line in fresh}:
            call = session.calls[owner]
            if call >= 0 and not self._open[call]:
                first, past = session.spans[call]
                if first < past and first not in fresh:
                    heads.append(first)
        return heads + fresh

    def _price(self, fresh: Sequence[int]) -> int:
        """Tokens of new lines, their gap marks and message marks."""
        total = 0
        opened = set()
        for line in fresh:
            owner = self.session.owner[line]
            if not self._open[owner] and owner not in opened:
                opened.add(owner)
                total += MARK_COST
            total += self.cost(line)
        if fresh:
            first, past = self._around(fresh[-1])
            joined = any(self.chosen[near] for near in range(first, past))
            total += 0 if joined else GAP_COST
        return max(1, total)

    def _gain(self, line: int, fresh: Sequence[int]) -> float:
        worth, shown = self.worth, self._shown
        new = set(fresh)
        total = 0.0
        seen: set[int] = set()
        first, past = self._around(line)
        for near in {*fresh, *range(first, past)}:
            full = near == line or self._full(near, new)
            share = 1.0 if full else EDGE
            if near in new:
                total += worth.merit[near]
            for i in worth.lines[near]:
                if i not in seen and share > shown[i]:
                    total += (share - shown[i]) * worth.value[i]
                    if full:
                        seen.add(i)
        return total

    def _full(self, line: int, new: set[int] | frozenset[int] = frozenset()) -> bool:
        """Whether a line stands, or will stand, between its neighbours."""
        first, past = self._around(line)
        return all(self.chosen[near] or near in new for near in range(first, past))

    def _show(self, line: int) -> None:
        share = 1.0 if self._full(line) else EDGE
        for i in self.worth.lines[line]:
            if share > self._shown[i]:
                self._shown[i] = share


def merits(session: Session) -> list[float]:
    """What a line is worth beside its identifiers: words said to people carry decisions."""
    roles = [m.role for m in session.messages]
    return [0.02 if roles[owner] in (Role.USER, Role.ASSISTANT) else 0.0 for owner in session.owner]
