"""Fit the quality score on recorded cases and measure how reliable it is.

    python benchmarks/calibration/fit.py DATA

DATA: the folder of the evaluation data, which is read and never copied. Writes the weights to
src/aicontext/engine/quality/data/weights.json, and the reliability curve of each kind to
benchmarks/results/calibration.json: each prediction there is one of weights that were fitted
without the case's group (instance, session, meeting). Takes about five minutes of one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cases import SETS, Part, hashed, whole_sessions
from model import Judged, Row, Weights, calibration_error, chances, curve, fit, interval

from aicontext.domain.context import Kind, Level
from aicontext.engine.quality.score import MATTERS, Signs, joined

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "calibration.json"
WEIGHTS = ROOT / "src" / "aicontext" / "engine" / "quality" / "data" / "weights.json"
FOLDS = 5
LENGTHS = (3, 10, 30, 1_000)
"""Lossy blocks after which a session is judged as a whole."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--cache", type=Path, help="keep the cases' signs here between runs")
    given = options.parse_args()
    if not (given.data / "testlogs.jsonl.gz").is_file():
        print(f"{given.data} holds no evaluation data")
        return 2
    rows, sessions = _cached(given.cache) or _gathered(given.data)
    if given.cache:
        given.cache.write_text(json.dumps([list(map(asdict, rows)), _plain(sessions)]))
    folds = [fit([r for r in rows if _fold(r.group) != fold]) for fold in range(FOLDS)]
    matters = _matters(sessions)
    report = _reliability(rows, folds) | _of_sessions(sessions, folds, matters)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")
    found = fit(rows) | {MATTERS: [matters]}
    rounded = {name: [round(weight, 4) for weight in found[name]] for name in sorted(found)}
    WEIGHTS.write_text(json.dumps(rounded, indent=1) + "\n")
    return 0


Sessions = Sequence[tuple[str, Sequence[Part]]]


def _gathered(data: Path) -> tuple[list[Row], Sessions]:
    return [row for cases in SETS for row in cases(data)], list(whole_sessions(data))


def _cached(path: Path | None) -> tuple[list[Row], Sessions] | None:
    if path is None or not path.exists():
        return None
    rows, sessions = json.loads(path.read_text())
    return [Row(**one | {"signs": _signs(one["signs"])}) for one in rows], [
        (name, [Part(**one | {"signs": _signs(one["signs"])}) for one in parts])
        for name, parts in sessions
    ]


def _signs(plain: dict) -> Signs:
    return Signs(**plain | {"kind": Kind(plain["kind"]), "level": Level(plain["level"])})


def _plain(sessions: Sessions) -> list[object]:
    return [[name, [asdict(part) for part in parts]] for name, parts in sessions]


def _fold(group: str) -> int:
    return hashed(group) % FOLDS


def _reliability(rows: Sequence[Row], folds: Sequence[Weights]) -> dict[str, object]:
    judged = [(chances(folds[_fold(row.group)], [row])[0], row) for row in rows]
    report: dict[str, object] = {}
    for part in ("kind", "source"):
        for name in sorted({getattr(row, part) for row in rows}):
            own = [(p, r.kept, r.group) for p, r in judged if getattr(r, part) == name]
            report[f"{part}: {name}"] = _told(f"{part}: {name}", own)
    return report


def _of_sessions(sessions: Sessions, folds: Sequence[Weights], matters: float) -> dict[str, object]:
    """Whole sessions by three ways to join the scores of their blocks."""
    ways = {"joined": lambda q: joined(q, matters), "product": lambda q: joined(q, 1.0), "min": min}
    report: dict[str, object] = {}
    for name, way in ways.items():
        own = []
        for group, parts in sessions:
            scores = [chances(folds[_fold(group)], [part])[0] for part in parts]
            for length in sorted({min(length, len(parts)) for length in LENGTHS}):
                kept = all(part.kept for part in parts[:length])
                own.append((way(scores[:length]), kept, group))
        report[f"sessions: {name}"] = _told(f"sessions: {name}", own)
    return report


def _matters(sessions: Sessions) -> float:
    """Of how many lossy blocks something is used next that nothing before them held."""
    parts = [part.needed for _, own in sessions for part in own]
    return sum(parts) / len(parts)


def _told(name: str, judged: Judged) -> dict[str, object]:
    error, (low, high) = calibration_error(judged), interval(judged)
    points = [[round(p, 3), round(kept, 3), n] for p, kept, n in curve(judged)]
    groups = len({group for _, _, group in judged})
    shown = " ".join(f"{p:.2f}/{kept:.2f}" for p, kept, _ in points)
    print(f"{name:22} n {len(judged):5} groups {groups:4} error {error:.3f}", end=" ")
    print(f"[{low:.3f}, {high:.3f}]  predicted/kept {shown}", flush=True)
    return {
        "results": len(judged),
        "groups": groups,
        "error": round(error, 4),
        "interval": [round(low, 4), round(high, 4)],
        "curve": points,
    }


if __name__ == "__main__":
    sys.exit(main())
