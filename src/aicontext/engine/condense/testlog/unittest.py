"""The report of Python's unittest, Django's runner included."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aicontext.engine.condense.testlog.report import Draft, Passed, Report

HEADER = re.compile(r"(?:FAIL|ERROR|UNEXPECTED SUCCESS): (\S.{0,2000})", re.DOTALL)
TEST = re.compile(r"(\w+ \([\w.]{1,300}\))")
LINE = re.compile(r"\w+ \(([\w.]{1,300})\)\s*(?:\Z|\.\.\. )")
QUIET = re.compile(r".{0,500}\.\.\. (ok|skipped\b.{0,300}|expected failure)\s*\Z")
TOTALS = re.compile(r"Ran \d+ tests? in |(?:OK|FAILED)(?: \(.{1,200}\))?\s*\Z")
RULER = "=" * 60
SIGNS = ("\nRan ", "\nFAIL: ", "\nERROR: ", " ... ok")


def read(lines: Sequence[str]) -> Report:
    """The report of every unittest run in the lines."""
    draft = Draft()
    open_name, start = "", 0
    for at, line in enumerate(lines):
        if line.startswith(RULER) or (TOTALS.match(line) if line[:1] in "ROF" else None):
            if open_name:
                draft.fail(open_name, start, (start, _trim(lines, start, at)))
                open_name = ""
            if not line.startswith("="):
                draft.summary.append(at)
        elif (
            line[:1] in "FEU"
            and at
            and lines[at - 1].startswith(RULER)
            and (m := HEADER.match(line))
        ):
            test = TEST.match(m.group(1))
            open_name, start = (test.group(1) if test else m.group(1).rstrip()), at
        elif not open_name:
            _progress(draft, lines, at)
    if open_name:
        draft.fail(open_name, start, (start, len(lines)))
    return draft.report()


def _trim(lines: Sequence[str], start: int, end: int) -> int:
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("-----")):
        end -= 1
    return end


def _progress(draft: Draft, lines: Sequence[str], at: int) -> None:
    line = lines[at]
    if " ... " in line and (found := QUIET.match(line)):
        named = LINE.match(line)
        before = LINE.match(lines[at - 1]) if at and not named else None
        file = (named or before).group(1) if named or before else ""  # type: ignore[union-attr]
        verdict = "passed" if found.group(1) == "ok" else "skipped"
        draft.passed[at] = Passed(file, 1, verdict)
        if before and at - 1 not in draft.passed:
            draft.passed[at - 1] = Passed(file, 0, verdict)
