"""Score the ranking and BM25 on real issues and fixes, in one run, and write the figures.

    python benchmarks/localization/evaluate.py DATA HISTORIES [--limit N]

DATA is the folder with the reference scorer `score.py` and its list of cases, HISTORIES holds the
bare git histories. Both are read, never copied. For each set of cases, and for those of its cases
whose query names no gold file: Acc@1, Acc@5, Acc@10 and MRR in percent with 95 % bootstrap
intervals over cases, and the paired gain over BM25. Written to
benchmarks/results/localization.json.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent
RESULT = HERE.parent / "results" / "localization.json"
METRICS = ("Acc@1", "Acc@5", "Acc@10", "MRR")
ROUNDS = 1000

Values = list[tuple[float, ...]]


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("data", type=Path)
    cli.add_argument("trees", type=Path)
    cli.add_argument("--limit", type=int)
    options = cli.parse_args()
    sys.path[:0] = [str(options.data), str(HERE.parent / "quality")]
    with TemporaryDirectory() as state:
        os.environ["AICONTEXT_HOME"] = state
        values = _values(options)
    report = {setting: _row(ours, base) for setting, (ours, base) in sorted(values.items())}
    RESULT.write_text(json.dumps(report, indent=1) + "\n")
    for setting, row in report.items():
        ours, base = row["ours"], row["bm25"]
        shown = "  ".join(f"{m} {base[m][0]:5.1f} -> {ours[m][0]:5.1f}" for m in METRICS)
        print(f"{setting:42} {row['n']:4}  {shown}  gain in Acc@5 {row['gain']['Acc@5']}")


def _values(options: argparse.Namespace) -> dict[str, tuple[Values, Values]]:
    """What ours and BM25 reach in each case, by setting."""
    score, baselines = importlib.import_module("score"), importlib.import_module("baselines")
    adapters = importlib.import_module("adapters")
    bm25 = baselines.build("rank", "bm25", len)
    found: defaultdict[str, tuple[Values, Values]] = defaultdict(lambda: ([], []))
    for case, tree in score.trees(options):
        ours, base = (_measured(case, rank(tree, case["query"])) for rank in (adapters.rank, bm25))
        for setting in _settings(case):
            found[setting][0].append(ours)
            found[setting][1].append(base)
    return found


def _settings(case: dict[str, Any]) -> list[str]:
    own = ["all", f"{case['lang']}, {case['source']}", case["source"], case["lang"]]
    scripted = case["lang"] in ("go", "javascript", "typescript")
    if scripted and len(case["gold_files"]) > 1:
        own.append("go and js, several files")
    own = list(dict.fromkeys(own))
    return own if any(case["leak"].values()) else [*own, *(f"{name}, no leak" for name in own)]


def _measured(case: dict[str, Any], order: Sequence[str]) -> tuple[float, ...]:
    places = {path: place for place, path in enumerate(order, 1)}
    ranks = [places.get(path, float("inf")) for path in case["gold_files"]]
    return *(float(max(ranks) <= most) for most in (1, 5, 10)), 1 / min(ranks)


def _row(ours: Values, base: Values) -> dict[str, Any]:
    gains = [
        tuple(a - b for a, b in zip(x, y, strict=True)) for x, y in zip(ours, base, strict=True)
    ]
    return {
        "n": len(ours),
        **{
            name: {metric: _with_interval([v[i] for v in held]) for i, metric in enumerate(METRICS)}
            for name, held in (("ours", ours), ("bm25", base), ("gain", gains))
        },
    }


def _with_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean in percent, and its 95 % bootstrap interval."""
    draw = random.Random(0)
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(ROUNDS))
    low, high = means[int(0.025 * ROUNDS)], means[int(0.975 * ROUNDS) - 1]
    return round(100 * fmean(values), 1), round(100 * low, 1), round(100 * high, 1)


if __name__ == "__main__":
    main()
