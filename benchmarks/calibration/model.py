"""A logistic model for each kind, drawn towards the one for all; and how reliable it is."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log
from statistics import fmean

import numpy as np

from aicontext.engine.quality.score import Signs, features, probability

Weights = dict[str, list[float]]
ANY = "any"
PENALTY_ANY, STEPS = 0.5, 12
PENALTIES = (20.0, 80.0, 320.0)
"""How strongly kinds may be drawn to the weights for all; see `fit`."""
INNER = 4
LEAST = 1e-4
"""No outcome is taken for less likely."""
LONGEST_STEP, STIFFNESS, CLOSE = 2.0, 1e-3, 1e-4
FEWEST_BINS, MOST_BINS, A_BIN = 3, 10, 40
ROUNDS, FLOOR_ROUNDS = 200, 20


@dataclass(frozen=True)
class Row:
    """One result. group: rows that stand or fall together. kept: whether all gold was kept."""

    kind: str
    source: str
    group: str
    signs: Signs
    kept: bool

    @cached_property
    def inputs(self) -> tuple[float, ...]:
        return features(self.signs)


def fit(rows: Sequence[Row]) -> Weights:
    """The weights for all kinds together, each kind of the same weight, and for each kind.

    How strongly a kind is drawn to all is what foretells groups left out best. It is chosen from
    `rows` alone, so that an error measured outside of them covers the choice (nested
    cross-validation).
    """
    surprise = dict.fromkeys(PENALTIES, 0.0)
    for fold in range(INNER):
        seen = [row for row in rows if _inner(row) != fold]
        unseen = [row for row in rows if _inner(row) == fold]
        base = _pooled(seen)
        for penalty in PENALTIES:
            found = chances(_by_kinds(seen, base, penalty), unseen)
            surprise[penalty] -= sum(
                log(max(LEAST, p if row.kept else 1 - p))
                for p, row in zip(found, unseen, strict=True)
            )
    return _by_kinds(rows, _pooled(rows), min(PENALTIES, key=surprise.__getitem__))


def _inner(row: Row) -> int:
    return hashlib.sha256(f"inner{row.group}".encode("utf-8", "replace")).digest()[0] % INNER


def _pooled(rows: Sequence[Row]) -> list[float]:
    by_kind = _by_kind(rows)
    shares = [len(rows) / (len(by_kind) * len(by_kind[row.kind])) for row in rows]
    return _newton(rows, shares, [0.0] * len(rows[0].inputs), PENALTY_ANY)


def _by_kinds(rows: Sequence[Row], base: list[float], penalty: float) -> Weights:
    """penalty: of a kind with one group; with more it is as many times less."""
    weights = {ANY: base}
    for kind, own in sorted(_by_kind(rows).items()):
        groups = len({row.group for row in own})
        weights[kind] = _newton(own, [1.0] * len(own), base, penalty / groups)
    return weights


def _by_kind(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.kind].append(row)
    return found


def _newton(
    rows: Sequence[Row], shares: Sequence[float], prior: Sequence[float], penalty: float
) -> list[float]:
    """Logistic regression with a ridge around `prior`; the first weight is free."""
    inputs, kept = np.array([row.inputs for row in rows]), np.array([row.kept for row in rows])
    weights = np.array(prior)
    pull = np.full(len(prior), penalty)
    pull[0] = 0.0
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = (shares * (chance - kept)) @ inputs + pull * (weights - prior)
        bend = np.multiply(shares, chance * (1 - chance))
        curve = (inputs.T * bend) @ inputs + np.diag(np.maximum(pull, STIFFNESS))
        step = np.linalg.solve(curve, slope)
        longest = np.abs(step).max()
        weights -= min(1.0, LONGEST_STEP / longest) * step if longest else 0.0
        if longest < CLOSE:
            break
    return [float(weight) for weight in weights]


def chances(weights: Mapping[str, Sequence[float]], rows: Iterable[Row]) -> list[float]:
    return [probability(weights.get(row.kind, weights[ANY]), row.inputs) for row in rows]


Judged = Sequence[tuple[float, bool, str]]
"""(predicted, kept, group) of each result."""


def curve(judged: Judged) -> list[tuple[float, float, int]]:
    """(mean predicted, share kept, results) of bins of as many results each, lowest first."""
    ordered = sorted(judged, key=lambda one: one[0])
    bins = max(FEWEST_BINS, min(MOST_BINS, len(ordered) // A_BIN))
    edges = [round(i * len(ordered) / bins) for i in range(bins + 1)]
    parts = [ordered[a:b] for a, b in pairwise(edges)]
    return [
        (fmean(p for p, _, _ in part), fmean(k for _, k, _ in part), len(part)) for part in parts
    ]


def calibration_error(judged: Judged) -> float:
    """The expected calibration error: the bins' mean distance from the diagonal, by size."""
    return sum(abs(p - k) * n for p, k, n in curve(judged)) / len(judged)


def floor(judged: Judged) -> float:
    """What the error would be of a perfect score: outcomes are drawn from the predictions.

    Few results scatter around any prediction; where the error is no higher, it is noise. Results
    are drawn one by one, so where they stand or fall together the true floor is higher.
    """
    draw = random.Random(0)
    return fmean(
        calibration_error([(p, draw.random() < p, group) for p, _, group in judged])
        for _ in range(FLOOR_ROUNDS)
    )


def interval(judged: Judged) -> tuple[float, float]:
    """The 95 % interval of the error, by drawing groups anew."""
    groups: dict[str, list[tuple[float, bool, str]]] = defaultdict(list)
    for one in judged:
        groups[one[2]].append(one)
    pool, draw = list(groups.values()), random.Random(0)
    found = sorted(
        calibration_error([one for group in draw.choices(pool, k=len(pool)) for one in group])
        for _ in range(ROUNDS)
    )
    return found[int(0.025 * ROUNDS)], found[int(0.975 * ROUNDS)]
