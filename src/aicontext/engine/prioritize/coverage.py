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
    levels: dict[str, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.shown = bytearray(len(self.pieces.costs) + 2)
        self.shown[0] = self.shown[-1] = True

    def groups(self) -> Iterator[tuple[tuple[int, ...], float]]:
        queue = self._bounds()
        heapify(queue)
        while queue:
            _, first, end = heappop(queue)
            gain, cost, levels = self._gain(first, end)
            if gain <= 0:
                continue
            if queue and gain < -queue[0][0]:
                heappush(queue, (-gain, first, end))
                continue
            group = tuple(i for i in range(first, end) if not self.shown[i + 1])
            for i in group:
                self.shown[i + 1] = True
            self.levels.update(levels)
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

    def _gain(self, first: int, end: int) -> tuple[float, float, dict[str, float]]:
        """What showing first..end-1 adds for each token, its tokens, and the names' new levels."""
        cost = gain = 0.0
        shown, costs, base = self.shown, self.pieces.costs, self.pieces.base
        for i in range(first, end):
            if not shown[i + 1]:
                cost += costs[i]
                gain += base[i] * costs[i]
        if not cost:
            return 0.0, 0.0, {}
        cost = max(1.0, cost + MARK_COST * (1 - shown[first] - shown[end + 1]))
        levels = self._levels(first, end)
        weights, known = self.pieces.weights, self.levels.get
        for name, level in levels.items():
            gain += weights[name] * (level - known(name, 0.0))
        return gain / cost, cost, levels

    def _levels(self, first: int, end: int) -> dict[str, float]:
        """The names whose level rises when first..end-1 are shown too."""
        shown, known, found = self.shown, self.levels.get, dict[str, float]()
        for i in range(max(first - 1, 0), min(end + 1, len(self.pieces.costs))):
            names = self.pieces.names[i]
            if not names or (not first <= i < end and not shown[i + 1]):
                continue
            above, below = i > first or shown[i], i + 1 < end or shown[i + 2]
            level = 1.0 if above and below else EDGE
            for name in names:
                if level > known(name, 0.0) and level > found.get(name, 0.0):
                    found[name] = level
        return found
