"""The page about the OWASP ASVS names every requirement, and tests that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/asvs.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
LEVEL_2 = """
1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1-1 3.2.1-2 3.3.1-4 3.4.1-6
3.5.1-5 3.7.1-2 4.1.1-3 4.2.1-1 4.3.1-2 4.4.1-4 5.1.1-1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12
6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2
8.2.1-3 8.3.1-1 8.4.1-1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2 10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2
10.7.1-3 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1-1 11.6.1-1 12.1.1-3 12.2.1-2 12.3.1-4 13.1.1-1
13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1-1 16.2.1-5
16.3.1-4 16.4.1-3 16.5.1-3 17.1.1-1 17.2.1-4 17.3.1-2
"""
"""Of levels 1 and 2 in version 5.0.0: the first and the last of each section."""


def numbers(text: str) -> list[str]:
    """Those of a list with ranges."""
    found = []
    for part in text.split(","):
        first, _, last = part.strip().partition("–")
        section, _, start = first.rpartition(".")
        end = last.rpartition(".")[2] or start
        found += [f"{section}.{n}" for n in range(int(start), int(end) + 1)]
    return found


@cache
def named_in(file: str) -> frozenset[str]:
    path = ROOT / "tests" / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


def test_every_requirement_is_there_once() -> None:
    wanted = [one for part in LEVEL_2.split() for one in numbers(part.replace("-", "–"))]
    told = [one for row in ROWS for one in numbers(row[0])]
    assert sorted(told) == sorted(wanted)


@pytest.mark.parametrize("row", ROWS, ids=[row[0].strip().partition(" ")[0] for row in ROWS])
def test_each_says_how_and_names_tests_that_there_are(row: list[str]) -> None:
    _, state, how, tests = (part.strip() for part in row)
    assert state in ("yes", "part", "no", "—")
    assert how or tests
    for one in re.findall(r"`([^`]+)`", tests):
        file, _, name = one.partition("::")
        assert name in named_in(file), one
