"""Cases to train on: what a commit says it does, and which source files it changed.

    python benchmarks/localization/cases.py HISTORIES SCORED OUT.jsonl [--each 60]

HISTORIES holds bare git histories named owner+name; SCORED is the scorer's list of cases, whose
repositories are left out. A commit counts where it is no merge, changes 1 to 6 source files that
stood there before, changes few others, and says something. Half of a repository's cases, where
it has them, are the ones that say most: they come closest to issues. Where a commit adds tests, its
case stands there a second time with the longest stretch of them as a code block: issues show what
fails in such snippets.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOURCE = (".py", ".go", ".rs", ".java", ".kt", ".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx")
LANGUAGES = {".py": "python", ".go": "go", ".rs": "rust", ".kt": "kotlin", ".java": "java"}
ASIDE = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec|testdata|testutil|fixtures?|mocks?|benches|benchmarks?"
    r"|examples?|e2e|playground|docs?)(/|$)|(^|/)(test_[^/]*|[^/]*_test|[^/]*[._-](test|spec)s?"
    r"|conftest|Test[A-Z][^/]*|[^/]*Tests?|tests?)\.[a-z]+$"
)
CHORES = re.compile(
    r"(?i)^(?:\W*\w+\W+)?(?:revert|merge|release|bump|version|changelog|prepare|typo|fix typo|lint"
    r"|format|reformat|black|isort|ruff|prettier|clippy|docs?\b|docstring|style|ci\b|chore|copyright"
    r"|upgrade|update dep|pre-commit|translat|rename|cleanup|clean up|remove unused|v?\d+\.\d+)"
)
TRAILER = re.compile(r"(?im)^(?:[A-Z][\w-]+-by|cc|change-id|reviewed|closes?|fixes|refs?|see)\b.*$")
NUMBER = re.compile(
    r"\s*\(?(?:[\w.-]+/[\w.-]+)?(?:#|GH-)\d+\)?|https?://\S+/(?:issues|pull)/\d+\S*"
)
TEST = re.compile(r"(?i)(^|/)(tests?|testing|__tests__|spec)/|(test|spec)[^/]*$")
LEAST_SNIPPET, MOST_SNIPPET = 5, 30
"""Lines of a snippet."""
LONG = 260
"""Characters; a message of so many is taken for one that says much."""


def is_source(path: str) -> bool:
    """Whether a file is a candidate: as the scorer has it, no tests, fixtures, examples, docs."""
    return path.endswith(SOURCE) and not ASIDE.search(path)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("histories", type=Path)
    cli.add_argument("scored", type=Path)
    cli.add_argument("out", type=Path)
    cli.add_argument("--each", type=int, default=60, help="cases of a repository")
    cli.add_argument("--sampled", type=int, default=1500, help="commits of one that are looked at")
    options = cli.parse_args()
    with gzip.open(options.scored, "rt", encoding="utf-8") as file:
        scored = {case["repo"].split("/")[1].lower() for case in map(json.loads, file)}
    with options.out.open("w", encoding="utf-8") as out:
        for folder in sorted(options.histories.iterdir()):
            if "+" not in folder.name or folder.name.split("+")[1].lower() in scored:
                continue
            chosen = spread(list(commits(git_dir(folder), options.sampled)), options.each)
            for case in [*chosen, *snippets(git_dir(folder), chosen)]:
                out.write(json.dumps({"history": folder.name, **case}) + "\n")
            print(f"{folder.name}: {len(chosen)}", flush=True)


def git_dir(folder: Path) -> Path:
    """A history's git directory."""
    return folder / "repo" if (folder / "repo").is_dir() else folder


def commits(git: Path, sampled: int) -> Iterator[dict[str, Any]]:
    """Usable commits among `sampled` that lie evenly over the history, oldest first."""
    every = run(git, "rev-list", "--no-merges", "--reverse", "HEAD").split()
    step = max(1, len(every) // sampled)
    picked = every[len(every) // 5 :: step]
    shown = run(
        git,
        *("log", "--no-walk=unsorted", "--stdin", "--no-renames", "--name-status", "-M0"),
        "--format=%x1e%H%x1f%P%x1f%B%x1f",
        given="\n".join(picked),
    )
    for record in shown.split("\x1e")[1:]:
        commit, parents, message, changes = record.split("\x1f")
        if len(parents.split()) == 1 and (case := usable(message, changes)):
            yield {"commit": commit, "base_commit": parents, **case}


def usable(message: str, changes: str) -> dict[str, Any] | None:
    """The case that a commit makes, where it makes one."""
    rows = [line.split("\t", 1) for line in changes.strip().split("\n") if "\t" in line]
    gold = [path for status, path in rows if status == "M" and is_source(path)]
    sources = [path for _, path in rows if is_source(path)]
    query = NUMBER.sub("", TRAILER.sub("", message)).strip()
    if not 1 <= len(gold) <= 6 or len(sources) != len(gold) or len(rows) > 20:
        return None
    if CHORES.match(query) or len(query.split()) < 5 or len(query) > 8000:
        return None
    ending = "." + gold[0].rpartition(".")[2]
    lang = LANGUAGES.get(ending, "javascript")
    kind = "long" if len(query) >= LONG else "short"
    return {"kind": kind, "lang": lang, "query": query, "gold_files": gold}


def snippets(git: Path, cases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The cases whose commits add tests, with a stretch of them."""
    of = {case["commit"]: case for case in cases}
    shown = run(
        git,
        *("log", "--no-walk=unsorted", "--stdin", "--format=%x1e%H", "-p", "-U0", "--no-renames"),
        given="\n".join(of),
    )
    for record in shown.split("\x1e")[1:]:
        commit, _, diff = record.partition("\n")
        code = added_tests(diff)
        if len(code) >= LEAST_SNIPPET:
            case = of[commit.strip()]
            title, _, body = case["query"].partition("\n")
            query = "\n".join((title, "", body.strip(), "```", *code, "```"))
            yield {**case, "kind": "snippet", "query": query}


def added_tests(diff: str) -> list[str]:
    """The longest stretch of lines that a diff adds to a test, without blank ones."""
    stretches: list[list[str]] = [[]]
    path = ""
    for line in diff.split("\n"):
        if line.startswith("+++ "):
            path = line[6:]
        elif line.startswith("@@"):
            stretches.append([])
        elif line.startswith("+") and TEST.search(path) and path.endswith(SOURCE):
            stretches[-1].append(line[1:])
    longest = max(stretches, key=len)[:MOST_SNIPPET]
    return [line for line in longest if line.strip()]


def spread(cases: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most so many, evenly over time; half of them of those that say much."""
    long = [case for case in cases if case["kind"] == "long"]
    rest = [case for case in cases if case["kind"] == "short"]
    wanted = max(most // 2, most - len(rest))
    return [*evenly(long, wanted), *evenly(rest, most - min(wanted, len(long)))]


def evenly(items: list[Any], most: int) -> list[Any]:
    """At most so many of the items, in their order."""
    if len(items) <= most:
        return items
    return [items[i * len(items) // most] for i in range(most)]


def run(git: Path, *arguments: str, given: str = "") -> str:
    """What git prints."""
    done = subprocess.run(
        ["git", "--git-dir", str(git), *arguments], input=given.encode(), capture_output=True
    )
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
