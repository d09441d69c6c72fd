"""Reads test tools whose lines tell by themselves what they are: one pattern for each sort."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aicontext.engine.condense.alike.severity import severity
from aicontext.engine.condense.testlog.report import PRINTED, Draft, Passed, Report, Span

WIDTH = 2_000
SEPARATORS = (" › ", " > ")
"""Between a suite's title and its tests'."""
WARNINGS = 16
"""Of what passed tests print, warnings beyond so many distinct lines are counted; errors stay."""
_DIGITS = re.compile(r"\d+")
_SOURCE = re.compile(r"\s*\d{1,6} \| ")
_COMPARED = re.compile(
    r"\s*(?:[Ee]xpected|[Rr]eceived|actual|left|right|got|want|Caused by|E  )\b|\S+_test\.go:"
)
"""What looks like the values of a failed comparison, whoever printed it."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The lines of one tool's report.

    signs: words of which one must occur in the text. sorts: pattern by sort, tried in order, each
    anchored at the line's start; its first group is the test's or file's name, where it has one.

    Sorts: `passed`, `skipped` (a test), `file` (tests that follow belong to it), `head` (the same,
    worth showing only where one fails), `clean` (a file without failures; its second group counts
    its tests, where the tool does), `quiet` (of no use), `failed` (a failing test named, its report
    elsewhere), `above` (its report stands above its name), `report` (a failing test's report
    begins), `printed` (what a test prints begins), `close` (a report ends), `total`.

    Of a tool with `above`, all lines between one test and the next are what the next one printed.
    """

    signs: tuple[str, ...]
    sorts: Mapping[str, re.Pattern[str]]
    any_sort: re.Pattern[str]

    @classmethod
    def of(cls, *signs: str, **sorts: str) -> Grammar:
        """A grammar of patterns written as text."""
        anyone = "|".join(f"(?P<{sort}>{pattern})" for sort, pattern in sorts.items())
        compiled = {sort: re.compile(pattern) for sort, pattern in sorts.items()}
        return cls(signs, compiled, re.compile(anyone))

    def read(self, lines: Sequence[str]) -> Report:
        """The report of every run of this tool in the lines."""
        reader = _Reader(self)
        for at, line in enumerate(lines):
            if found := self.any_sort.match(line[:WIDTH]):
                reader.take(at, line[:WIDTH], str(found.lastgroup))
        reader.close(len(lines))
        return reader.finish(lines)


class _Reader:
    def __init__(self, grammar: Grammar) -> None:
        self.draft = Draft()
        self._sorts = grammar.sorts
        self._file = ""
        self._head = -1
        self._unlisted = -1
        self._told = False
        self._open: tuple[str, int] | None = None
        self._since = -1
        self._printed: list[Span] = []
        self._said: set[str] = set()

    def take(self, at: int, line: str, sort: str) -> None:
        found = self._sorts[sort].match(line)
        groups = found.groups(default="") if found else ()
        name, tests = [*(group.strip() for group in groups), "", ""][:2]
        if self._open and sort in ("failed", "skipped", "passed"):
            self.close(at)
        since = self._output(at, sort, line)
        if sort in ("passed", "skipped"):
            self._count(at, sort)
        elif sort == "quiet":
            self.draft.passed[at] = Passed("", 0, "quiet")
        elif sort in ("failed", "above"):
            self.draft.passed.pop(self._head, None)
            self.draft.fail(name, at, (since, at + 1) if sort == "above" and since >= 0 else None)
        elif sort != "printed":
            self.close(at)
            self._begin(at, sort, name, tests)

    def _output(self, at: int, sort: str, line: str) -> int:
        """Where what the last test printed begins, or -1; notes where the next one's does."""
        since, each = (
            self._since,
            "above" in self._sorts and sort not in ("report", "total", "close"),
        )
        self._since = at if sort == "printed" else at + 1 if each else -1
        failing = sort in ("above", "failed", "report") or line.lstrip().startswith("FAIL")
        if since >= 0 and not failing:
            self._printed.append((since, at))
        return since

    def _count(self, at: int, sort: str) -> None:
        if self._unlisted >= 0:
            self.draft.passed[self._unlisted] = Passed(self._file, 0)
            self._unlisted = -1
        self.draft.passed[at] = Passed(self._file, 0 if self._told else 1, sort)

    def _begin(self, at: int, sort: str, name: str, tests: str) -> None:
        if sort == "total":
            self.draft.summary.append(at)
        elif sort == "report":
            self.draft.passed.pop(self._head, None)
            self._open = (name or self._file, at)
        elif sort in ("file", "head", "clean"):
            self._file, self._told, self._head, self._unlisted = name, bool(tests), -1, -1
        if sort == "head":
            self._head = at
            self.draft.passed[at] = Passed(name, 0)
        elif sort == "clean":
            self._unlisted = -1 if tests else at
            self.draft.passed[at] = (
                Passed(name, int(tests)) if tests else Passed("", 1, "files passed")
            )

    def finish(self, lines: Sequence[str]) -> Report:
        """The report; a title that a reported name ends with is no failure of its own.

        What passed tests printed counts as passed, but for what tells of trouble. Where the output
        does not say which of the tests printed it, that goes only for runs without a failure.
        """
        if "above" in self._sorts or not self.draft.names:
            for at in (at for span in self._printed for at in range(*span)):
                self._quiet(at, lines[at])
        report = self.draft.report()
        last = {one.name.rpartition(sep)[2] for one in report.failures for sep in SEPARATORS}
        failures = [one for one in report.failures if one.bodies or one.name not in last]
        return replace(report, failures=tuple(failures))

    def _quiet(self, at: int, line: str) -> None:
        level = 0.0 if _SOURCE.match(line) else severity(line)
        key = _DIGITS.sub("0", line)
        calm = not level and not _COMPARED.match(line)
        if calm or key in self._said or (0 < level <= 1 and len(self._said) >= WARNINGS):
            self.draft.passed[at] = Passed("", 0, PRINTED)
        else:
            self._said.add(key)
            self.draft.told.add(at)

    def close(self, at: int) -> None:
        """Ends the open report before line `at`."""
        if self._open:
            name, start = self._open
            self.draft.fail(name, start, (start, at))
            self._open = None
