"""Fit the quality score on recorded cases and measure how reliable it is.

    python benchmarks/calibration/fit.py DATA

DATA: the folder of the evaluation data, which is read and never copied. Writes the weights to
src/aicontext/engine/quality/data/weights.json, and the reliability curve of each kind to
benchmarks/results/calibration.json: each prediction there is one of weights that were fitted
without the case's group (instance, session, meeting). Takes some minutes; needs numpy.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import chain, repeat
from math import log
from pathlib import Path

from cases import SETS, Part, hashed, whole_sessions
from made import made
from model import Judged, Row, Weights, calibration_error, chances, curve, fit, floor, interval

from aicontext.domain.context import Kind, Level
from aicontext.engine.quality.score import MATTERS, Signs, joined

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "calibration.json"
WEIGHTS = ROOT / "src" / "aicontext" / "engine" / "quality" / "data" / "weights.json"
FOLDS = 5
LENGTHS = (1, 3, 10, 30, 1_000)
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
    judgements = _judgements(sessions, folds)
    report = _reliability(rows, folds) | _of_sessions(judgements)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")
    found = fit(rows) | {MATTERS: [_matters(judgements)]}
    rounded = {name: [round(weight, 4) for weight in found[name]] for name in sorted(found)}
    WEIGHTS.write_text(json.dumps(rounded, indent=1) + "\n")
    return 0


Sessions = Sequence[tuple[str, Sequence[Part]]]


def _gathered(data: Path) -> tuple[list[Row], Sessions]:
    with ProcessPoolExecutor() as pool:
        parts = pool.map(_listed, (whole_sessions, *SETS, made), repeat(data))
        sessions, *rows = parts
    return list(chain.from_iterable(rows)), sessions


def _listed(cases: Callable[[Path], Iterator], data: Path) -> list:
    return list(cases(data))


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


Judgement = tuple[list[float], bool, str]
"""(scores of a session's lossy blocks, whether all of them kept all, the session)."""


def _judgements(sessions: Sessions, folds: Sequence[Weights]) -> list[Judgement]:
    """Sessions after several numbers of lossy blocks; scores by weights that did not see them."""
    found: list[Judgement] = []
    for group, parts in sessions:
        scores = [chances(folds[_fold(group)], [part])[0] for part in parts]
        for length in sorted({min(length, len(parts)) for length in LENGTHS}):
            kept = all(part.kept for part in parts[:length])
            found.append((scores[:length], kept, group))
    return found


def _of_sessions(judgements: Sequence[Judgement]) -> dict[str, object]:
    """Whole sessions by three ways to join the scores of their blocks."""
    matters = [_matters([j for j in judgements if _fold(j[2]) != fold]) for fold in range(FOLDS)]
    ways = {
        "joined": lambda scores, group: joined(scores, matters[_fold(group)]),
        "product": lambda scores, _: joined(scores, 1.0),
        "least": lambda scores, _: min(scores),
    }
    return {
        f"sessions: {name}": _told(
            f"sessions: {name}", [(way(q, group), kept, group) for q, kept, group in judgements]
        )
        for name, way in ways.items()
    }


def _matters(judgements: Sequence[Judgement]) -> float:
    """How much each block counts: what makes the sessions' outcomes most likely."""

    def surprise(matters: float) -> float:
        chance = [min(0.999, max(0.001, joined(scores, matters))) for scores, _, _ in judgements]
        pairs = zip(chance, judgements, strict=True)
        return -sum(log(c if kept else 1 - c) for c, (_, kept, _) in pairs)

    return min((step / 50 for step in range(1, 51)), key=surprise)


def _told(name: str, judged: Judged) -> dict[str, object]:
    error, (low, high), least = calibration_error(judged), interval(judged), floor(judged)
    points = [[round(p, 3), round(kept, 3), n] for p, kept, n in curve(judged)]
    groups = len({group for _, _, group in judged})
    shown = " ".join(f"{p:.2f}/{kept:.2f}" for p, kept, _ in points)
    print(f"{name:22} n {len(judged):5} groups {groups:4} error {error:.3f}", end=" ")
    print(f"[{low:.3f}, {high:.3f}] floor {least:.3f}  predicted/kept {shown}", flush=True)
    return {
        "results": len(judged),
        "groups": groups,
        "error": round(error, 4),
        "interval": [round(low, 4), round(high, 4)],
        "floor": round(least, 4),
        "curve": points,
    }


if __name__ == "__main__":
    sys.exit(main())
