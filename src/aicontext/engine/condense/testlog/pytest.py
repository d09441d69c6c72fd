"""pytest's terminal report, and sympy's, which shares its rulers."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from aicontext.engine.condense.testlog.report import Draft, Passed, Report

SECTION = re.compile(r"={3,} (\S.{0,300}?) ={3,}\s*\Z")
HEADER = re.compile(r"_{3,} (\S.{0,400}?) _{3,}\s*\Z")
TOTALS = re.compile(
    r".{0,40}?\b\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|xpassed|warnings?)\b"
    r"|no tests ran|tests finished: "
)
VERDICT = re.compile(
    r"(\S.{0,400}?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b"
    r"(?: .{0,200})?\s*(?:\[ *\d+%\])?\s*\Z"
)
LISTED = re.compile(r"(FAILED|ERROR|PASSED|SKIPPED|XFAIL|XPASS) (\S.*)", re.DOTALL)
DOTS = re.compile(r"(\S+\.\w+ )?([.sxXFEuU]{1,300})\s*(?:\[ *\d+%\])?\s*\Z")
PLAIN_DOTS = re.compile(r"[.sxXFE]{2,300}\s+\[ *\d+%\]\s*\Z")
SYMPY_TEST = re.compile(r"test_\w+ (?:.{0,100} )?(ok|s|f|X|w|E|F)(?:\s+\[(?:OK|FAIL)\])?\s*\Z")
PHASE = re.compile(r"ERROR (?:at (?:setup|teardown) of|collecting) ")
SIGNS = (
    " FAILURES ===",
    " ERRORS ===",
    "short test summary info",
    " test session starts ",
    "tests finished: ",
    " passed in ",
    " failed in ",
    " failed, ",
    "::",
)
QUIET_WORDS = {"PASSED": "passed", "SKIPPED": "skipped", "XFAIL": "xfailed", "XPASS": "xpassed"}


def read(lines: Sequence[str]) -> Report:
    """The report of every pytest or sympy run in the lines."""
    reader = _Reader(lines)
    for at, line in enumerate(lines):
        reader.take(at, line)
    reader.close(len(lines))
    return reader.finish()


class _Reader:
    def __init__(self, lines: Sequence[str]) -> None:
        self.draft = Draft()
        self._section = ""
        self._since = 0
        self._inner = False
        self._outer = ""
        self._open: tuple[str, int] | None = None
        self._blocks: list[tuple[str, int, int, bool]] = []

    def take(self, at: int, line: str) -> None:
        first = line[:1]
        if first == "=" and (found := SECTION.match(line)):
            self._enter(found.group(1), at)
        elif first == "_" and (found := HEADER.match(line)):
            self.close(at)
            if self._section != "passes":
                self._open = (found.group(1), at)
        elif first in "FEPSX" and first and (found := LISTED.match(line)):
            self._listed(found.group(1), found.group(2), at)
        elif self._open is None or self._section == "passes":
            self._progress(at, line)

    def close(self, at: int) -> None:
        """Ends the open failure report and the open section before line `at`."""
        if self._open is not None:
            title, start = self._open
            self._blocks.append((title, start, at, self._inner))
            self._open = None

    def finish(self) -> Report:
        waiting: dict[str, deque[str]] = {}
        for name in self.draft.names:
            waiting.setdefault(_title(name), deque()).append(name)
        for title, start, end, inner in self._blocks:
            names = waiting.get(PHASE.sub("", title)) or [PHASE.sub("", title)]
            name = names[0]
            if isinstance(names, deque) and len(names) > 1:
                names.popleft()
            self.draft.fail(name, self.draft.names.get(name, start), (start + 1, end), inner)
        return self.draft.report()

    def _enter(self, title: str, at: int) -> None:
        self.close(at)
        self._leave(at)
        word = title.lower()
        if TOTALS.match(title):
            self.draft.summary.append(at)
            self._section, self._inner = (self._outer, False) if self._inner else ("", False)
        elif word == "test session starts" and self._section in ("failures", "passes"):
            self._outer, self._inner, self._section = self._section, True, "inner"
        else:
            known = {
                "failures": "failures",
                "errors": "failures",
                "passes": "passes",
                "warnings summary": "warnings",
                "short test summary info": "listed",
            }
            self._section = known.get(word, "durations" if "slowest" in word else "other")
        self._since = at + 1

    def _leave(self, at: int) -> None:
        if self._since >= at:
            return
        if self._section == "warnings":
            self.draft.warnings.append((self._since, at))
        elif self._section == "passes":
            self.draft.quiet.append(((self._since, at), "output of passed tests"))
        elif self._section == "durations":
            self.draft.quiet.append(((self._since, at), "durations"))

    def _listed(self, verdict: str, rest: str, at: int) -> None:
        name = _name(rest)
        if verdict in ("FAILED", "ERROR"):
            if "::" in name or re.match(r"\S+\.\w+\Z", name):
                self.draft.fail(name, at, inner=self._inner)
        elif "::" in name or rest.startswith("["):
            tests = int(found.group(1)) if (found := re.match(r"\[(\d{1,9})\]", rest)) else 1
            file = "" if rest.startswith("[") else name.partition("::")[0]
            self.draft.passed[at] = Passed(file, tests, QUIET_WORDS[verdict])

    def _progress(self, at: int, line: str) -> None:
        if "::" in line and (found := VERDICT.match(line)):
            name, verdict = found.groups()
            if verdict in QUIET_WORDS:
                self.draft.passed[at] = Passed(name.partition("::")[0], 1, QUIET_WORDS[verdict])
            elif "::" in name and " " not in name.partition("::")[0]:
                self.draft.fail(name, at, inner=self._inner)
        elif line.startswith("test_") and (found := SYMPY_TEST.match(line)):
            if found.group(1) not in "EF":
                verdict = "passed" if found.group(1) == "ok" else "skipped"
                self.draft.passed[at] = Passed("", 1, verdict)
        elif found := PLAIN_DOTS.match(line) or (
            DOTS.match(line) if "/" in line or ".py " in line else None
        ):
            self._dots(at, found.group(0))

    def _dots(self, at: int, line: str) -> None:
        found = DOTS.match(line)
        if found and not set(found.group(2)) & {"F", "E"}:
            self.draft.passed[at] = Passed((found.group(1) or "").strip(), len(found.group(2)))


def _name(rest: str) -> str:
    """The node id of a listed test: a blank may stand inside its brackets, ` - ` ends it."""
    name = rest.partition(" - ")[0].rstrip()
    opening = rest.find("[")
    if opening > 0 and "::" in rest[:opening]:
        closing = rest.find("] - ", opening)
        name = (
            rest[: closing + 1]
            if closing > 0
            else rest.rstrip()
            if rest.rstrip().endswith("]")
            else name
        )
    return name


def _title(name: str) -> str:
    """The heading under which pytest reports a node id."""
    head, _, tail = name.partition("::")
    return tail.replace("::", ".") if tail else head
