"""Names worth remembering in text: file paths, compound names and hashes.

A word of the plain language says little about what will be needed later; `src/app/main.py`,
`parseHeader`, `max_retries` and `3f2a91c` say it exactly.
"""

from __future__ import annotations

import re
from enum import IntEnum

SHORTEST = 6
LONGEST = 240

# Every character is taken once, so that a line of any length costs linear time.
_RUN = re.compile(r"[A-Za-z0-9_./-]{6,}")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_EXTENSION = re.compile(r"\w\.[A-Za-z][A-Za-z0-9]{0,5}$", re.ASCII)
_COMPOUND = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]{2}|[A-Za-z0-9]_[A-Za-z0-9]")
_HASH = re.compile(r"[0-9a-f]{7,40}")


class Sort(IntEnum):
    """What a name stands for."""

    PATH = 0
    NAME = 1
    HASH = 2


class Lexicon:
    """The distinct identifiers of a session, numbered in the order they were met."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.sorts: list[Sort] = []
        self._numbers: dict[str, int] = {}
        self._runs: dict[str, tuple[int, ...]] = {}

    def find(self, line: str) -> tuple[int, ...]:
        """The numbers of the distinct identifiers of a line, in their order."""
        known = self._runs
        found: dict[int, None] = {}
        for run in _RUN.findall(line):
            numbers = known.get(run)
            if numbers is None:
                numbers = known[run] = tuple(self._number(*pair) for pair in _split(run))
            for number in numbers:
                found[number] = None
        return tuple(found)

    def _number(self, name: str, sort: Sort) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
            self.sorts.append(sort)
        return number


def _split(run: str) -> list[tuple[str, Sort]]:
    """A run of name characters as one path, or as the compound names and hashes in it."""
    run = run.rstrip("./-")
    if len(run) > LONGEST:
        return []
    if _EXTENSION.search(run) and ("/" in run or not _COMPOUND.search(run.rpartition(".")[2])):
        path = run.lstrip("-")
        if "/" in path or _file_like(path):
            return [(path, Sort.PATH)] if len(path) >= SHORTEST else []
    found = []
    for word in _WORD.findall(run):
        word = word.strip("_")
        if len(word) < SHORTEST:
            continue
        if _COMPOUND.search(word):
            found.append((word, Sort.NAME))
        elif _HASH.fullmatch(word) and not word.isalpha():
            found.append((word, Sort.HASH))
    return found


_FILES = frozenset(
    [
        "bash",
        "c",
        "cc",
        "cfg",
        "clj",
        "cpp",
        "cs",
        "css",
        "csv",
        "cts",
        "cxx",
        "dart",
        "env",
        "erl",
        "ex",
        "exs",
        "go",
        "gradle",
        "graphql",
        "h",
        "hpp",
        "htm",
        "html",
        "ini",
        "ipynb",
        "java",
        "js",
        "json",
        "jsonl",
        "jsx",
        "kt",
        "kts",
        "less",
        "lock",
        "log",
        "lua",
        "m",
        "md",
        "mdx",
        "mjs",
        "mk",
        "ml",
        "mts",
        "php",
        "pl",
        "proto",
        "ps1",
        "py",
        "pyi",
        "r",
        "rb",
        "rs",
        "rst",
        "scala",
        "scss",
        "sh",
        "sql",
        "svelte",
        "svg",
        "swift",
        "tf",
        "toml",
        "ts",
        "tsx",
        "txt",
        "vue",
        "xml",
        "yaml",
        "yml",
        "zig",
    ]
)


def _file_like(name: str) -> bool:
    """`name.ext` without a folder: a file where the ending is one, else an attribute."""
    return name.rpartition(".")[2].lower() in _FILES
