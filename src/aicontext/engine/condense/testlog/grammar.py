"""Reads test tools whose lines tell by themselves what they are: one pattern for each sort."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aicontext.engine.condense.testlog.report import Draft, Passed, Report

WIDTH = 2_000
SEPARATORS = (" › ", " > ")
"""Between a suite's title and its tests'."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The lines of one tool's report.

    signs: words of which one must occur in the text. sorts: pattern by sort, tried in order, each
    anchored at the line's start; its first group is the test's or file's name, where it has one.

    Sorts: `passed`, `skipped` (a test), `file` (tests that follow belong to it), `quiet` (of no
    use), `failed` (a failing test named, its report elsewhere), `report` (a failing test's report
    begins), `close` (it ends), `total`.
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
        return reader.finish()


class _Reader:
    def __init__(self, grammar: Grammar) -> None:
        self.draft = Draft()
        self._sorts = grammar.sorts
        self._file = ""
        self._open: tuple[str, int] | None = None

    def take(self, at: int, line: str, sort: str) -> None:
        found = self._sorts[sort].match(line)
        name = (found.group(1) or "").strip() if found and found.re.groups else ""
        if self._open and sort in ("failed", "skipped", "passed"):
            self.close(at)
        if sort in ("passed", "skipped"):
            self.draft.passed[at] = Passed(self._file, 1, sort)
        elif sort == "quiet":
            self.draft.passed[at] = Passed("", 0, "quiet")
        elif sort == "failed":
            self.draft.fail(name, at)
        else:
            self.close(at)
            self._begin(at, sort, name)

    def _begin(self, at: int, sort: str, name: str) -> None:
        if sort == "total":
            self.draft.summary.append(at)
        elif sort == "report":
            self._open = (name or self._file, at)
        elif sort == "file":
            self._file = name

    def finish(self) -> Report:
        """The report; a title that a reported name ends with is no failure of its own."""
        report = self.draft.report()
        last = {one.name.rpartition(sep)[2] for one in report.failures for sep in SEPARATORS}
        failures = [one for one in report.failures if one.bodies or one.name not in last]
        return replace(report, failures=tuple(failures))

    def close(self, at: int) -> None:
        """Ends the open report before line `at`."""
        if self._open:
            name, start = self._open
            self.draft.fail(name, start, (start, at))
            self._open = None
