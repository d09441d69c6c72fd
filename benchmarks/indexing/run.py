"""CPU, memory and disk of a repository's index beside its peers, whole processes in turn.

    python benchmarks/indexing/run.py [FOLDER ...] [--curve FOLDER] [--warm FOLDER --tasks FILE]
        [--repomix "npx --yes repomix"] [--aider PYTHON] [--ctags ctags] [--write]

FOLDER: source trees; only their source files are measured, in a copy. Peers run where they are
given: `repomix --compress` writes its pack to a file, aider's repository map is made with an empty
cache by the Python that has `aider-chat`, ctags lists definitions. CPU is user and system time of
the process and its children, the least of the rounds. They do not do the same job: repomix and
ctags keep nothing to be asked, aider keeps the names in files, we keep their words and names. Of
the files changed one is of median size, one the largest.

--curve: Python files of installed packages, each copy made different by a line, from 1,000 to
100,000. --warm: a tree of which files with 30,000 functions are taken, and packs of 8,000 tokens
made in one process that stays and that the kernel tells of changes, for the tasks in FILE (JSON
lines with `query` and `repo`) whose repository the folder is called after. Writes
benchmarks/results/indexing.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from aicontext.engine.prioritize.index.scan import scan

RESULTS = Path(__file__).parent.parent / "results" / "indexing.json"
SOURCES = {".py", ".ts", ".tsx", ".js", ".go", ".rs", ".kt", ".java"}
CURVE = (1_000, 3_000, 10_000, 30_000, 100_000)
ROUNDS = 3
FUNCTIONS = 30_000

_WARM = """
import json, sys, time
import aicontext
repository, tasks = aicontext.Repository(sys.argv[1]), json.load(sys.stdin)
least = dict.fromkeys(tasks, 9.0)
for _ in range(12):
    for task in tasks:
        started = time.process_time()
        repository.pack(task, budget=8_000, model="gpt-4o")
        least[task] = min(least[task], time.process_time() - started)
print(json.dumps(list(least.values())))
"""
_AIDER = """
import sys
from pathlib import Path
from aider.io import InputOutput
from aider.models import Model
from aider.repomap import RepoMap
root = Path(sys.argv[1])
files = [str(p) for p in root.rglob("*") if p.is_file() and ".aider" not in str(p)]
shown = RepoMap(map_tokens=1024, root=str(root), main_model=Model("gpt-4o"), io=InputOutput())
print(len(shown.get_ranked_tags_map([], files, 1024) or ""))
"""


class Cost(dict[str, float]):
    """cpu: seconds; peak: MiB of the largest process, at most."""


def cost(command: Sequence[str], where: Path, **more: str) -> Cost:
    """What a command takes, with what it starts. Raises CalledProcessError."""
    # An installed package is compiled: the first round does so where this run is not to.
    environment = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            cwd=where,
            env=environment | more,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, said.read())
    return Cost(cpu=used.ru_utime + used.ru_stime, peak=used.ru_maxrss / 1024)


def least(costs: Sequence[Cost]) -> Cost:
    return Cost(cpu=min(c["cpu"] for c in costs), peak=min(c["peak"] for c in costs))


def copied(folder: Path, into: Path) -> tuple[int, int]:
    """Copies the source files of a tree; (files, bytes)."""
    files = size = 0
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in SOURCES and ".git" not in path.parts:
            target = into / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
            files, size = files + 1, size + target.stat().st_size
    return files, size


def index(tree: Path, home: Path) -> Cost:
    command = [sys.executable, "-m", "aicontext", "index", str(tree)]
    return cost(command, tree, AICONTEXT_HOME=str(home))


def cold(tree: Path) -> Cost:
    with tempfile.TemporaryDirectory() as home:
        return index(tree, Path(home))


def ours(tree: Path) -> dict[str, object]:
    """Cold, nothing changed, one file changed, and what it takes on disk."""
    first = least([cold(tree) for _ in range(ROUNDS)])
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        index(tree, home)
        disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        same = least([index(tree, home) for _ in range(ROUNDS)])
        by_size = sorted((path for path in tree.rglob("*") if path.is_file()), key=_size)
        one = _changed(by_size[len(by_size) // 2], tree, home)
        largest = _changed(by_size[-1], tree, home)
    return {
        "cold": first,
        "unchanged": same,
        "one_changed": one,
        "largest_changed": largest,
        "disk": disk,
    }


def _changed(victim: Path, tree: Path, home: Path) -> Cost:
    costs = []
    for round_ in range(ROUNDS):
        with victim.open("a") as file:
            file.write(f"\n# {round_}\n" if victim.suffix == ".py" else f"\n// {round_}\n")
        costs.append(index(tree, home))
    return least(costs)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def peers(given: argparse.Namespace) -> dict[str, Callable[[Path], Cost]]:
    found: dict[str, Callable[[Path], Cost]] = {}
    if given.ctags:
        command = [*shlex.split(given.ctags), "-R", "-f", "/dev/null", "--fields=+n", "."]
        found["universal-ctags"] = lambda tree: cost(command, tree)
    if given.repomix:
        words = shlex.split(given.repomix)

        def repomix(tree: Path) -> Cost:
            with tempfile.TemporaryDirectory() as out:
                to = ["--compress", "--style", "plain", "-o", str(Path(out) / "pack.txt")]
                return cost([*words, *to, "."], tree)

        found["repomix --compress"] = repomix
    if given.aider:

        def aider(tree: Path) -> Cost:
            try:
                return cost([given.aider, "-c", _AIDER, str(tree)], tree)
            finally:
                for cache in tree.glob(".aider*"):
                    shutil.rmtree(cache)

        found["aider map"] = aider
    return found


def measured(folder: Path, beside: dict[str, Callable[[Path], Cost]]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / folder.name
        files, size = copied(folder, tree)
        costs = {peer: least([run(tree) for _ in range(2)]) for peer, run in beside.items()}
        mine = ours(tree)
    row = {"tree": folder.name, "files": files, "bytes": size, "aicontext": mine, "peers": costs}
    print(json.dumps(row), flush=True)
    return row


def warm(folder: Path, tasks: Path) -> dict[str, float]:
    """CPU of packs in a process that stays, the least of 12 rounds for each task; milliseconds."""
    with gzip.open(tasks, "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    name = folder.name.partition("-")[0]
    wanted = [case["query"] for case in cases if case["repo"].endswith(f"/{name}")]
    with tempfile.TemporaryDirectory() as made:
        tree, home = Path(made) / folder.name, Path(made) / "home"
        files, functions = _first(folder, tree)
        done = subprocess.run(
            [sys.executable, "-c", _WARM, str(tree)],
            input=json.dumps(wanted),
            env=os.environ | {"AICONTEXT_HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
        )
    taken = sorted(1_000 * seconds for seconds in json.loads(done.stdout))
    row = {
        "files": files,
        "functions": functions,
        "tasks": len(taken),
        "median": round(median(taken), 1),
        "slowest": round(taken[-1], 1),
    }
    print(json.dumps(row), flush=True)
    return row


def _first(folder: Path, into: Path) -> tuple[int, int]:
    """Copies source files until they hold FUNCTIONS; (files, functions)."""
    files = functions = 0
    for path in sorted(folder.rglob("*")):
        if functions < FUNCTIONS and path.is_file() and path.suffix in SOURCES:
            target = into / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
            found = scan(path.name, path.read_text("utf-8", "replace")).definitions
            files, functions = files + 1, functions + sum(d.kind == "function" for d in found)
    return files, functions


def curve(folder: Path) -> list[dict[str, float]]:
    """A cold index of so many files, each unlike the others."""
    sources = [path for path in sorted(folder.rglob("*.py")) if 200 < _size(path) < 200_000]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        tree, made = Path(name) / "tree", 0
        texts = _texts(sources)
        for wanted in CURVE:
            for text in islice(texts, wanted - made):
                target = tree / f"part{made // 1000}" / f"package{made // 50}" / f"module{made}.py"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text)
                made += 1
            size = sum(_size(path) for path in tree.rglob("*.py"))
            row = {"files": made, "bytes": size, **cold(tree)}
            print(json.dumps(row), flush=True)
            rows.append(row)
    return rows


def _texts(sources: Sequence[Path]) -> Iterator[bytes]:
    turn = 0
    while sources:
        for path in sources:
            yield path.read_bytes() + f"\nTURN_{turn} = {turn}\n".encode()
            turn += 1


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("folders", nargs="*", type=Path)
    cli.add_argument("--curve", type=Path)
    cli.add_argument("--warm", type=Path)
    cli.add_argument("--tasks", type=Path)
    cli.add_argument("--repomix", default="")
    cli.add_argument("--aider", default="")
    cli.add_argument("--ctags", default="ctags" if shutil.which("ctags") else "")
    cli.add_argument("--write", action="store_true")
    given = cli.parse_args()
    beside = peers(given)
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if given.folders:
        found["load"] = round(os.getloadavg()[0], 1)
        found["trees"] = [measured(folder.resolve(), beside) for folder in given.folders]
    if given.curve:
        found["curve"] = curve(given.curve.resolve())
    if given.warm and given.tasks:
        found["warm"] = warm(given.warm.resolve(), given.tasks)
    if given.write:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
