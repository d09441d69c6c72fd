"""Fit what engine/condense/code/foresight.py weighs identifiers by, on recorded agent sessions.

    python benchmarks/code/fit.py DATA [--write]

DATA: a folder with transcripts.jsonl.gz, one session a line (`id`, `events` with `role`, `text`,
`tool`, `input`), and tooluse.jsonl.gz, one tool result a line (`session`, `tool`, `query`, `text`,
`anchors`). Sessions fall into two halves by the hash of their id. Weights are fitted on the reads
of half 0 in transcripts.jsonl.gz, sharpness on those of half 0 in both files. Then, for both halves
of both files, the excerpt, a cover of neighbours by BM25 in the same run, and their difference:
share of the identifiers used next that is kept, and kept between the two lines it stood between,
at 10 and at 25 % of the tokens. --write puts the weights into the source. Takes a few minutes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from operator import mul
from pathlib import Path
from statistics import fmean

from aicontext.domain.context import Ask, Kind
from aicontext.engine.condense.code import excerpt, foresight
from aicontext.engine.condense.code.reads import plain
from aicontext.engine.detect.detector import detect
from aicontext.engine.estimate.counter import counter
from aicontext.engine.prioritize.bm25 import scores
from aicontext.engine.prioritize.names import names

FITTED = 0
ACTIONS, AHEAD, EARLIER, SAID = 10, 60, 6, 800
FEWEST, LONG_NAME, SMALLEST, A_SESSION = 2, 6, 2_000, 40
SHARES = (0.10, 0.25)
PENALTY, STEPS = 1.0, 40
SHARPNESSES = (1.0, 1.25, 1.5, 1.75, 2.0)
NEAR = 4

Row = tuple[Sequence[float], float, float]
"""(features, 1.0 where used, weight)."""

count = counter("gpt-4o")


@dataclass(frozen=True, slots=True)
class Read:
    """A result that shows source, what was said before it, and the identifiers used after it."""

    half: int
    text: str
    tool: str
    query: str
    used: frozenset[str]


def half_of(session: str) -> int:
    return hashlib.sha256(session.encode()).digest()[0] % 2


def cases(path: Path) -> Iterator[Mapping[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def recorded(path: Path) -> Iterator[Read]:
    """Reads in whole sessions, each with the identifiers first seen there and used next."""
    for case in cases(path):
        events = [e for e in case["events"] if e["role"] != "usage"]  # type: ignore[attr-defined]
        texts = [_text(event) for event in events]
        seen: set[str] = set()
        found = 0
        for i, event in enumerate(events):
            if event["role"] != "tool_result":
                continue
            known = {name for name in names(texts[i]) if len(name) >= LONG_NAME}
            read = is_source(texts[i]) and found < A_SESSION
            if read and len(used := (known - seen) & _next(events, texts, i)) >= FEWEST:
                found += 1
                said = [
                    texts[j]
                    for j in range(max(0, i - EARLIER), i)
                    if events[j]["role"] in ("user", "assistant", "tool_call")
                ]
                query, tool = "\n".join(said)[-SAID:], str(event.get("tool") or "")
                half = half_of(str(case["id"]))
                yield Read(half, texts[i], tool, query, frozenset(used))
            seen |= known


def given(path: Path) -> Iterator[Read]:
    """Reads among single tool results with the identifiers that their file says were used."""
    for case in cases(path):
        text, anchors = str(case["text"]), case["anchors"]
        if is_source(text):
            half, used = half_of(str(case["session"])), frozenset(map(str, anchors))  # type: ignore[call-overload]
            yield Read(half, text, str(case["tool"]), str(case["query"]), used)


def is_source(text: str) -> bool:
    return len(text) >= SMALLEST and detect(text, Ask()).kind is Kind.CODE


def _text(event: Mapping[str, object]) -> str:
    if event["role"] != "tool_call":
        return str(event.get("text") or "")
    what = event.get("input")
    text = what if isinstance(what, str) else json.dumps(what, ensure_ascii=False)
    return f"{event.get('tool') or ''} {text}"


def _next(events: Sequence[Mapping[str, object]], texts: Sequence[str], i: int) -> set[str]:
    ahead = range(i + 1, min(len(events), i + AHEAD))
    actions = [texts[j] for j in ahead if events[j]["role"] in ("assistant", "tool_call")][:ACTIONS]
    return names("\n".join(actions).replace("\\n", "\n").replace("\\t", " "))


def rows_of(read: Read) -> list[Row]:
    """The features of a read's identifiers; all reads weigh the same."""
    file = plain(read.text)
    lines = [*file.before, *file.lines, *file.after] if file else read.text.split("\n")
    places = foresight.places_of(lines)[1]
    used = [float(any(name in whole for whole in read.used)) for name in places]
    weight = 10.0 / max(1.0, sum(used))
    rows = foresight.features(lines, read.query, places)
    return [(row, hit, weight) for row, hit in zip(rows, used, strict=True)]


def fit(rows: Sequence[Row]) -> tuple[float, ...]:
    """Ridge logistic regression by Newton's method."""
    size = len(foresight.FEATURES)
    weights = [0.0] * size
    for _ in range(STEPS):
        slope = [PENALTY * w for w in weights]
        curve = [[PENALTY * (i == j) for j in range(size)] for i in range(size)]
        for row, used, weight in rows:
            chance = 1 / (1 + exp(-sum(map(mul, weights, row))))
            pull, bend = weight * (chance - used), weight * chance * (1 - chance)
            for i, value in enumerate(row):
                slope[i] += pull * value
                scaled, line = bend * value, curve[i]
                for j, other in enumerate(row):
                    line[j] += scaled * other
        step = _solve(curve, slope)
        weights = [w - s for w, s in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-4:
            break
    return tuple(round(w, 2) for w in weights)


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


def by_excerpt(read: Read, budget: int) -> str:
    ask = Ask(query=read.query, tool=read.tool)
    found = excerpt.excerpt(read.text, ask, budget, count)
    return found.text if found else ""


def by_bm25(read: Read, budget: int) -> str:
    """Lines by BM25, smoothed over their neighbours, while they fit."""
    lines = read.text.split("\n")
    own = scores(read.query, lines)
    near = [
        sum(own[j] / (1 + abs(i - j)) for j in range(max(0, i - NEAR), min(len(own), i + NEAR + 1)))
        for i in range(len(own))
    ]
    taken: list[int] = []
    for i in sorted(range(len(lines)), key=lambda i: (-near[i], i)):
        if (cost := count(lines[i]) + 1) <= budget:
            taken.append(i)
            budget -= cost
    return "\n".join(lines[i] for i in sorted(taken))


def kept(read: Read, shown: str) -> tuple[float, float]:
    """(share of the identifiers kept, share kept on a line between its two neighbours)."""
    places: dict[tuple[str, str, str], None] = dict.fromkeys(_triples(read.text))
    whole = " ".join(
        line for above, line, below in _triples(shown) if (above, line, below) in places
    )
    size = len(read.used)
    return (
        sum(name in shown for name in read.used) / size,
        sum(name in whole for name in read.used) / size,
    )


def _triples(text: str) -> list[tuple[str, str, str]]:
    lines = ["", *filter(None, (" ".join(line.split()) for line in text.split("\n"))), ""]
    return list(zip(lines, lines[1:], lines[2:], strict=False))


def measure(reads: Sequence[Read], system: Callable[[Read, int], str]) -> list[float]:
    """Percent kept and kept in place at each of SHARES."""
    sizes = [count(read.text) for read in reads]
    found = []
    for share in SHARES:
        values = [kept(r, system(r, int(n * share))) for r, n in zip(reads, sizes, strict=True)]
        found += [100 * fmean(column) for column in zip(*values, strict=True)]
    return found


def report(name: str, reads: Sequence[Read]) -> None:
    for half in (0, 1):
        chosen = [read for read in reads if read.half == half]
        ours, theirs = measure(chosen, by_excerpt), measure(chosen, by_bm25)
        gain = [a - b for a, b in zip(ours, theirs, strict=True)]
        label = f"{name}, half {half}{' (fitted)' if half == FITTED else ''}, {len(chosen)} reads"
        print(f"{label}: kept, in place at 10 %; at 25 %")
        for system, values in (("excerpt", ours), ("BM25", theirs), ("gain", gain)):
            print(f"  {system:8}" + "".join(f"{value:7.1f}" for value in values))


def fitted(recorded_reads: Sequence[Read], single_reads: Sequence[Read]) -> None:
    """Set the weights that fit the first, and the sharpness that is best on both alike."""
    foresight.WEIGHTS = fit([row for read in recorded_reads for row in rows_of(read)])
    best = (0.0, 0.0)
    for sharpness in SHARPNESSES:
        foresight.SHARPNESS = sharpness
        found = [fmean(measure(reads, by_excerpt)) for reads in (recorded_reads, single_reads)]
        best = max(best, (fmean(found), sharpness))
    foresight.SHARPNESS = best[1]


def write() -> None:
    path = Path(foresight.__file__)
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^(WEIGHTS.* = ).*$", rf"\g<1>{foresight.WEIGHTS}", text)
    text = re.sub(r"(?m)^SHARPNESS = .*$", f"SHARPNESS = {foresight.SHARPNESS}", text)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    data = Path(arguments[0]) if arguments else Path()
    files = data / "transcripts.jsonl.gz", data / "tooluse.jsonl.gz"
    if not all(file.is_file() for file in files):
        raise SystemExit(f"No {files[0].name} and {files[1].name} in {data}: name their folder.")
    reads, single = list(recorded(files[0])), list(given(files[1]))
    fitted(*([read for read in every if read.half == FITTED] for every in (reads, single)))
    for name, weight in zip(foresight.FEATURES, foresight.WEIGHTS, strict=True):
        print(f"{name:10}{weight:7.2f}")
    print(f"sharpness {foresight.SHARPNESS:7.2f}")
    report("transcripts", reads)
    report("tooluse", single)
    if "--write" in sys.argv:
        write()


if __name__ == "__main__":
    main()
