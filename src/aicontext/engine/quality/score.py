"""The quality score: how likely it is that a rendition kept all that was needed."""

from __future__ import annotations

from dataclasses import dataclass

from aicontext.domain.context import Kind, Level


@dataclass(frozen=True, slots=True)
class Signs:
    """What the score is judged by.

    needed, lost: evidence of the original, and how much of it is not shown. share: tokens shown
    for each token of the original.
    """

    kind: Kind
    level: Level
    needed: int
    lost: int
    share: float


def score(signs: Signs) -> float:
    """The calibrated probability in [0, 1] that all evidence was kept."""
    if signs.level.exact:
        return 1.0
    kept = 1 - signs.lost / signs.needed if signs.needed else signs.share
    return round(kept, 3)
