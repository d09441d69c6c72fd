"""The quality score: how likely it is that a rendition kept all that was needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Evidence, Kind, Level
from aicontext.engine.quality.statements import ASKED


@dataclass(frozen=True, slots=True)
class Signs:
    """What the score is judged by.

    needed, lost: evidence of the original, and how much of it is not shown; asked, unanswered:
    the same of what the query calls for. share: tokens shown for each token of the original.
    size: tokens of the original.
    """

    kind: Kind
    level: Level
    needed: int
    lost: int
    share: float
    size: int = 0
    asked: int = 0
    unanswered: int = 0

    @classmethod
    def of(
        cls,
        kind: Kind,
        level: Level,
        needed: Sequence[Evidence],
        lost: Sequence[Evidence],
        tokens: int,
        size: int,
    ) -> Signs:
        """tokens: of what is shown. size: of the original."""
        asked = sum(item.what == ASKED for item in needed)
        unanswered = sum(item.what == ASKED for item in lost)
        share = tokens / max(size, 1)
        return cls(kind, level, len(needed), len(lost), share, size, asked, unanswered)


def score(signs: Signs) -> float:
    """The calibrated probability in [0, 1] that all evidence was kept."""
    if signs.level.exact:
        return 1.0
    kept = 1 - signs.lost / signs.needed if signs.needed else signs.share
    return round(kept, 3)
