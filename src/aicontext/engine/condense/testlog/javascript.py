"""Jest, Vitest, Mocha (and what prints like it), Bun, Node's spec reporter, Deno, Playwright."""

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
    file=r"FAIL\s+(\S+)(?:\s+\(.*)?\Z",
    clean=r"PASS\s+(\S+)(?:\s+\(.*)?\Z",
    printed=r"\s{2}console\.(?:log|info|debug|warn|error)\b",
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
    clean=r" ?✓ (?:\|[^|]{1,40}\| |[a-z]{1,20} )?(\S+\.\w+) +\((\d{1,6}) tests?(?: \||\))",
    file=r" ?❯ (?:\|[^|]{1,40}\| |[a-z]{1,20} )?(\S+\.\w+) +\(\d+ tests?",
    printed=r"(?:stdout|stderr) \| \S",
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
BUN = Grammar.of(
    "(pass) ",
    "(fail) ",
    "bun test v",
    " expect() calls",
    passed=r"(?:\(pass\)|✓) \S",
    skipped=r"(?:\((?:skip|todo)\)|[»✎]) \S",
    report=r"# Unhandled error between tests",
    above=r"(?:\(fail\)|✗) (\S.*?)(?: \[\d[\d.]*m?s\])?\s*\Z",
    head=r"(\S{0,300}[._](?:test|spec)\.[cm]?[jt]sx?):\s*\Z",
    total=r"\s?\d+ (?:pass|fail|skip|todo|errors?|expect\(\) calls)\s*\Z|Ran \d+ tests? across ",
    close=r"\d+ tests? (?:failed|skipped|todo):|-{4,}.{0,40}\|",
)
NODE = Grammar.of(
    "\nℹ tests ",
    report=r"✖ (?!failing tests:)(\S.*?) \(\d[\d.]*ms\)(?: # .*)?\s*\Z",
    failed=r"\s+✖ (\S.*?) \(\d[\d.]*ms\)(?: # .*)?\s*\Z",
    passed=r"\s*✔ \S",
    skipped=r"\s*﹣ \S",
    quiet=r"\s*▶ \S",
    total=r"ℹ (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ",
    close=r"✖ failing tests:",
)
DENO = Grammar.of(
    " passed | ",
    passed=r"\s*\S.{0,400} \.\.\. ok(?: \(\d+m?s\))?\s*\Z",
    skipped=r"\s*\S.{0,400} \.\.\. ignored",
    failed=r"\s*(\S.{0,400}?) \.\.\. FAILED",
    head=r"running \d+ tests? from (\S+)",
    report=r"(\S.{0,400}?) => \S+:\d+:\d+\s*\Z",
    close=r" ERRORS\s*\Z| FAILURES\s*\Z|-{5} post-test output end",
    total=r"(?:ok|FAILED) \| \d+ passed",
)
PLAYWRIGHT = Grammar.of(
    " worker\n",
    " workers\n",
    passed=r"\s+(?:✓|ok) +\d+ \S",
    skipped=r"\s+- +\d+ \S",
    failed=r"\s+(?:✘|x) +\d+ (\S.*?)(?: \(\d[\d.]*m?s\))?\s*\Z",
    report=r"\s+\d+\) (\S.*?) ?─*\s*\Z",
    total=r"\s+\d+ (?:passed|failed|flaky|skipped|did not run|interrupted)\b",
    close=r"\s*Slow test file:|To open last HTML report",
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
