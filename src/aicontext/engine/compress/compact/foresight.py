"""How likely each identifier of a session is to be used in the agent's next actions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

from aicontext.engine.compress.compact.features import FEATURES

WEIGHTS: dict[str, float] = {
    "always": -1.37,
    "times seen": 0.52,
    "messages seen in": 0.24,
    "distance from the end": -0.21,
    "seen just now": -0.05,
    "in a request": 0.54,
    "in the latest request": 0.48,
    "in a reply": -0.27,
    "in the latest replies": 0.29,
    "in a call": -0.18,
    "calls": 0.32,
    "edits": -0.39,
    "in a result": -0.55,
    "identifiers of its smallest message": -0.36,
    "identifiers of its shortest line": 0.5,
    "path": -0.36,
    "hash": -0.32,
    "path in a call": 0.14,
    "depth": 0.04,
    "length": -0.27,
    "in the plan": 0.17,
    "like the latest request": 0.65,
    "like the requests": 0.35,
    "like the latest calls": 0.44,
}
"""Logistic regression, fitted by benchmarks/compaction/fit.py."""


def likelihoods(rows: Sequence[Sequence[float]]) -> list[float]:
    """The chance in (0, 1) that an identifier with these features is used again soon."""
    weights = [WEIGHTS.get(name, 0.0) for name in FEATURES]
    return [1 / (1 + math.exp(-sum(map(mul, weights, row)))) for row in rows]
