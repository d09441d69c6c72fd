"""Reads what linters, type checkers and compilers found, whatever form they print it in.

`path:12:5: error: words` (gcc, mypy, flake8, ruff), `path(12,5): error TS1: words` and
`path:12:5 - error TS1: words` (tsc), `words` above `--> path:12:5` (rustc, clippy, ruff), and
`  12:5  error  words  rule` below the path (eslint).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

FEWEST = 2
"""Findings from which on a text is their list."""
EXPLAINED = 0.7
"""Share of the lines that must belong to findings."""
_WRAPPED = 6
"""Lines that a message goes on for at most."""

_PATH = r"(?:[A-Za-z]:)?[^\s:(][^:\t\n(]{0,299}?"
_LEVEL = r"(?:fatal error|error|warning|note|info|hint|fatal|style|convention|refactor)\b"
_CODE = r"[A-Z]{1,8}-?\d{2,5}\b"
_BESIDE = re.compile(
    rf"({_PATH})(?::(\d{{1,9}}(?::\d{{1,9}})?):? (?:- )?|\((\d{{1,9}}),(\d{{1,9}})\): )"
    rf"(?={_LEVEL}|{_CODE})(\S.*)\Z"
)
_BELOW = re.compile(rf" *--> ({_PATH}):(\d{{1,9}}:\d{{1,9}})\s*\Z")
_UNDER = re.compile(r" {1,8}(\d{1,9}:\d{1,9}) +((?:error|warning|info)\b.*\S)\s*\Z")
_GUTTER = re.compile(r" *(\d{1,9} *)?(?:\|(?:\s|\Z)|\.\.\.\Z)")
_FIX = re.compile(r" *\d{1,9} *([+~-] .*\S)")
_POINTER = re.compile(r"\s*[\^~](?:[\^~\s-])*\Z")
_TALLY = re.compile(r" *\d{1,9} {1,8}\S{1,300}:\d{1,9}\Z")
"""What tsc prints at its end for each file."""
_DRAWN = "|^~-_ \t"


@dataclass(slots=True)
class Finding:
    """What is wrong, and where. place: `12:5`, or `12`. said: level, rule and message, as printed.

    notes: what else was said of it: labels in the code frame, help, suggested lines.
    """

    path: str
    place: str
    said: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Findings:
    """found: in their order. before, after: lines that belong to none. frames: lines of code."""

    found: Sequence[Finding]
    before: Sequence[str]
    after: Sequence[str]
    frames: int


def lists_findings(lines: Sequence[str]) -> bool:
    """Whether the lines, a sample without blank ones, are mostly findings with their frames."""
    found = told = 0
    for above, line in pairwise(["", *lines]):
        if _BESIDE.match(line):
            found, told = found + 1, told + 1
        elif _UNDER.match(line):
            found, told = found + 1, told + 1 + bool(above[:1].strip())
        elif _BELOW.match(line):
            found, told = found + 1, told + 2
        elif _POINTER.match(line):
            told += 2
        elif _GUTTER.match(line) or _TALLY.match(line):
            told += 1
    return found >= FEWEST and told >= EXPLAINED * len(lines)


def read(lines: Sequence[str]) -> Findings | None:
    """The findings of a whole output; None where there are fewer than FEWEST. Linear."""
    reader = _Reader(lines)
    while reader.at < len(lines):
        reader.step()
    if len(reader.found) < FEWEST:
        return None
    return Findings(reader.found, reader.before, reader.after, reader.frames)


class _Reader:
    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.at = self.frames = 0
        self.found: list[Finding] = []
        self.before: list[str] = []
        self.after: list[str] = []
        self.path = ""
        self.open = False  # whether what comes belongs to the last finding

    def step(self) -> None:
        line = self.lines[self.at]
        if not line.strip():
            self.open = self.open and self._indented(self.at + 1)
            self.at += 1
        elif not (self._opens(line) or self._framed(line)):
            self._other(line)
            self.at += 1

    def _opens(self, line: str) -> bool:
        """Whether a finding begins here; it is read to the end of its message."""
        if beside := _BESIDE.match(line):
            place = beside[2] or f"{beside[3]}:{beside[4]}"
            end = self._wrapped()
            words = " ".join([beside[5], *self.lines[self.at + 1 : end]])
            self._add(Finding(beside[1], place, words), end)
        elif below := _BELOW.match(self._line(self.at + 1)):
            self._add(Finding(below[1], below[2], line.strip()), self.at + 2)
        elif under := _UNDER.match(line):
            self._add(Finding(self.path, under[1], under[2]), self.at + 1)
        elif _UNDER.match(self._line(self.at + 1)) and not line[0].isspace():
            self.path, self.open = line.strip(), False
            self.at += 1
        else:
            return False
        return True

    def _add(self, finding: Finding, end: int) -> None:
        finding.said = " ".join(finding.said.split())
        self.found.append(finding)
        self.open, self.at = True, end

    def _wrapped(self) -> int:
        """The line after the message: it may be wrapped where code with a pointer follows it."""
        for end in range(self.at + 1, self.at + 2 + _WRAPPED):
            line = self._line(end)
            if line[:1].isspace() or not line:
                points = _POINTER.match(self._line(end + 1)) is not None
                return end if line.strip() and points else self.at + 1
            if _BESIDE.match(line):
                break
        return self.at + 1

    def _framed(self, line: str) -> bool:
        """Whether code is shown here: it goes, but for what is written beside it."""
        if not self.found:
            return False
        if gutter := _GUTTER.match(line):
            label = "" if gutter[1] else line[gutter.end() :].strip(_DRAWN)
            if label:
                self._note(label)
            self.frames += 1
            self.at += 1
        elif _POINTER.match(self._line(self.at + 1)) and self.open:
            self.frames += 2
            self.at += 2
        elif fix := _FIX.match(line):
            self._note(fix[1])
            self.at += 1
        else:
            return False
        return True

    def _other(self, line: str) -> None:
        if self.open and self.found:
            told = line[0].isspace() or line.startswith(("help: ", "note: "))
            if told:
                self._note(line.strip())
                return
            self.open = False
        (self.after if self.found else self.before).append(line)

    def _note(self, words: str) -> None:
        self.found[-1].notes.append(" ".join(words.split()))

    def _line(self, at: int) -> str:
        return self.lines[at] if at < len(self.lines) else ""

    def _indented(self, at: int) -> bool:
        return self._line(at)[:1].isspace() or _POINTER.match(self._line(at + 1)) is not None
