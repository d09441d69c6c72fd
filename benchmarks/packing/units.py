"""What packs could show for the messages of commits, and what of it the commits touched.

    python benchmarks/packing/units.py HISTORIES... --commits COMMITS.jsonl --out UNITS.jsonl

HISTORIES hold bare git histories named owner+name. COMMITS is what benchmarks/localization/cases.py
writes: messages of commits and the source files that they changed, of repositories that the scorer
does not use. A unit counts as touched where the commit changed one of its lines.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aicontext.domain.repository.corpus import FileHistory
from aicontext.engine.condense.code.outline import language_of, outline
from aicontext.engine.condense.repository.units import Outlined
from aicontext.engine.condense.repository.worth import files_to_read, signalled
from aicontext.engine.prioritize.index.scan import scan
from aicontext.engine.prioritize.repository.rank import rank

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/support"))

from corpora import ScannedCorpus

ASIDE = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec|testdata|testutil|fixtures?|mocks?|benches|benchmarks?"
    r"|examples?|e2e|playground|docs?)(/|$)|(^|/)(test_[^/]*|[^/]*_test|[^/]*[._-](test|spec)s?"
    r"|conftest|Test[A-Z][^/]*|[^/]*Tests?|tests?)\.[a-z]+$"
)
SOURCE = (".py", ".go", ".rs", ".java", ".kt", ".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx")
BUDGET = 16_000
"""Tokens; larger than packs are, so that what they pass over is here too."""
HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? ")


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("histories", nargs="+", type=Path)
    cli.add_argument("--commits", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True)
    cli.add_argument("--each", type=int, default=6, help="commits of a repository")
    write_cases(cli.parse_args())


def write_cases(options: argparse.Namespace) -> None:
    by_repo: dict[str, list[dict[str, Any]]] = {}
    for line in options.commits.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        by_repo.setdefault(case["history"], []).append(case)
    with options.out.open("a", encoding="utf-8") as out:
        for name, cases in sorted(by_repo.items()):
            folders = [folder / name for folder in options.histories]
            git = next(
                (g for f in folders for g in (f / "repo", f) if (g / "objects").is_dir()), None
            )
            scanned: dict[str, Any] = {}
            step = max(1, len(cases) // options.each)
            for case in cases[::step][: options.each] if git else ():
                out.write(json.dumps(of_case(git, case, scanned)) + "\n")
            out.flush()
            print(name, len(scanned), flush=True)


def of_case(git: Path, case: dict[str, Any], scanned: dict[str, Any]) -> dict[str, Any]:
    """The units that a pack could show for a commit's message: [path, first, last, characters,
    signals, whether touched] of each, and how many units were touched in all."""

    blobs = listing(git, case["base_commit"])
    missing = [(p, b) for p, b in blobs.items() if f"{b} {p}" not in scanned]
    for (path, blob), text in zip(missing, read(git, [b for _, b in missing]), strict=True):
        scanned[f"{blob} {path}"] = scan(path, text)
    files = {path: scanned[f"{blob} {path}"] for path, blob in blobs.items()}
    ranking = rank(case["query"], ScannedCorpus(files, FileHistory()))
    wanted = dict.fromkeys([*files_to_read(ranking, BUDGET), *case["gold_files"]])
    outlined = {}
    for path, text in zip(wanted, read(git, [blobs[p] for p in wanted]), strict=True):
        language = language_of(text, path)
        outlined[path] = Outlined.of(text, outline(text, language), language)
    changed = {path: changed_lines(git, case, path) for path in case["gold_files"]}
    seen = {path: outlined[path] for path in files_to_read(ranking, BUDGET)}
    rows = []
    signals: dict[str, float] = {}
    for path, of_file, units in signalled(case["query"], ranking, seen, BUDGET):
        for unit, own, _ in units:
            touched = any(unit.span[0] <= row <= unit.span[1] for row in changed.get(path, ()))
            size = outlined[path].size(unit.span)
            signals = {**of_file, **own}
            rows.append([path, *unit.span, size, list(signals.values()), int(touched)])
    every = {(p, outlined[p].at(row)) for p, lines in changed.items() for row in lines}
    names = list(signals)
    gold = len({key for key in every if key[1] is not None})
    return {
        "repo": case["history"],
        "lang": case["lang"],
        "names": names,
        "gold": gold,
        "units": rows,
    }


def listing(git: Path, commit: str) -> dict[str, str]:
    """{path: blob} of the source files of a tree."""
    shown = run(git, "ls-tree", "-r", "-z", commit).split("\0")
    entries = [entry.partition("\t") for entry in shown if entry.startswith("100")]
    return {p: m.split()[2] for m, _, p in entries if p.endswith(SOURCE) and not ASIDE.search(p)}


def read(git: Path, blobs: Sequence[str]) -> Iterator[str]:
    given = "".join(f"{blob}\n" for blob in blobs).encode()
    command = ["git", "--git-dir", str(git), "cat-file", "--batch"]
    data = subprocess.run(command, input=given, capture_output=True, check=True).stdout
    at = 0
    for _ in blobs:
        end = data.index(b"\n", at)
        size = int(data[at:end].split()[2])
        yield data[end + 1 : end + 1 + size].decode("utf-8", "replace")
        at = end + size + 2


def changed_lines(git: Path, case: dict[str, Any], path: str) -> list[int]:
    """The lines that a commit took out or changed, and those before what it added."""
    diff = run(git, "diff", "-U0", case["base_commit"], case["commit"], "--", path)
    found: list[int] = []
    for match in HUNK.finditer(diff):
        first, length = int(match[1]), int(match[2] or 1)
        found += range(first, first + max(1, length))
    return found


def run(git: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "--git-dir", str(git), *arguments], capture_output=True)
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
