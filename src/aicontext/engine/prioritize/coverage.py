"""Runs of neighbouring pieces that together show the most of what is asked for.

Greedy weighted maximum coverage under a budget (Khuller, Moss and Naor, "The budgeted maximum
coverage problem", 1999), taken lazily: a name counts once, so that the excerpt does not say the
same twice; at the edge of a run it counts less, for there it stands without its surroundings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import accumulate

WINDOW = 3
"""Pieces taken at once: one with both its neighbours."""
EDGE = 0.6
"""Share of a name's weight at the edge of a run."""
MARK_COST = 4.0
"""Tokens of a gap mark, about."""


@dataclass(frozen=True, slots=True)
class Covered:
    """Pieces and what they hold.

    names: of each piece. weights: of each name. base: worth of each token of a piece, names aside.
    costs: tokens of each piece, about.
    """

    names: Sequence[Collection[str]]
    weights: Mapping[str, float]
    base: Sequence[float]
    costs: Sequence[float]


def runs(pieces: Covered, limit: float) -> list[tuple[int, ...]]:
    """Groups of neighbours in the order of their gain a token, until they cost `limit` together.

    Each piece is in one group at most. Near-linear: a gain is computed again only when it leads.
    """
    greedy = _Greedy(pieces)
    order = []
    for group, cost in greedy.groups():
        order.append(group)
        limit -= cost
        if limit <= 0:
            break
    return order


@dataclass(slots=True)
class _Greedy:
    pieces: Covered
    shown: bytearray = field(init=False)
    """Whether a piece is shown, shifted by one; beyond both ends nothing is missing."""
    whole: set[str] = field(init=False, default_factory=set)
    """Names that a run shows within."""
    edged: set[str] = field(init=False, default_factory=set)
    """Names that stand at the edge of a run only."""

    def __post_init__(self) -> None:
        self.shown = bytearray(len(self.pieces.costs) + 2)
        self.shown[0] = self.shown[-1] = True

    def groups(self) -> Iterator[tuple[tuple[int, ...], float]]:
        queue = self._bounds()
        heapify(queue)
        while queue:
            _, first, end = heappop(queue)
            gain, cost, whole, edged = self._gain(first, end)
            if gain <= 0:
                continue
            if queue and gain < -queue[0][0]:
                heappush(queue, (-gain, first, end))
                continue
            group = tuple(i for i in range(first, end) if not self.shown[i + 1])
            for i in group:
                self.shown[i + 1] = True
            self.whole |= whole
            self.edged -= whole
            self.edged |= edged
            yield group, cost
            for i in (first - 1, end):
                if 0 <= i < len(self.pieces.costs) and not self.shown[i + 1]:
                    heappush(queue, (-self._gain(i, i + 1)[0], i, i + 1))

    def _bounds(self) -> list[tuple[float, int, int]]:
        """Every window with an upper bound of its gain a token, negated."""
        weights = self.pieces.weights.__getitem__
        named = (sum(map(weights, held)) if held else 0.0 for held in self.pieces.names)
        tokens = self.pieces.costs
        worth = (a + b * c for a, b, c in zip(named, self.pieces.base, tokens, strict=True))
        values, costs = [0.0, *accumulate(worth)], [0.0, *accumulate(tokens)]
        size = len(tokens)
        ends = ((first, min(first + WINDOW, size)) for first in range(max(size - WINDOW, 0) + 1))
        return [
            ((values[first] - values[end]) / (costs[end] - costs[first]), first, end)
            for first, end in ends
            if values[first] < values[end]
        ]

    def _gain(self, first: int, end: int) -> tuple[float, float, set[str], set[str]]:
        """What showing first..end-1 adds for each token, its tokens, and the names that are then
        shown within a run, or at an edge, and were not."""
        cost = gain = 0.0
        shown, costs, base = self.shown, self.pieces.costs, self.pieces.base
        for i in range(first, end):
            if not shown[i + 1]:
                cost += costs[i]
                gain += base[i] * costs[i]
        if not cost:
            return 0.0, 0.0, set(), set()
        cost = max(1.0, cost + MARK_COST * (1 - shown[first] - shown[end + 1]))
        whole, edged = self._told(first, end)
        weight = self.pieces.weights.__getitem__
        gain += sum(map(weight, whole)) + EDGE * sum(map(weight, edged))
        if risen := whole & self.edged:
            gain -= EDGE * sum(map(weight, risen))
        return gain / cost, cost, whole, edged

    def _told(self, first: int, end: int) -> tuple[set[str], set[str]]:
        """The names within the run, and at its edges, when first..end-1 are shown too."""
        shown, named = self.shown, self.pieces.names
        whole, edged = set[str](), set[str]()
        for i in range(max(first - 1, 0), min(end + 1, len(self.pieces.costs))):
            if named[i] and (first <= i < end or shown[i + 1]):
                within = (i > first or shown[i]) and (i + 1 < end or shown[i + 2])
                (whole if within else edged).update(named[i])
        whole -= self.whole
        edged -= self.whole
        return whole, edged - whole - self.edged
