"""The most that a choice of lines can keep of the annotated lines of `cidiff`.

    python benchmarks/quality/bound.py DATA [--write]

The choice knows the annotations and pays for no mark and no line end, nor for a line that stands
within another; so no system keeps more in as many tokens, unless it rewrites lines. --write: into
results/quality-bound.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from aicontext.engine.estimate.counter import counter

RESULT = Path(__file__).parents[1] / "results/quality-bound.json"
WORD = re.compile(r"\w+")
BUDGETS = (500, 1000)
COUNT = counter("gpt-4o")


def annotated(case: dict[str, Any]) -> list[set[str]]:
    """The lines of two words or more that each annotator took for errors, as the scorer folds."""
    lines = [" ".join(line.split()) for line in case["fail"].split("\n")]
    spans = [gold["E"] for gold in case["gold"].values()]
    of = [{line for a, b in one for line in lines[a - 1 : b]} for one in spans]
    return [{line for line in one if len(WORD.findall(line)) > 1} for one in of]


def most(marked: Sequence[set[str]], budget: int) -> float:
    """The share of the lines, as the mean of the annotators, that fits the budget at best."""
    found = [one for one in marked if one]
    lines = sorted(set().union(*found))
    best = [0.0] * (budget + 1)
    for line in lines:
        value = sum((line in one) / len(one) for one in found) / len(found)
        within = any(line != other and line in other for other in lines)
        cost = 0 if within else COUNT(line)
        for room in range(budget, cost - 1, -1):
            best[room] = max(best[room], best[room - cost] + value)
    return best[budget]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    with gzip.open(given.data / "cidiff.jsonl.gz", "rt", encoding="utf-8") as file:
        cases = [marked for line in file if any(marked := annotated(json.loads(line)))]
    report = {}
    for budget in BUDGETS:
        kept = [most(marked, budget) for marked in cases]
        report[f"{budget} tokens"] = {
            "cases": len(kept),
            "most": round(100 * fmean(kept), 1),
            "whole": sum(share > 1 - 1e-9 for share in kept),
        }
    print(json.dumps(report, indent=1))
    if given.write:
        RESULT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
