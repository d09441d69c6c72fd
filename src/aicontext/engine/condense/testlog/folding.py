"""A test log in full but for what says nothing: passes become counts, library frames a number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from aicontext.engine.condense.alike.rows import LONG, Row, shorten
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import is_progress
from aicontext.engine.condense.testlog.report import PRINTED, Failure, Report, Span
from aicontext.engine.condense.traces import Role, roles

RULER = re.compile(r"([=_\-*~#])\1{5,}+( .{1,500}? )\1{6,}+\s*\Z")
BARE = re.compile(r"\s*([=_\-*~#⎯─━])(?:[ ]?\1){5,}\s*\Z")
DIGITS = re.compile(r"0x[0-9a-fA-F]+|\d+")
WARNING = re.compile(r".{0,400}?(\w{0,60}Warning\b.{0,400})")
FILES = 60
RECURSION = 2
"""A frame that a report has shown so often is not shown again."""
OUTPUT = (20, 40)
DIFF = (160, 60)
"""Lines at the start and the end of a long output and of a long comparison that stay."""
SHORT = 80
"""A single line up to this length stays: a mark would cost as much."""


def fold(lines: Sequence[str], report: Report, marks: Marks) -> Iterator[Row]:
    """The log's rows in its order; every line stands in a row or is counted by a mark."""
    bodies = _bodies(report)
    spans = _spans(report)
    totals = frozenset(report.summary)
    reported = frozenset(one.name for one in report.failures if one.bodies)
    tally = _Tally(marks)
    at = 0
    while at < len(lines):
        if at in report.passed or at in tally.skips(lines, at):
            tally.add(report, lines[at], at)
            at += 1
            continue
        if at in report.told:
            # Above the mark that counts what was printed around it: one mark, not one for each.
            yield from _line(lines[at], False, reported)
            at += 1
            continue
        yield from tally.flush()
        if at in spans:
            end, note = spans[at]
            yield from _quiet(lines, (at, end), note, marks)
        elif at in bodies:
            end, failure = bodies[at]
            yield from _body(lines, (at, end), tally.reports, failure, marks)
        else:
            end = at + 1
            yield from _line(lines[at], at in totals, reported)
        at = max(end, at + 1)
    yield from tally.flush()


class _Tally:
    """Counts a run of passed tests until something else comes."""

    def __init__(self, marks: Marks) -> None:
        self.reports: dict[str, str] = {}
        self._marks = marks
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lines = 0
        self._first = ""

    def skips(self, lines: Sequence[str], at: int) -> tuple[int, ...]:
        """Blank lines within a run belong to it."""
        return (at,) if self._lines and not lines[at].strip() else ()

    def add(self, report: Report, line: str, at: int) -> None:
        self._first = self._first if self._lines else line
        self._lines += 1
        if passed := report.passed.get(at):
            self._counts[passed.verdict, passed.file] += passed.tests

    def flush(self) -> Iterator[Row]:
        if self._lines == 1 and len(self._first) < SHORT:
            yield Row(self._first)
        elif self._lines:
            words = dict.fromkeys(verdict for verdict, _ in self._counts)
            notes = [note for word in words if (note := self._verdict(word))]
            yield Row(self._marks.gap(self._lines, "lines", "; ".join(notes)), lines=self._lines)
        self._counts.clear()
        self._lines = 0

    def _verdict(self, verdict: str) -> str:
        if verdict == PRINTED:
            return "output of passed tests"
        files = {file: n for (v, file), n in self._counts.items() if v == verdict}
        if not any(files.values()):
            return ""
        total = f"{sum(files.values()):,} {verdict}"
        named = {file: n for file, n in files.items() if file}
        if not named or len(files) == 1:
            return f"{total} in {next(iter(named))}" if named else total
        shown = ", ".join(f"{file} {n}" for file, n in list(_bare(named).items())[:FILES])
        rest = f", {len(named) - FILES:,} more files" if len(named) > FILES else ""
        return f"{total}: {shown}{rest}"


def _bare(files: dict[str, int]) -> dict[str, int]:
    """File names with a folder that all share said once."""
    folders = {file.rpartition("/")[0] for file in files}
    folder = next(iter(folders))
    if len(folders) > 1 or not folder:
        return files
    names = iter(files.items())
    first, n = next(names)
    return {first: n} | {file[len(folder) + 1 :]: n for file, n in names}


def _bodies(report: Report) -> dict[int, tuple[int, Failure]]:
    return {first: (last, failure) for failure in report.failures for first, last in failure.bodies}


def _spans(report: Report) -> dict[int, tuple[int, str]]:
    spans = {first: (last, note) for (first, last), note in report.quiet}
    return spans | {first: (last, "warnings") for first, last in report.warnings}


def _line(line: str, total: bool, reported: frozenset[str]) -> Iterator[Row]:
    if is_progress(line) or BARE.match(line):
        return
    failing = line.startswith(("FAILED ", "ERROR "))
    if failing and " - " in line:
        verdict, _, rest = line.partition(" ")
        name = rest.partition(" - ")[0].rstrip()
        # The tool cut the message that the report has in full.
        line = f"{verdict} {name}" if name in reported else line
    text = _ruled(line)
    yield Row(text, open=not failing and not total and text == line)


def _ruled(line: str) -> str:
    found = RULER.match(line)
    return found.group(1) * 3 + found.group(2) + found.group(1) * 3 if found else line


def _quiet(lines: Sequence[str], span: Span, note: str, marks: Marks) -> Iterator[Row]:
    first, last = span
    if note != "warnings":
        yield Row(marks.gap(last - first, "lines", note), lines=last - first)
        return
    found: Counter[str] = Counter()
    for line in lines[first:last]:
        if (hit := WARNING.match(line)) and ": " in line:
            found[line.strip() if len(line) < LONG else hit.group(1)] += 1
    for text, times in found.items():
        yield Row(text if times == 1 else f"{text} {marks.gap(times, 'times')}")
    rest = last - first - sum(found.values())
    if rest > 0:
        yield Row(marks.gap(rest, "lines", "warnings' places"), lines=rest)


def _body(
    lines: Sequence[str], span: Span, seen: dict[str, str], failure: Failure, marks: Marks
) -> Iterator[Row]:
    first, last = span
    body = lines[first:last]
    key = DIGITS.sub("0", "\n".join(body))
    ranked = roles(body)
    if key in seen and len(body) > 3:
        errors = [line for role, line in zip(ranked, body, strict=True) if role <= Role.PLACE]
        yield from (Row(shorten(line, marks)) for line in errors)
        left = len(body) - len(errors)
        yield Row(marks.gap(left, "lines", f"as under {seen[key]}"), lines=left)
        return
    seen[key] = failure.name
    yield from _report(body, ranked, marks)


def _report(body: Sequence[str], ranked: Sequence[Role], marks: Marks) -> Iterator[Row]:
    blank = True
    for why, run in groupby(
        zip(_reasons(body, ranked), body, strict=True), key=lambda pair: pair[0]
    ):
        lines = [line for _, line in run]
        if why and len(lines) > 1:
            yield Row(marks.gap(len(lines), "lines", why), lines=len(lines))
            blank = False
            continue
        for line in lines:
            if not (BARE.match(line) or (blank and not line.strip())):
                blank = not line.strip()
                yield Row(shorten(_ruled(line), marks))


def _reasons(body: Sequence[str], ranked: Sequence[Role]) -> list[str]:
    """Why a line of a report is left out; "" for those that stay."""
    found = ["library frames" if role is Role.LIBRARY else "" for role in ranked]
    shown: Counter[str] = Counter()
    for at, role in enumerate(ranked):
        if role in (Role.PLACE, Role.SOURCE):
            shown[body[at]] += 1
            if shown[body[at]] > RECURSION:
                found[at] = "frames as above"
    for role, head, tail in ((Role.CONTEXT, *OUTPUT), (Role.VALUE, *DIFF)):
        for first, last in _runs(ranked, role):
            if last - first > head + tail:
                found[first + head : last - tail] = ["more of it"] * (last - first - head - tail)
    return found


def _runs(ranked: Sequence[Role], wanted: Role) -> Iterator[Span]:
    """Where lines of one role follow each other, blank ones between them included."""
    first = last = -1
    for at, role in enumerate(ranked):
        if role is wanted:
            first, last = (at if first < 0 else first), at + 1
        elif role is not Role.NOISE and first >= 0:
            yield first, last
            first = -1
    if first >= 0:
        yield first, last
