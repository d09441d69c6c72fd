"""Fits what a unit is worth to commits of repositories that are not used to score.

    python benchmarks/packing/fit.py UNITS.jsonl

UNITS is what units.py wrote. Prints the weights for engine/condense/repository/worth.py, and the
share of touched units that packs would hold by powers of the cost, cross-validated over
repositories. Needs numpy.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


def fit(path: Path) -> None:
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    cases = [case for case in cases if case["units"] and case["gold"]]
    names = cases[0]["names"]
    tables = [np.array([unit[4] for unit in case["units"]], float) for case in cases]
    touched = [np.array([unit[5] for unit in case["units"]], float) for case in cases]
    repos = sorted({case["repo"] for case in cases})
    worth: list[Any] = [None] * len(cases)
    for fold in (repos[i::6] for i in range(6)):
        train = [i for i, case in enumerate(cases) if case["repo"] not in fold]
        weights = regression([tables[i] for i in train], [touched[i] for i in train])
        for i, case in enumerate(cases):
            if case["repo"] in fold:
                worth[i] = tables[i] @ weights[1:]
    for power in (0.0, 0.2, 0.3, 0.4, 0.5, 0.7):
        shares = [
            np.mean([share(c, w, power, b) for c, w in zip(cases, worth, strict=True)])
            for b in (4_000, 8_000)
        ]
        print(f"power {power}: touched units held at 4k, 8k: {shares[0]:.3f} {shares[1]:.3f}")
    weights = regression(tables, touched)
    print({name: round(float(w), 3) for name, w in zip(names, weights[1:], strict=True)})
    print(len(cases), "cases,", int(sum(map(np.sum, touched))), "touched units")


def regression(tables: Sequence[Any], touched: Sequence[Any]) -> Any:
    """Logistic regression with every case of equal weight; Newton's method, a ridge of 1."""
    x = np.vstack(tables)
    x = np.hstack([np.ones((len(x), 1)), x])
    y = np.concatenate(touched)
    w = np.concatenate([np.full(len(t), 4.0 / (1.0 + t.sum())) for t in touched])
    found = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (w * (p - y)) + np.r_[0.0, found[1:]]
        curve = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag([1e-6, *[1.0] * (len(found) - 1)])
        found = found - np.linalg.solve(curve, slope)
    return found


def share(case: dict[str, Any], worth: Any, power: float, budget: int) -> float:
    """Of all touched units those that a greedy pack by worth per tokens ** power holds."""
    sizes = [20 + unit[3] / 3.6 for unit in case["units"]]
    order = np.argsort(power * np.log(sizes) - worth, kind="stable")
    left, held = 0.85 * budget, 0
    for i in order:
        if sizes[i] <= left:
            left -= sizes[i]
            held += case["units"][i][5]
    return held / max(case["gold"], held)


if __name__ == "__main__":
    fit(Path(sys.argv[1]))
