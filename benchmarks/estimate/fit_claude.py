"""Fit what Claude bills around a text, and say how good the estimate is on sessions not fitted.

    python benchmarks/estimate/fit_claude.py DATA [--write]

DATA: a gzipped file of JSON lines with `session`, `tool` (names), `result`, `assistant`, `cl100k`
and `delta`, the tokens billed for the text. Kept are the cases of one tool, 1000 tokens or more and
a ratio to cl100k in (0.8, 2). The figures are of five folds by session; the file is fitted on all.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from aicontext.engine.estimate.counter import Calibration
from aicontext.engine.estimate.reconstructed import reconstruction

TARGET = Path(__file__).parents[2] / "src/aicontext/engine/estimate/data/calibration.json"
FAMILY = "claude-3"
FOLDS = 5
# Of the tenth that may fall outside, most lies below: answers that the tool sends only in part.
BELOW, ABOVE = 0.065, 0.035
FULL_FROM = 1000


@dataclass(frozen=True, slots=True)
class Case:
    fold: int
    counted: int
    billed: int


def cases(data: Path) -> Iterator[Case]:
    count = reconstruction(FAMILY)
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            ratio = row["delta"] / max(row["cl100k"], 1)
            if len(row["tool"]) == 1 and row["cl100k"] >= 1000 and 0.8 < ratio < 2:
                session = hashlib.sha256(str(row["session"]).encode()).digest()[0]
                counted = count(row["result"] + row["assistant"])
                yield Case(session % FOLDS, counted, row["delta"])


def fit(known: Sequence[Case]) -> Calibration:
    """The offset with the least mean error plus bias; bounds that leave BELOW and ABOVE outside."""
    rest = sorted(case.billed - case.counted for case in known)
    offset = min(range(0, 300, 5), key=lambda tokens: _loss(known, tokens))
    low, high = rest[int(BELOW * len(rest))], rest[int((1 - ABOVE) * len(rest))]
    return Calibration(offset=offset, low=low, high=high, full_from=FULL_FROM)


def _loss(known: Sequence[Case], offset: int) -> float:
    errors = fmean(abs(case.counted + offset - case.billed) / case.billed for case in known)
    billed = sum(case.billed for case in known)
    bias = sum(case.counted + offset for case in known) / billed - 1
    return errors + abs(bias)


def figures(folds: Sequence[tuple[Calibration, Sequence[Case]]]) -> dict[str, float]:
    """In per cent, over all held-out cases."""
    tried = [(fitted.count(case.counted), case.billed) for fitted, held in folds for case in held]
    errors = sorted(abs(count.tokens - billed) / billed for count, billed in tried)
    total = sum(billed for _, billed in tried)
    shares = {
        "cases": len(tried) / 100,
        "ape_mean": fmean(errors),
        "ape_p90": errors[int(0.9 * len(errors))],
        "bias": sum(count.tokens for count, _ in tried) / total - 1,
        "coverage": fmean(count.low <= billed <= count.high for count, billed in tried),
        "width": fmean((count.high - count.low) / billed for count, billed in tried),
    }
    return {name: round(100 * share, 2) for name, share in shares.items()}


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("data", type=Path)
    cli.add_argument("--write", action="store_true", help="write the calibration fitted on all")
    options = cli.parse_args()
    every = list(cases(options.data))
    folds = [
        (fit([c for c in every if c.fold != fold]), [c for c in every if c.fold == fold])
        for fold in range(FOLDS)
    ]
    fitted = fit(every)
    print(json.dumps({"held_out": figures(folds), "fitted_on_all": asdict(fitted)}, indent=1))
    if options.write:
        TARGET.write_text(json.dumps(asdict(fitted)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
