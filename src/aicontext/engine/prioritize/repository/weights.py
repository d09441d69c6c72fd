"""How much each signal counts: weights fitted by benchmarks/localization/fit.py.

A linear model of the logarithm of how likely a file is the one to change, fitted by the softmax
over a case's candidates (ListNet: Cao et al., "Learning to Rank: From Pairwise Approach to
Listwise Approach", 2007). Boosted trees over the same signals were no better.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files as resources

from aicontext.engine.prioritize.repository.fields import Scores


def judge(signals: Mapping[str, Scores], files: Sequence[int]) -> Scores:
    """{file: the weighted sum of its signals}, for the given files."""
    weights = _weights()["files"]
    return {
        file: sum(weight * signals[name].get(file, 0.0) for name, weight in weights.items())
        for file in files
    }


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    path = resources("aicontext.engine.prioritize.repository").joinpath("data", "weights.json")
    found: Mapping[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    return found
