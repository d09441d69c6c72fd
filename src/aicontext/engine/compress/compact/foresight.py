"""How likely each identifier of a session is to be used in the agent's next actions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

from aicontext.engine.compress.compact.features import FEATURES

WEIGHTS: dict[str, float] = {
    "always": -1.26,
    "times seen": 0.56,
    "messages seen in": 0.24,
    "distance from the end": -0.25,
    "seen just now": -0.22,
    "in a request": 0.92,
    "in the latest request": 0.25,
    "in a reply": -0.72,
    "in the latest replies": 1.23,
    "in a call": -0.47,
    "calls": 0.48,
    "edits": -0.5,
    "in a result": -0.58,
    "identifiers of its smallest message": -0.37,
    "identifiers of its shortest line": 0.69,
    "path": -0.57,
    "hash": -1.11,
    "path in a call": 0.39,
    "depth": 0.44,
    "length": -0.64,
    "in the plan": 0.65,
    "like the latest request": 0.94,
    "like the requests": 0.13,
    "like the latest calls": 0.53,
}
"""Logistic regression, fitted by benchmarks/compaction/fit.py."""


def likelihoods(rows: Sequence[Sequence[float]]) -> list[float]:
    """The chance in (0, 1) that an identifier with these features is used again soon."""
    weights = [WEIGHTS.get(name, 0.0) for name in FEATURES]
    return [1 / (1 + math.exp(-sum(map(mul, weights, row)))) for row in rows]
