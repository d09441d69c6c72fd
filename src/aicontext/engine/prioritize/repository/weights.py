"""How much each signal counts for a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aicontext.engine.prioritize.repository.fields import Scores

WEIGHTS = {
    "first": 1.0,
    "best_three": 0.3,
    "best_title": 0.15,
    "body_title": 0.15,
    "path_title": 0.1,
    "history": 0.3,
    "said_path": 0.5,
    "said_module": 0.2,
    "frame": 0.4,
    "said_name": 0.1,
    "stem_title": 0.15,
    "aside": -0.1,
    "folder": 0.1,
}


def judge(signals: Mapping[str, Scores], files: Sequence[int]) -> Scores:
    """{file: how likely the task concerns it}, for the given files."""
    return {
        file: sum(weight * signals[name].get(file, 0.0) for name, weight in WEIGHTS.items())
        for file in files
    }
