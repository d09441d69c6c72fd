"""Maven Surefire and Failsafe, and Gradle's test task."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aicontext.engine.condense.testlog.grammar import Grammar
from aicontext.engine.condense.testlog.report import Draft, Passed, Report

PREFIX = re.compile(r"\[(?:INFO|ERROR|WARNING|WARN)\]\s?")
RUN = re.compile(
    r"Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)"
    r"(, Time elapsed: \S+ s\S*)?(?:\s*<<< \w+!)?(?:\s+--? in (\S+))?"
)
TEST = re.compile(r"(\S.{0,500}?)\s+(?:--\s+)?Time elapsed: [\d.,]+ \w+\s+<<< (?:FAILURE|ERROR)!")
HEADING = re.compile(r"(?:Failed tests|Tests in error|Failures|Errors):\s*(.*)")
SIGNS = ("Tests run: ",)

GRADLE = Grammar.of(
    " FAILED\n",
    " PASSED\n",
    " tests completed, ",
    report=r"(\S.{0,400}? > .{1,400}?) FAILED\s*\Z",
    passed=r"\S.{0,400}? > .{1,400}? PASSED\s*\Z",
    skipped=r"\S.{0,400}? > .{1,400}? SKIPPED\s*\Z",
    total=r"\d+ tests? completed|BUILD FAILED|BUILD SUCCESSFUL",
    close=r"> Task |FAILURE: |\* What went wrong|\S",
)


def read(lines: Sequence[str]) -> Report:
    """The report of every Surefire or Failsafe run in the lines."""
    reader = _Reader(lines)
    for at, line in enumerate(lines):
        prefix = PREFIX.match(line)
        reader.take(at, line[prefix.end() :] if prefix else line, bool(prefix))
    reader.close(len(lines))
    return reader.draft.report()


class _Reader:
    def __init__(self, lines: Sequence[str]) -> None:
        self.draft = Draft()
        self._lines = lines
        self._open: tuple[str, int] | None = None
        self._listing = -1

    def take(self, at: int, line: str, prefixed: bool) -> None:
        if line.startswith("Tests run: ") and (run := RUN.match(line)):
            self._run(at, run)
        elif "Time elapsed: " in line and (found := TEST.match(line)):
            self.close(at)
            self._open = (found.group(1), at)
        elif line.startswith("Running ") and self._lines[at].count(" ") < 4:
            self.close(at)
            self.draft.passed[at] = Passed("", 0)
        elif line[:1] in "FTE" and line[:1] and HEADING.match(line):
            self.close(at)
            self._listing = at
        elif self._open and (prefixed or line.startswith("Results")):
            self.close(at)

    def _run(self, at: int, run: re.Match[str]) -> None:
        tests, failures, errors, _, elapsed, name = run.groups()
        self.close(at)
        if elapsed is None:
            self.draft.summary.append(at)
            if self._listing >= 0:
                self._listed(self._listing, at)
        elif failures == errors == "0":
            self.draft.passed[at] = Passed(name or "", min(int(tests[:9]), 10**9))

    def _listed(self, first: int, last: int) -> None:
        """The results' own list repeats each failure with its line number: it is the totals'."""
        between = range(first + 1, last)
        shown = [at for at in between if PREFIX.sub("", self._lines[at]).strip(" []INFO")]
        self.draft.summary[-1:] = [*shown[:20], last]
        self._listing = -1

    def close(self, at: int) -> None:
        """Ends the open report before line `at`."""
        if self._open:
            name, start = self._open
            while at > start + 1 and not self._lines[at - 1].strip():
                at -= 1
            self.draft.fail(name, start, (start, at))
            self._open = None
