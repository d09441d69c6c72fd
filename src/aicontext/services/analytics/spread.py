"""Quantiles of many values in little memory."""

from __future__ import annotations

from collections import Counter
from math import floor, log

_WIDTH = log(1.05)


class Spread:
    """Counts of values by size, in steps of 5 %: a quantile is right to within 2.5 %."""

    def __init__(self) -> None:
        self._counts: Counter[int | None] = Counter()

    def add(self, value: float) -> None:
        self._counts[floor(log(value) / _WIDTH) if value > 0 else None] += 1

    def quantile(self, share: float) -> float:
        """The value that `share` of the values do not pass; 0 where there are none."""
        rest = share * self._counts.total()
        for step in sorted(self._counts, key=lambda step: (step is not None, step or 0)):
            rest -= self._counts[step]
            if rest <= 0:
                return 0.0 if step is None else 1.05 ** (step + 0.5)
        return 0.0
