"""What peers hand over for a task, in the form in which packs are scored."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Slices = list[tuple[str, int, int]]

_MAP = """
import json, sys
from pathlib import Path
from aider.io import InputOutput
from aider.models import Model
from aider.repomap import RepoMap
root, asked = Path(sys.argv[1]), json.load(sys.stdin)
files = [str(path) for path in root.rglob("*") if path.is_file()]
words = set(asked["words"])
named = {p for p in (str(Path(file).relative_to(root)) for file in files) if p in asked["task"]}
made = RepoMap(root=str(root), main_model=Model("gpt-4o"), io=InputOutput())
maps = {}
for budget in asked["budgets"]:
    maps[budget] = made.get_ranked_tags_map([], files, budget, named, words) or ""
print("MAPS" + json.dumps(maps))
"""
_SHOWN, _LONGEST = "\u2502", 100
"""How a line of code begins in aider's map, and how much of it is shown."""


def aider(python: str, budgets: Sequence[int]) -> Callable[[Any, str, int], Slices]:
    """aider's repository map for a task without a chat, its words and paths mentioned as aider
    takes them from a message; the lines that it shows. python: has `aider-chat`."""
    known: dict[str, dict[str, Slices]] = {}

    def pack(tree: Any, task: str, budget: int) -> Slices:
        if task not in known:
            known.clear()
            words = sorted({word for word in _words(task) if word})
            asked = {"task": task, "words": words, "budgets": budgets}
            done = subprocess.run(
                [python, "-c", _MAP, os.fspath(tree)],
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                check=True,
            )
            maps = json.loads(done.stdout.rpartition("MAPS")[2])
            known[task] = {size: list(_lines(shown, tree)) for size, shown in maps.items()}
        return known[task][str(budget)]

    return pack


def _words(task: str) -> list[str]:
    """As aider splits a message into what may be identifiers."""
    return "".join(c if c.isalnum() or c == "_" else " " for c in task).split()


def _lines(shown: str, tree: Any) -> Iterator[tuple[str, int, int]]:
    """The lines of files that a map shows; those that follow each other are one slice."""
    path, texts, row = "", [""], 0
    held: tuple[str, int, int] | None = None
    for line in shown.splitlines():
        if line.startswith(_SHOWN):
            wanted = line[1:]
            while row < len(texts) and texts[row][: _LONGEST - 1] != wanted[: _LONGEST - 1]:
                row += 1
            row += 1
            if held and held[0] == path and held[2] + 1 == row:
                held = path, held[1], row
            elif row <= len(texts):
                if held:
                    yield held
                held = path, row, row
        elif line.rstrip(":") in tree.paths:
            path, row = line.rstrip(":"), 0
            texts = tree.read(path).split("\n")
    if held:
        yield held


def repomix(words: str, tree: Any, count: Callable[[str], int]) -> int:
    """Tokens of all that `repomix --compress` writes of a tree; it takes no task and no budget."""
    with TemporaryDirectory() as name:
        out = Path(name) / "pack.txt"
        command = [*shlex.split(words), "--compress", "--style", "plain", "-o", str(out), "."]
        subprocess.run(command, cwd=os.fspath(tree), capture_output=True, check=True)
        return count(out.read_text(encoding="utf-8"))
