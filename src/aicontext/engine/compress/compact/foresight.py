"""How likely each identifier of a session is to be used in the agent's next actions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aicontext.engine.compress.compact.features import FEATURES

WEIGHTS: dict[str, float] = {
    "always": -1.44,
    "times seen": 0.53,
    "messages seen in": 0.16,
    "distance from the end": -0.12,
    "seen just now": 0.24,
    "in a request": 1.03,
    "in the latest request": -0.05,
    "in a reply": -0.66,
    "in the latest replies": 0.75,
    "in a call": -0.55,
    "calls": 0.78,
    "edits": -0.71,
    "in a result": -0.63,
    "identifiers of its smallest message": -0.39,
    "identifiers of its shortest line": 0.28,
    "path": -0.55,
    "hash": -1.37,
    "path in a call": 0.34,
    "depth": -0.0,
    "length": -0.12,
    "in the plan": 0.1,
    "like the latest request": 1.01,
    "like the requests": 0.08,
    "like the latest calls": 0.53,
}
"""Logistic regression, fitted by benchmarks/compaction/fit.py."""


def likelihoods(rows: Sequence[Sequence[float]]) -> list[float]:
    """The chance in (0, 1) that an identifier with these features is used again soon."""
    weights = [WEIGHTS.get(name, 0.0) for name in FEATURES]
    return [1 / (1 + math.exp(-sum(map(_times, weights, row)))) for row in rows]


def _times(weight: float, value: float) -> float:
    return weight * value
