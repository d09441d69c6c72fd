"""The quality score: how likely it is that a rendition kept all that was needed.

A logistic model for each kind on a few signs; its weights are fitted and its reliability is
measured by benchmarks/calibration/fit.py. See docs/adr/0007-quality-score.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log, log1p, prod

from aicontext.domain.context import Evidence, Kind, Level
from aicontext.engine.quality.statements import ASKED

SESSION = "session"
"""What the weights for compacted sessions are filed under."""
MATTERS = "matters"
"""What is filed here says how much the score of one block among others counts, 0 to 1."""
_LEAST_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class Signs:
    """What the score is judged by.

    needed, lost: evidence of the original, and how much of it is not shown; asked, unanswered:
    the same of what the query calls for. share: tokens shown for each token of the original.
    size: tokens of the original. echoed, heard: what `echo` tells of the query. session: a whole
    session was rewritten; its lines are counted as its evidence.
    """

    kind: Kind
    level: Level
    needed: int
    lost: int
    share: float
    size: int = 0
    asked: int = 0
    unanswered: int = 0
    echoed: float = 0.0
    heard: float = 0.0
    session: bool = False

    @classmethod
    def of(
        cls,
        kind: Kind,
        level: Level,
        needed: Sequence[Evidence],
        lost: Sequence[Evidence],
        *,
        tokens: int,
        size: int,
        echoed: tuple[float, float] = (0.0, 0.0),
    ) -> Signs:
        """tokens: of what is shown. size: of the original. echoed: see `echo`."""
        asked = [item.what for item in needed].count(ASKED)
        unanswered = [item.what for item in lost].count(ASKED)
        share = tokens / max(size, 1)
        return cls(kind, level, len(needed), len(lost), share, size, asked, unanswered, *echoed)

    @property
    def group(self) -> str:
        """What the weights for these signs are filed under."""
        return SESSION if self.session else self.kind.value


def features(signs: Signs) -> tuple[float, ...]:
    """The signs as the model's inputs; the first is 1."""
    kept = 1 - signs.lost / signs.needed if signs.needed else signs.share
    share = min(1.0, max(signs.share, _LEAST_SHARE))
    return (
        1.0,
        float(signs.needed > 0 and not signs.lost),
        kept,
        log(share),
        1 - share,
        log1p(signs.needed) / 4,
        log1p(signs.lost) / 4,
        log1p(signs.share * signs.size) / 4,
        log1p(signs.asked) / 2,
        float(signs.asked > 0 and not signs.unanswered),
        signs.unanswered / max(signs.asked, 1),
        log1p(signs.echoed) / 2,
        signs.heard,
        float(signs.level in (Level.CONDENSED, Level.SKELETON)),
        float(signs.level is Level.SKELETON),
    )


def score(signs: Signs) -> float:
    """The calibrated probability in [0, 1] that all evidence was kept.

    1 where the original can be rebuilt; 0 where only a reference to it stands.
    """
    if signs.level.exact:
        return 1.0
    if signs.level is Level.REFERENCE:
        return 0.0
    weights = _weights()
    return round(probability(weights.get(signs.group, weights["any"]), features(signs)), 3)


def together(qualities: Sequence[float], *, asked: bool) -> float:
    """The score of a context from those of its blocks.

    A block's score says how likely all is kept that is needed of it. Of a block that came along
    unasked something is needed in one case of so many only: the score is the product of
    1 - matters x (1 - quality). asked: a query or a budget wants something of the context; where
    it has one block, that is the one.
    """
    if asked and len(qualities) == 1:
        return qualities[0]
    (matters,) = _weights()[MATTERS]
    return round(joined(qualities, matters), 3)


def joined(qualities: Sequence[float], matters: float) -> float:
    """As `together`, unrounded. matters: how much one block counts, 0 to 1."""
    return prod(1 - matters * (1 - quality) for quality in qualities)


def probability(weights: Sequence[float], inputs: Sequence[float]) -> float:
    """The logistic function of the weighted sum."""
    total = sum(weight * value for weight, value in zip(weights, inputs, strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


@cache
def _weights() -> Mapping[str, Sequence[float]]:
    path = files("aicontext.engine.quality").joinpath("data", "weights.json")
    found: Mapping[str, Sequence[float]] = json.loads(path.read_text(encoding="utf-8"))
    return found
