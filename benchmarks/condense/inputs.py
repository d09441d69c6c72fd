"""Inputs of our own making, each with probes: strings that must still stand in what is shown.

Deterministic: a small linear congruential generator, real command output, and files of the
running Python's standard library.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

WORDS = (
    *("queue", "shard", "ledger", "probe", "window", "batch", "mirror"),
    *("lock", "route", "token", "frame", "spool", "lease", "gauge"),
)
LIBRARY = Path(sysconfig.get_paths()["stdlib"])


@dataclass(frozen=True)
class Input:
    """One tool output. lossless: everything must stay, so the probes are only a second check."""

    name: str
    text: str
    query: str
    tool: str
    command: str
    probes: tuple[str, ...]
    lossless: bool = False


def inputs() -> list[Input]:
    """All inputs, the same ones every time on the same Python."""
    return [api_rows(), log_rows(), test_run(), search(), diff(), source()]


def _draws(seed: int) -> Iterator[int]:
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield seed >> 33


def _sentence(draw: Iterator[int], length: int) -> str:
    return " ".join(WORDS[next(draw) % len(WORDS)] for _ in range(length))


def api_rows() -> Input:
    draw = _draws(3)
    start = datetime(2026, 3, 1, 9)
    rows = []
    for i in range(260):
        note = _sentence(draw, 12 + next(draw) % 20) + "."
        if i == 171:
            note = "Harbour migration is blocked until MAX_SPOOL=4096 is set by tomas-r."
        rows.append(
            {
                "id": 71_000 + 4 * i,
                "key": f"OPS-{400 + i}",
                "summary": _sentence(draw, 5).capitalize(),
                "status": ("open", "closed", "waiting")[next(draw) % 3],
                "reporter": {"name": f"user-{next(draw) % 40}", "active": True, "kind": "member"},
                "tags": [{"label": WORDS[next(draw) % 5], "colour": "#00aa55"}],
                "votes": next(draw) % 30,
                "created": (start + timedelta(minutes=next(draw) % 90_000)).isoformat() + "Z",
                "note": note,
                "link": f"https://ops.example/api/tickets/OPS-{400 + i}",
                "archived": False,
                "parent": None,
            }
        )
    probes = ("Harbour migration", "MAX_SPOOL=4096", "tomas-r")
    return Input("json-api-rows", json.dumps(rows), "", "mcp__tickets__list", "", probes, True)


def log_rows() -> Input:
    draw = _draws(5)
    start = datetime(2026, 5, 4, 12)
    rows = []
    for i in range(480):
        row = {
            "time": (start + timedelta(seconds=2 * i)).isoformat() + "Z",
            "severity": "INFO",
            "app": ("gateway", "search", "mail")[next(draw) % 3],
            "text": f"request served in {next(draw) % 90} ms",
            "trace": f"t-{next(draw) % 10**7:07d}",
        }
        if i == 333:
            row |= {"severity": "ERROR", "text": "deadlock on table spool_items after 30 s (40P01)"}
        rows.append(row)
    probes = ("deadlock on table spool_items after 30 s (40P01)", "ERROR")
    return Input("json-log-rows", json.dumps(rows), "", "Bash", "cat app.log.json", probes, True)


TESTS = """
import pytest
@pytest.mark.parametrize("n", range(90))
def test_{name}_adds(n):
    assert n + 1 > n
def test_{name}_total():
    total = {total}
    assert total == {wanted}, "total of {name} is off"
"""


def test_run() -> Input:
    """A real pytest run of 9 files, 2 of whose 819 tests fail."""
    with tempfile.TemporaryDirectory() as name:
        for i, word in enumerate(WORDS[:9]):
            wanted = 41 if i in (2, 6) else 40
            text = TESTS.format(name=word, total=40, wanted=wanted)
            Path(name, f"test_{word}.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist"]
        run = subprocess.run(command, cwd=name, capture_output=True, text=True)
    probes = (
        "test_ledger_total",
        "test_mirror_total",
        "total of ledger is off",
        "total of mirror is off",
        "assert 40 == 41",
        "2 failed",
    )
    return Input("test-run", run.stdout, "Which tests fail and why?", "Bash", "pytest -v", probes)


def search() -> Input:
    """`grep -rn` over part of the standard library."""
    pattern = re.compile(r"encode|decode")
    hits = []
    for path in sorted(LIBRARY.glob("*.py")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                hits.append((path.name, number, line))
    hits = hits[:1400]
    defined = [line.strip() for _, _, line in hits if re.match(r"\s*def b64encode\b", line)]
    files = tuple(dict.fromkeys(name for name, _, _ in hits))
    text = "\n".join(f"lib/{name}:{number}:{line}" for name, number, line in hits)
    command = "grep -rnE 'encode|decode' lib"
    query = "Where is b64encode defined?"
    return Input("search", text, query, "Bash", command, (*defined, *files))


def diff() -> Input:
    """Two files of the standard library with every eleventh line changed."""
    parts, probes = [], []
    for name in ("textwrap.py", "shlex.py", "cmd.py"):
        old = (LIBRARY / name).read_text("utf-8").splitlines()
        new = [f"{line}  # {i}" if i % 11 == 0 and line else line for i, line in enumerate(old)]
        body = list(difflib.unified_diff(old, new, f"a/lib/{name}", f"b/lib/{name}", lineterm=""))
        parts += [f"diff --git a/lib/{name} b/lib/{name}", "index 1f2e3d4..5a6b7c8 100644", *body]
        changed = (line for line in body[2:] if line[:1] in "+-")
        probes += [line for line in islice(changed, 60) if line[1:].strip()]
    return Input("diff", "\n".join(parts), "", "Bash", "git diff", tuple(probes))


def source() -> Input:
    text = (LIBRARY / "textwrap.py").read_text("utf-8") + (LIBRARY / "shlex.py").read_text("utf-8")
    defined = re.findall(r"^ *(?:def|class) .*", text, re.MULTILINE)
    query = "How are chunks handled that are too long for a line?"
    probes = (*(line.strip() for line in defined), "def _handle_long_word")
    return Input("source", text, query, "Read", "lib/textwrap.py", probes)
