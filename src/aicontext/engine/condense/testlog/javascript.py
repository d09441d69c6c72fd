"""Jest, Vitest and Mocha (and what prints like it: Node's spec reporter, Jasmine's)."""

from __future__ import annotations

from collections.abc import Sequence

from aicontext.engine.condense.testlog.grammar import Grammar
from aicontext.engine.condense.testlog.report import Draft, Report

JEST = Grammar.of(
    "Test Suites: ",
    "\n  ● ",
    "\nPASS ",
    report=r"  ● (?!Console\b)(\S.*?)\s*\Z",
    close=r"Summary of all failing tests|Ran all test suites|  ● Console",
    total=r"(?:Tests|Test Suites|Snapshots|Time):\s+\S",
    file=r"(?:PASS|FAIL)\s+(\S+)(?:\s+\(.*)?\Z",
    passed=r"\s+[✓√] \S",
    skipped=r"\s+[○✎] \S",
    failed=r"\s+[✕×] (\S.*?)(?: \(\d[\d.]* m?s\))?\s*\Z",
)
VITEST = Grammar.of(
    "Test Files ",
    " FAIL  ",
    report=r" ?FAIL +(\S.*?)\s*\Z",
    total=r"\s*(?:Test Files|Tests|Duration|Errors|Snapshots)  +\S",
    close=r"\s*[⎯─]{6,}",
    file=r" ?[❯✓] (\S+\.\w+) +\(\d+ tests?",
    passed=r"\s+[✓✔] \S",
    skipped=r"\s+[↓-] \S",
    quiet=r"\s+[×✗] \S|\s+→ \S",
)
MOCHA_MARKS = Grammar.of(
    " passing (",
    " failing",
    passed=r"\s+[✓✔√] \S",
    skipped=r"\s+- \S",
    total=r"  \d+ (?:passing|failing|pending)\b",
)


def read_mocha(lines: Sequence[str]) -> Report:
    """Mocha numbers its failures: titles down to a line that ends in a colon, then the report."""
    marked = MOCHA_MARKS.read(lines)
    draft = Draft(passed=marked.passed, summary=list(marked.summary))
    since = next((at for at in marked.summary if "failing" in lines[at]), len(lines))
    heads = [at for at in range(since, len(lines)) if _numbered(lines[at])]
    for turn, at in enumerate(heads):
        end = heads[turn + 1] if turn + 1 < len(heads) else len(lines)
        draft.fail(_title(lines, at, min(end, at + 12)), at, (at, end))
    return draft.report()


def _numbered(line: str) -> bool:
    number, found, _ = line.strip().partition(")")
    return bool(found) and number.isdecimal() and line.startswith("  ")


def _title(lines: Sequence[str], first: int, last: int) -> str:
    words: list[str] = []
    for line in lines[first:last]:
        words.append(line.strip())
        if words[-1].endswith(":"):
            break
    return " ".join(words).partition(") ")[2].rstrip(":")
