"""One budget shared by several blocks."""

from __future__ import annotations

from collections.abc import Sequence


def allocate(sizes: Sequence[int], weights: Sequence[float], budget: int) -> list[int]:
    """Tokens for each block: min(size, level x weight), the level chosen so that all fit.

    sizes: tokens of each block. weights: positive worth of a token of it. The sum never passes
    `budget`; what small blocks do not need goes to the others (water-filling, O(n log n)).
    """
    given = [0] * len(sizes)
    left, weight = float(max(budget, 0)), sum(weights)
    for i in sorted(range(len(sizes)), key=lambda i: (sizes[i] / weights[i], i)):
        given[i] = min(sizes[i], int(left * weights[i] / weight)) if weight > 0 else 0
        left -= given[i]
        weight -= weights[i]
    return given
