"""Fit the weights of engine/compress/compact/foresight.py on recorded sessions.

    python benchmarks/compaction/fit.py DATA

DATA: a folder with transcripts.jsonl.gz, one session a line: `id`, `events` with `role`, `text`,
`tool`, `input`. Each session is cut at several sizes; an identifier counts as used when it stands
in the next 25 actions. Prints the weights fitted on all sessions, and for each half of the
sessions how well the other half's weights rank its identifiers (area under the ROC curve).
Standard library only; takes some minutes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from statistics import fmean

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.features import FEATURES, features, sight
from aicontext.engine.compress.compact.files import touched
from aicontext.engine.compress.compact.identifiers import Lexicon
from aicontext.engine.compress.compact.plan import planned
from aicontext.engine.compress.compact.session import Session, spoken

CUTS = (60_000, 100_000, 160_000, 250_000, 400_000)
"""Characters before a cut."""

ACTIONS, EVENTS_AHEAD, FEWEST = 25, 80, 5
UNUSED_KEPT = 4
"""Of the unused identifiers one in so many is kept, with so many times the weight."""

PENALTY, STEPS = 40.0, 12

Row = tuple[Sequence[float], float, float]
"""(features, 1.0 where used, weight)."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows of one cut; all cuts weigh the same."""

    half: int
    rows: list[Row]


def sessions(path: Path) -> Iterator[tuple[str, list[Message]]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            case = json.loads(line)
            events = [event for event in case["events"] if event["role"] != "usage"]
            yield case["id"], [_message(event) for event in events]


def _message(event: Mapping[str, object]) -> Message:
    role, given = Role(str(event["role"])), event.get("input")
    text = event.get("text") or ""
    if role is Role.TOOL_CALL:
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return Message(role, str(text), str(event.get("tool") or ""))


def cuts(name: str, messages: Sequence[Message]) -> Iterator[Cut]:
    half = hashlib.sha256(name.encode()).digest()[0] % 2
    size, wanted = 0, list(CUTS)
    for number, message in enumerate(messages[:-10]):
        size += len(message.text) + 1
        if not wanted or size < wanted[0] or message.role not in (Role.TOOL_RESULT, Role.USER):
            continue
        wanted = [cut for cut in wanted if cut > size]
        rows = _rows(messages[: number + 1], messages[number + 1 : number + 1 + EVENTS_AHEAD])
        if sum(used for _, used, _ in rows) >= FEWEST:
            yield Cut(half, rows)


def _rows(before: Sequence[Message], after: Sequence[Message]) -> list[Row]:
    session = Session.of(before)
    seen = sight(session)
    known = features(session, seen, edits=touched(before)[1], plan=planned(before).stated)
    future = Lexicon()
    actions = [m for m in after if m.role in (Role.ASSISTANT, Role.TOOL_CALL)][:ACTIONS]
    for action in actions:
        future.find(spoken(action).replace("\\n", "  ").replace("\\t", "  "))
    used = set(future.names)
    rows: list[Row] = []
    for name, row in zip(seen.lexicon.names, known, strict=True):
        kept = hashlib.sha256(name.encode()).digest()[0] % UNUSED_KEPT == 0
        if name in used:
            rows.append((row, 1.0, 100 / len(known)))
        elif kept:
            rows.append((row, 0.0, 100 * UNUSED_KEPT / len(known)))
    return rows


def fit(rows: Sequence[Row]) -> list[float]:
    """Ridge logistic regression by Newton's method; the first column is not penalised."""
    size = len(FEATURES)
    weights = [0.0] * size
    for _ in range(STEPS):
        slope = [PENALTY * w * (i > 0) for i, w in enumerate(weights)]
        curve = [[(PENALTY if i else 1e-6) * (i == j) for j in range(size)] for i in range(size)]
        for row, used, weight in rows:
            chance = 1 / (1 + math.exp(-sum(map(mul, weights, row))))
            pull, bend = weight * (chance - used), weight * chance * (1 - chance)
            active = [i for i in range(size) if row[i]]
            for i in active:
                slope[i] += pull * row[i]
                scaled, line = bend * row[i], curve[i]
                for j in active:
                    line[j] += scaled * row[j]
        step = _solve(curve, slope)
        weights = [w - s for w, s in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-5:
            break
    return weights


def _solve(matrix: list[list[float]], right: Sequence[float]) -> list[float]:
    """Gaussian elimination; the matrix is positive definite, so that no pivoting is needed."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        for row in rows[i + 1 :]:
            factor = row[i] / pivot[i]
            for j in range(i, len(row)):
                row[j] -= factor * pivot[j]
    found = [0.0] * len(rows)
    for i in range(len(rows) - 1, -1, -1):
        known = sum(rows[i][j] * found[j] for j in range(i + 1, len(rows)))
        found[i] = (rows[i][-1] - known) / rows[i][i]
    return found


def area(weights: Sequence[float], rows: Sequence[Row]) -> float:
    """Chance that a used identifier is ranked before an unused one."""
    score = [sum(w * x for w, x in zip(weights, row, strict=True)) for row, _, _ in rows]
    order = sorted(range(len(rows)), key=score.__getitem__)
    places = [place for place, at in enumerate(order, 1) if rows[at][1]]
    used = len(places)
    return (sum(places) - used * (used + 1) / 2) / max(1, used * (len(rows) - used))


def main() -> None:
    data = Path(sys.argv[1]) / "transcripts.jsonl.gz"
    if not data.is_file():
        raise SystemExit(f"No {data}: name the folder that holds the recorded sessions.")
    every = [cut for name, messages in sessions(data) for cut in cuts(name, messages)]
    for half in (0, 1):
        weights = fit([row for cut in every if cut.half == half for row in cut.rows])
        other = fmean(area(weights, cut.rows) for cut in every if cut.half != half)
        print(f"fitted on half {half}, area on the other half: {other:.3f}")
    weights = fit([row for cut in every for row in cut.rows])
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    main()
