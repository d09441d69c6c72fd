"""How much each signal counts: weights fitted by benchmarks/localization/fit.py.

Linear models of the logarithm of how likely a file, or a definition, is what is to change, fitted
by the softmax over a case's candidates (ListNet: Cao et al., "Learning to Rank: From Pairwise
Approach to Listwise Approach", 2007). Boosted trees over the same signals were no better.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files as resources
from math import exp, log, log1p

from aicontext.engine.prioritize.repository.definitions import Match
from aicontext.engine.prioritize.repository.fields import Scores
from aicontext.engine.prioritize.repository.mentions import Named
from aicontext.engine.prioritize.repository.signals import Evidence, signals

CONTAINERS = frozenset(("class", "struct", "interface", "enum", "module"))
"""Kinds of definitions that are there for those inside them."""
MOST_SAID = 3.0
"""Strength of a name beyond which no more is told."""
TEMPER = 3.0
"""Scores are this root of how likely something is beside the best: the odds themselves fall so
steeply that of most nothing would be left to compare."""


def judge_files(evidence: Evidence) -> Scores:
    """{file: how likely the task concerns it}, for the likely files, as the model has it."""
    weights = _weights()["files"]
    found = signals(evidence)
    return {
        file: sum(weight * found[name].get(file, 0.0) for name, weight in weights.items())
        for file in evidence.files
    }


def judge_definitions(evidence: Evidence, files: Scores) -> dict[Named, float]:
    """{definition: how likely the task concerns it}, for those of the likeliest files.

    files: as `judge_files` has it.
    """
    weights = _weights()["definitions"]
    every = [match for held in evidence.matches.values() for match in held]
    best = max((match.whole for match in every), default=0.0) or 1.0
    name = max((match.name for match in every), default=0.0) or 1.0
    highest = max(files.values(), default=0.0)
    found: dict[Named, float] = {}
    of_size, of_container = weights["size"], weights["container"]
    names = evidence.mentions.names
    for place, file in enumerate(in_order(files), 1):
        held = evidence.matches.get(file, ())
        own = max((match.whole for match in held), default=0.0) or 1.0
        base = weights["file"] * (files[file] - highest) + weights["place"] * log(place)
        base += weights["aside"] * (file in evidence.aside)
        of_words = weights["whole"] / best + weights["within"] / own
        of_name = weights["name"] / name
        for i, (match, size, container) in enumerate(_shapes(evidence, file, held)):
            value = base + of_size * log1p(size) + of_container * container
            if match.whole:
                value += match.whole * of_words + match.name * of_name
            if said := names.get((file, i)):
                value += weights["said"] * min(said, MOST_SAID)
            found[file, i] = value
    return found


def in_order(files: Scores) -> list[int]:
    """Files by how likely they are, best first; ties in the order of their paths."""
    return sorted(files, key=lambda file: (-files[file], file))


def tempered(value: float, best: float) -> float:
    """What the model says, as a score in (0, 1]; 1 for the best."""
    return exp((value - best) / TEMPER)


def _shapes(
    evidence: Evidence, file: int, matches: Sequence[Match]
) -> Iterable[tuple[Match, int, bool]]:
    if not matches:
        return ()
    definitions, sizes = evidence.corpus.definitions(file), evidence.corpus.sizes(file)
    containers = [defined.kind in CONTAINERS for defined in definitions]
    return zip(matches, sizes, containers, strict=True)


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    path = resources("aicontext.engine.prioritize.repository").joinpath("data", "weights.json")
    found: Mapping[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    return found
