"""Fit the quality score on recorded cases and measure how reliable it is.

    python benchmarks/calibration/fit.py DATA

DATA: the folder of the evaluation data. Writes the weights into the package (where --write is
given) and the reliability curve of each kind to benchmarks/results/calibration.json: predictions
are those of weights fitted without the case's group (instance, session, meeting).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cases import SETS, hashed
from model import Row, calibration_error, chances, curve, fit, interval

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "calibration.json"
WEIGHTS = HERE.parents[1] / "src/aicontext/engine/quality/data/weights.json"
FOLDS = 5


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--rows", type=Path)
    given = options.parse_args()
    if given.rows and given.rows.exists():
        rows = [Row(k, s, g, tuple(i), w) for k, s, g, i, w in json.loads(given.rows.read_text())]
    else:
        rows = []
        for source in SETS:
            started = time.process_time()
            own = list(source(given.data))
            rows += own
            print(source.__name__, len(own), f"{time.process_time() - started:.0f} s", flush=True)
        if given.rows:
            given.rows.write_text(
                json.dumps([[r.kind, r.source, r.group, r.inputs, r.kept] for r in rows])
            )
    judged = []
    for fold in range(FOLDS):
        train = [r for r in rows if hashed(r.group) % FOLDS != fold]
        test = [r for r in rows if hashed(r.group) % FOLDS == fold]
        judged += list(zip(chances(fit(train), test), test))
    for key in ("kind", "source"):
        for name in sorted({getattr(r, key) for r in rows}):
            own = [(p, r.kept, r.group) for p, r in judged if getattr(r, key) == name]
            low, high = interval(own)
            n = len(own)
            print(
                f"{name:14} n {n:5} groups {len({g for *_, g in own}):4} kept {sum(k for _, k, _ in own) / n:.2f} ECE {calibration_error(own):.3f} [{low:.3f}, {high:.3f}]",
                " ".join(f"{p:.2f}/{k:.2f}" for p, k, _ in curve(own)),
            )
    print(Counter((r.kind, r.source) for r in rows))
    weights = fit(rows)
    WEIGHTS.write_text(
        json.dumps({k: [round(x, 3) for x in w] for k, w in weights.items()}, indent=1) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
