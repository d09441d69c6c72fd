"""Fit how much each signal of the ranking counts, and say how well it does on other repositories.

    python benchmarks/localization/fit.py HISTORIES CASES.jsonl [--each 80] [--write]

CASES is what cases.py makes out of HISTORIES. With --write the weights go to
src/aicontext/engine/prioritize/repository/data/weights.json; what is marked there as set by hand
stays. Prints Acc@1, Acc@5 and MRR with weights that were fitted without the case's repository.
Takes some minutes and gigabytes; needs numpy and scipy.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cases import evenly, git_dir, run
from scans import ArrayCorpus, Scans, tree
from scipy.optimize import minimize

from aicontext.domain.repository.corpus import Defined, FileHistory
from aicontext.domain.repository.trees import Commit, Commits
from aicontext.engine.prioritize.index.history import file_history
from aicontext.engine.prioritize.repository.signals import Evidence, gather, signals
from aicontext.engine.prioritize.repository.task import read_task
from aicontext.engine.prioritize.repository.weights import CONTAINERS, MOST_SAID

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "src/aicontext/engine/prioritize/repository/data/weights.json"
BY_HAND = {"files": {"aside": -6.0}, "definitions": {"aside": -6.0}}
"""The trees hold no tests, so that nothing is learned of them; see README.md."""
OF_HISTORY = ("history", "history_title", "churn")
KINDS = {"long": 1.0, "short": 0.6, "snippet": 1.0}
"""What a case of each kind weighs."""
FOLDS = 6
WITH_HISTORY = 6
"""One case in so many is looked at with its history, which takes long."""
_RECORD = re.compile(r"\x01(\w+)\0(\d+)\0")

DEFINITION = ("file", "place", "whole", "name", "within", "said", "size", "container")
"""What definitions are judged by."""

Changed = Mapping[str, Sequence[tuple[int, int]]]
"""{path: lines of the old text that changed, or that something was added behind}."""
Matrix = np.ndarray


@dataclass(slots=True)
class Example:
    """A case's candidates: inputs of the model, which are gold, and what is added to its scores.

    wanted: how many gold ones there are in all, found or not.
    """

    history: str
    kind: str
    inputs: Matrix
    gold: Matrix
    wanted: int
    base: Matrix


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("histories", type=Path)
    cli.add_argument("cases", type=Path)
    cli.add_argument("--each", type=int, default=1000, help="cases of a repository at most")
    cli.add_argument("--write", action="store_true")
    given = cli.parse_args()
    past, looked = _gathered(given.histories, _chosen(given.cases, given.each))
    names = [name for name in looked[0].names if name not in (*OF_HISTORY, "aside")]
    examples = [one.of_files(names) for one in looked]
    _tell("files", examples)
    weights = dict(zip(names, softmax_weights(examples), strict=True))
    later = [one.of_files(OF_HISTORY, given=weights) for one in past]
    weights |= dict(zip(OF_HISTORY, softmax_weights(later), strict=True))
    inner = [one.of_definitions(weights) for one in looked if one.kind != "short"]
    _tell("definitions", inner)
    found = {"files": weights}
    found["definitions"] = dict(zip(DEFINITION, softmax_weights(inner), strict=True))
    rounded = {
        group: {name: round(float(w), 3) for name, w in held.items()} | BY_HAND[group]
        for group, held in found.items()
    }
    print(json.dumps(rounded, indent=1))
    if given.write:
        WEIGHTS.write_text(json.dumps(rounded, indent=1) + "\n")


@dataclass(slots=True)
class Looked:
    """What ranking saw of a case.

    signals: a row for each candidate, a column for each of `names`. gold: which candidates are.
    definitions: for each its candidate, match, match of the name, strength as a name, size,
    whether it holds others, and whether it was changed.
    """

    history: str
    kind: str
    wanted: int
    names: list[str]
    signals: Matrix
    gold: Matrix
    definitions: Matrix

    def of_files(self, names: Sequence[str], given: Mapping[str, float] | None = None) -> Example:
        """given: weights of other signals, which stay as they are."""
        inputs = self.signals[:, [self.names.index(name) for name in names]]
        base = self._likely(given or {})
        return Example(self.history, self.kind, inputs, self.gold, self.wanted, base)

    def _likely(self, weights: Mapping[str, float]) -> Matrix:
        return self.signals @ np.array([weights.get(name, 0.0) for name in self.names])

    def of_definitions(self, weights: Mapping[str, float]) -> Example:
        """As `judge_definitions` has them."""
        likely = self._likely(weights)
        places = np.empty(len(likely))
        places[np.argsort(-likely, kind="stable")] = np.arange(1, len(likely) + 1)
        at = self.definitions[:, 0].astype(int)
        whole, name, said, size, container, gold = self.definitions[:, 1:].T
        own = np.zeros(len(likely))
        np.maximum.at(own, at, whole)
        shares = (whole / (whole.max(initial=0) or 1), name / (name.max(initial=0) or 1))
        within = whole / np.where(own > 0, own, 1)[at]
        columns = ((likely - likely.max(initial=0))[at], np.log(places)[at], *shares, within)
        inputs = np.column_stack((*columns, np.minimum(said, MOST_SAID), np.log1p(size), container))
        return Example(self.history, self.kind, inputs, gold, int(gold.sum()), np.zeros(len(gold)))


def _chosen(path: Path, each: int) -> list[dict[str, Any]]:
    """At most so many cases of each repository, evenly over those that the list has of it."""
    of: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        of[case["history"]].append(case)
    return [case for own in of.values() for case in evenly(own, each)]


def _gathered(
    histories: Path, cases: Sequence[dict[str, Any]]
) -> tuple[list[Looked], list[Looked]]:
    """Some of the cases with what the history tells, and all without it."""
    by_history: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases:
        by_history[case["history"]].append(case)
    looked: list[Looked] = []
    past: list[Looked] = []
    for name, own in sorted(by_history.items()):
        git = git_dir(histories / name)
        scans = Scans()
        for i, case in enumerate(own):
            files = tree(git, case["base_commit"])
            if set(case["gold_files"]) <= files.keys():
                scans.read(git, files)
                looked.append(_look(git, case, scans.corpus(files)))
                if i % WITH_HISTORY == 0 and case["kind"] != "snippet":
                    told = history(git, case["base_commit"])
                    past.append(_look(git, case, scans.corpus(files, told)))
        print(f"{name}: {len(looked)} cases", flush=True)
    return past, looked


def _look(git: Path, case: dict[str, Any], corpus: ArrayCorpus) -> Looked:
    evidence = gather(read_task(case["query"]), corpus)
    found = signals(evidence)
    files, gold = evidence.files, set(case["gold_files"])
    rows = [[held.get(file, 0.0) for held in found.values()] for file in files]
    return Looked(
        case["history"],
        case["kind"],
        len(gold),
        list(found),
        np.array(rows, float).reshape(len(files), len(found)),
        np.array([corpus.paths[file] in gold for file in files], float),
        np.array(list(_definitions(evidence, changed_lines(git, case))), float).reshape(-1, 7),
    )


def _definitions(evidence: Evidence, changed: Changed) -> Iterator[tuple[float, ...]]:
    corpus, names = evidence.corpus, evidence.mentions.names
    for at, file in enumerate(evidence.files):
        held = evidence.matches.get(file, ())
        hit = _changed(corpus.definitions(file), changed.get(corpus.paths[file], ()))
        sizes = corpus.sizes(file) if held else ()
        for i, (match, size) in enumerate(zip(held, sizes, strict=True)):
            container = corpus.definitions(file)[i].kind in CONTAINERS
            said = names.get((file, i), 0.0)
            yield at, match.whole, match.name, said, size, container, i in hit


def history(git: Path, commit: str, most: int = 1500) -> FileHistory:
    """What the newest commits up to one say of files."""
    log_ = run(
        git,
        *("log", "--no-merges", "--no-renames", "--name-only", "-z", f"-n{most}"),
        *("--format=%x01%H%x00%ct%x00%B%x00", commit),
    )
    parts = _RECORD.split(log_)[1:]
    commits = []
    for sha, at, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        message, _, rest = body.partition("\0")
        names = rest.lstrip("\0").removeprefix("\n").split("\0")
        commits.append(Commit(sha, int(at), message.strip(), tuple(filter(None, names))))
    return file_history(Commits(commit, tuple(commits)))


def changed_lines(git: Path, case: dict[str, Any]) -> Changed:
    """What a case's commit changed of its gold files."""
    command = ["git", "--git-dir", str(git), "diff", "-U0", "--no-renames"]
    command += [case["base_commit"], case["commit"], "--", *case["gold_files"]]
    diff = subprocess.run(command, capture_output=True).stdout.decode("utf-8", "replace")
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    path = ""
    for line in diff.split("\n"):
        if line.startswith("--- a/"):
            path = line[6:]
        elif hunk := re.match(r"@@ -(\d+)(?:,(\d+))?", line):
            first = int(hunk[1])
            found[path].append((first, first + max(0, int(hunk[2] or 1) - 1)))
    return found


def _changed(definitions: Sequence[Defined], lines: Sequence[tuple[int, int]]) -> set[int]:
    """The innermost definitions that changed lines lie in."""
    found: set[int] = set()
    for first, last in lines:
        hit = [i for i, d in enumerate(definitions) if d.first <= last and d.last >= first]
        found |= {i for i in hit if not any(_encloses(definitions[i], definitions[j]) for j in hit)}
    return found


def _encloses(one: Defined, other: Defined) -> bool:
    inside = one.first <= other.first and other.last <= one.last
    return inside and one is not other and (one.first, one.last) != (other.first, other.last)


def softmax_weights(examples: Sequence[Example], ridge: float = 1e-3) -> Matrix:
    """Weights of the inputs that make the gold candidates most likely among those of their case."""
    used = [one for one in examples if one.gold.any() and len(one.gold) > 1]
    inputs = np.concatenate([one.inputs for one in used])
    spread = inputs.std(0) + 1e-6
    inputs = inputs / spread
    starts = np.cumsum([0, *(len(one.gold) for one in used)])[:-1]
    case = np.repeat(np.arange(len(used)), [len(one.gold) for one in used])
    gold = np.concatenate([one.gold / one.gold.sum() for one in used])
    base = np.concatenate([one.base for one in used])
    weight = np.array([KINDS[one.kind] for one in used])

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        scores = base + inputs @ weights
        scores = scores - np.maximum.reduceat(scores, starts)[case]
        total = np.add.reduceat(np.exp(scores), starts)[case]
        missed = np.exp(scores) / total - gold
        value = -(weight[case] * gold * (scores - np.log(total))).sum() / weight.sum()
        slope = inputs.T @ (missed * weight[case]) / weight.sum()
        return value + ridge * weights @ weights, slope + 2 * ridge * weights

    done = minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(done.x / spread)


def _tell(what: str, examples: Sequence[Example]) -> None:
    """Acc@1, Acc@5 and MRR by kind, each of weights fitted without the case's repository."""
    names = sorted({one.history for one in examples})
    fold = {name: i % FOLDS for i, name in enumerate(names)}
    found: defaultdict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for held_out in range(FOLDS):
        weights = softmax_weights([one for one in examples if fold[one.history] != held_out])
        for one in examples:
            if fold[one.history] == held_out and one.wanted:
                order = np.argsort(-(one.inputs @ weights), kind="stable")
                found[one.kind].append(_measured(one.gold[order], one.wanted))
    for kind, values in sorted(found.items()):
        accuracy = ", ".join(f"{100 * value:.1f}" for value in np.mean(values, axis=0))
        print(f"{what}, {kind}, {len(values)} cases: Acc@1, Acc@5, MRR {accuracy}")


def _measured(gold: Matrix, wanted: int) -> tuple[float, float, float]:
    first = int(np.argmax(gold)) + 1 if gold.any() else 0
    one, five = gold[:1].sum() == wanted, gold[:5].sum() == wanted
    return float(one), float(five), 1 / first if first else 0.0


if __name__ == "__main__":
    main()
