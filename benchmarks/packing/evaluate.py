"""Score packs beside BM25 and whole files on real fixes, in one run, and write the figures.

    python benchmarks/packing/evaluate.py DATA HISTORIES [--source swebench-lite] [--limit N]
        [--aider PYTHON] [--repomix "npx --yes repomix"] [--peers-each 4]

DATA is the folder with the reference scorer `score.py`, its cases and `bpe/`; HISTORIES holds the
bare git histories. Both are read, never copied. For the cases, and for those whose query names no
gold file: the share of each gold symbol's lines that packs of 4,000 and 8,000 tokens hold, as the
scorer's `packing` has it, with 95 % bootstrap intervals over repositories (as the scorer has them)
and over cases. Then the same coverage by whole files, in our order and in that of BM25, and the
smallest budget at which packs hold as much of all cases. Of every few cases the lines that aider's
map shows (its own count of tokens), and how many tokens `repomix --compress` writes, which takes
neither task nor budget. Written to benchmarks/results/packing.json.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import peers

HERE = Path(__file__).parent
RESULT = HERE.parent / "results" / "packing.json"
BUDGETS = (1_000, 1_600, 2_000, 2_667, 4_000, 5_333, 6_667, 8_000, 10_667, 13_333)
BUDGETS += (16_000, 21_333, 26_667, 32_000)
"""Tokens of the packs that are held against whole files."""
WHOLE = (8_000, 16_000, 32_000)
"""Tokens of whole files in rank order."""
ROUNDS = 1_000
PEERS = (4_000, 8_000)
SCORED = ("4000 tokens", "8000 tokens")
Pack = Callable[[Any, str, int], Sequence[tuple[str, int, int]]]


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("data", type=Path)
    cli.add_argument("trees", type=Path)
    cli.add_argument("--source", default="swebench-lite")
    cli.add_argument("--limit", type=int)
    cli.add_argument("--aider", default="")
    cli.add_argument("--repomix", default="")
    cli.add_argument("--peers-each", type=int, default=4)
    options = cli.parse_args()
    sys.path[:0] = [str(options.data), str(HERE.parent / "quality")]
    with TemporaryDirectory() as state:
        os.environ["AICONTEXT_HOME"] = f"{state}/home"
        cases = _measured(options, Path(state))
    groups = {"all": cases, "no leak": [one for one in cases if not one["leak"]]}
    report = {"source": options.source, **{name: _row(held) for name, held in groups.items()}}
    report["beside peers"] = _beside(cases)
    RESULT.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


def _measured(options: argparse.Namespace, state: Path) -> list[dict[str, Any]]:
    """For each case with gold symbols the share that each system holds."""
    score, adapters = importlib.import_module("score"), importlib.import_module("adapters")
    baselines = importlib.import_module("baselines")
    score.count = score.token_counter(options.data / "bpe")[0]
    systems = {"ours": adapters.pack, "bm25": baselines.build("pack", "bm25", score.count)}
    orders = {"ours": adapters.rank, "bm25": baselines.build("rank", "bm25", score.count)}
    aider = peers.aider(options.aider, PEERS) if options.aider else None
    trees, options.data = score.trees, _only(options, state)
    found = []
    for case, tree in trees(options):
        if not case["gold_symbols"]:
            continue
        score.trees = lambda _, one=(case, tree): iter([one])
        beside = len(found) % options.peers_each == 0
        found.append(
            {
                "repo": case["repo"],
                "leak": any(case["leak"].values()),
                "lines": {name: _scored(score, pack, options) for name, pack in systems.items()},
                "packs": {b: _held(case, adapters.pack(tree, case["query"], b)) for b in BUDGETS},
                "whole": {
                    name: _whole_files(case, tree, order, score.count)
                    for name, order in orders.items()
                },
                "aider": {b: _held(case, aider(tree, case["query"], b)) for b in PEERS}
                if aider and beside
                else None,
                "repomix": peers.repomix(options.repomix, tree, score.count)
                if options.repomix and beside
                else None,
            }
        )
        print(len(found), case["repo"], file=sys.stderr, flush=True)
    return found


def _only(options: argparse.Namespace, state: Path) -> Path:
    """A folder that holds the cases of one source."""
    name = "localization.jsonl.gz"
    with gzip.open(options.data / name, "rt", encoding="utf-8") as every:
        chosen = [line for line in every if json.loads(line)["source"] == options.source]
    with gzip.open(state / name, "wt", encoding="utf-8") as out:
        out.writelines(chosen)
    return state


def _scored(score: Any, pack: Pack, options: argparse.Namespace) -> list[tuple[float, int]]:
    """What the scorer says of the one case that its `trees` gives, at 4,000 and 8,000 tokens: the
    share, and 1 where it counts the pack as failed, over its budget by the scorer's own sum."""
    tally = score.Tally()
    score.packing(pack, options, tally)
    return [(tally.values[setting, "lines"][0][1], tally.failed[setting]) for setting in SCORED]


def _held(case: dict[str, Any], slices: Sequence[tuple[str, int, int]]) -> float:
    """The mean share of each gold symbol's lines, its first 151, in the slices."""
    shown = {(path, row) for path, first, last in slices for row in range(first, last + 1)}
    shares = []
    for symbol in case["gold_symbols"]:
        rows = range(symbol["start"], min(symbol["end"], symbol["start"] + 150) + 1)
        shares.append(fmean((symbol["file"], row) in shown for row in rows))
    return fmean(shares)


def _whole_files(
    case: dict[str, Any], tree: Any, rank: Callable[..., Any], count: Callable[[str], int]
) -> dict[int, float]:
    """{budget: share held} by the files in rank order that fit, whole, each passed over if not."""
    order = rank(tree, case["query"])[:40]
    sizes = {path: count(f"{path}\n{tree.read(path)}") for path in order}
    found = {}
    for budget in WHOLE:
        left, shown = budget, set()
        for path in order:
            if sizes[path] <= left:
                left -= sizes[path]
                shown.add(path)
        found[budget] = fmean(symbol["file"] in shown for symbol in case["gold_symbols"])
    return found


def _row(cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "n": len(cases),
        **{name: _lines(cases, name) for name in (cases[0]["lines"] if cases else ())},
        "packs hold": {b: _percent([case["packs"][b] for case in cases]) for b in BUDGETS},
        "equal coverage": [
            _equal(cases, order, budget) for order in ("ours", "bm25") for budget in WHOLE
        ],
    }


def _beside(cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What peers hold of the cases that they were run on, and packs of the same cases."""
    report: dict[str, Any] = {}
    if mapped := [case for case in cases if case["aider"]]:
        report["aider map"] = {"n": len(mapped)} | {
            f"{b} tokens": {
                "lines": _percent([case["aider"][b] for case in mapped]),
                "ours": _percent([case["packs"][b] for case in mapped]),
                "gain": _interval([[case["packs"][b] - case["aider"][b]] for case in mapped]),
            }
            for b in PEERS
        }
    if written := sorted(case["repomix"] for case in cases if case["repomix"]):
        report["repomix --compress"] = {
            "n": len(written),
            "tokens, least": written[0],
            "tokens, median": written[len(written) // 2],
            "fits": {f"{b} tokens": sum(tokens <= b for tokens in written) for b in PEERS},
        }
    return report


def _lines(cases: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """{setting: percent, and its intervals over cases and over repositories}."""
    found = {}
    for i, setting in enumerate(SCORED):
        values = [(case["repo"], case["lines"][name][i][0]) for case in cases]
        found[setting] = {
            "failed": sum(case["lines"][name][i][1] for case in cases),
            "lines": _percent([v for _, v in values]),
            "over cases": _interval([[v] for _, v in values]),
            "over repositories": _interval(
                [[v for r, v in values if r == repo] for repo in dict(values)]
            ),
        }
    return found


def _equal(cases: Sequence[dict[str, Any]], order: str, budget: int) -> dict[str, Any]:
    """What whole files hold in a budget, and the smallest one in which packs hold as much."""
    held = fmean(case["whole"][order][budget] for case in cases)
    packs = {b: fmean(case["packs"][b] for case in cases) for b in BUDGETS}
    enough = [b for b, share in packs.items() if share >= held]
    return {
        "whole files in the order of": order,
        "whole files, tokens": budget,
        "held": round(100 * held, 1),
        "packs, tokens": min(enough, default=None),
        "share": round(min(enough) / budget, 3) if enough else None,
    }


def _interval(groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    """95 %, by drawing groups."""
    draw = random.Random(0)
    means = sorted(
        fmean([v for group in draw.choices(groups, k=len(groups)) for v in group])
        for _ in range(ROUNDS)
    )
    low, high = means[int(0.025 * ROUNDS)], means[int(0.975 * ROUNDS) - 1]
    return round(100 * low, 1), round(100 * high, 1)


def _percent(values: Sequence[float]) -> float:
    return round(100 * fmean(values), 1)


if __name__ == "__main__":
    main()
