"""Reads stack traces and assertion messages: which line says what, in any of the usual tongues.

Python, JavaScript, Java (and other JVM languages), Go, Rust, C#, and the failure reports of test
tools, which mix them with source excerpts and diffs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum


class Role(IntEnum):
    """What a line of a failure's report says; smaller is needed more."""

    ERROR = 0
    VALUE = 1
    PLACE = 2
    SOURCE = 3
    CONTEXT = 4
    LIBRARY = 5
    NOISE = 6


LIBRARIES = (
    *("site-packages", "dist-packages", "/lib/python", "/lib64/python", "_pytest/", "pluggy"),
    *("unittest/case.py", "unittest/suite.py", "unittest/loader.py", "unittest/main.py"),
    *("unittest/mock.py", "importlib.", "importlib_", "<frozen ", "node_modules", "node:"),
    *("internal/process", "internal/modules", "java.base/", "/usr/local/go/", "/go/pkg/mod/"),
    *("/rustc/", ".cargo/registry", "/src/runtime/", "/src/testing/testing.go", "core::", "std::"),
    *("alloc::", "at java.", "at javax.", "at jdk.", "at sun.", "at com.sun.", "at scala."),
    *("at kotlin.", "at groovy.", "at akka.", "at reactor.", "at io.netty.", "at org.junit."),
    *("at org.testng.", "at org.apache.", "at org.gradle.", "at org.eclipse.", "at org.hibernate."),
    *("at org.spring", "at org.hamcrest.", "at org.mockito.", "at System.", "at Microsoft."),
    *("at Xunit.", "at NUnit."),
)
PY_FRAME = re.compile(r'(\s*)(?:\| )?File "[^"\n]{1,400}", line \d+')
AT_FRAME = re.compile(r"\s*(?:\S{1,12}\s+)?at\s+(?:async\s+|new\s+)?\S.{0,600}")
NATIVE_FRAME = re.compile(
    r"\s+\S+\.(?:go|rs|s):\d+(?::\d+)?(?: \+0x[0-9a-f]+)?\s*\Z|\s*\d+: 0x\S+ - "
)
MORE = re.compile(r"\s*\.{3} \d+ (?:more|common frames omitted)")
PLACE = re.compile(r"\s*(?:at\s+|-->\s*|❯\s*)?[\w./\\@~<>\[\]-]{1,300}:\d+(?::\d+)?(?:[:\s)]|\Z)")
EXCEPTION = re.compile(
    r"(?:[\w$]+[./:]{1,2}){0,20}\w*"
    r"(?:Error|Exception|Failure|Failed|Fault|Interrupt|Exit|Warning)\b"
    r"[^ \t]{0,80}(?:\s|:|\Z)"
)
CAUSE = re.compile(
    r"\s*(?:Caused by|Caused:|Suppressed|Wrapped by|panic|fatal error"
    r"|thread '.{0,200}?' .{0,40}?panicked|goroutine panic|Unhandled exception|Uncaught"
    r"|Error|AssertionError|FATAL)\b"
)
VALUE = re.compile(
    r"\s*(?:[-+](?:\s|\Z)|(?<=\s)[-+]\S|\?\s|\(?-\s?(?:[Ee]xpected|Snapshot)|\+\s?(?:[Rr]eceived)"
    r"|(?:[Ee]xpect(?:ed|ing)?|[Rr]eceived|[Aa]ctual(?:ly)?|[Gg]ot|[Ww]ant(?:ed)?|left|right"
    r"|but(?: was)?|first|second|to be|not equal|diff|[Mm]essages?|[Ee]rror|with|returned)\b"
    r"[^:=]{0,60}[:=]|[Bb]ut: |[Ee]xpected\b|First diff|Second |Diff:)"
)
SOURCE = re.compile(r"\s*>\s|\s*>?\s*\d+\s*[|│]|\s*[|│]\s*[\^~]|\s*[\^~]+\s*\Z")
RULE = re.compile(r"\s*(?:[-=_*~#⎯─━]\s?){4,}\s*\Z")
PY_HEAD = re.compile(
    r"(\s*)(?:[|+-]+ )?(?:Traceback \(most recent call last\)|Exception Group Traceback)"
)
E_LINE = re.compile(r"E(?:   |\Z)")
CAUSES = ("Caused by", "Caused:", "Suppressed:", "Also:", "During handling of the above")
CHAIN = ("During handling of the above", "The above exception was the direct cause")
WIDTH = 1_000
"""Patterns look at so many characters of a line."""


def roles(lines: Sequence[str]) -> list[Role]:
    """The role of each line of one failure's report, in order.

    Linear: one pass, each pattern anchored at the line's start and bounded in reach.
    """
    reader = _Reader()
    found = [reader.role(line[:WIDTH]) for line in lines]
    if Role.ERROR not in found:
        _promote(lines, found)
    return found


def is_frame(line: str) -> bool:
    """Whether a line names a place in a call stack."""
    head = line[:WIDTH].lstrip()
    if head.startswith(("at ", 'File "', "... ", "| File")):
        return bool(AT_FRAME.match(head) or PY_FRAME.match(head) or MORE.match(head))
    if " at " in head[:16]:
        return bool(AT_FRAME.match(head))
    return ":" in head and bool(NATIVE_FRAME.match(line[:WIDTH]))


def is_cause(line: str) -> bool:
    """Whether a line leads from one exception to the one behind it."""
    return line.lstrip().startswith(CAUSES)


def is_library(line: str) -> bool:
    """Whether a frame lies in a runtime, a test tool or an installed package."""
    head = line[:WIDTH]
    return any(mark in head for mark in LIBRARIES)


class _Reader:
    """A state machine over lines: what a line says depends on the frame or message before it."""

    def __init__(self) -> None:
        self._depth = -1
        self._frame = Role.PLACE
        self._in_message = False
        self._after_e = False

    def role(self, line: str) -> Role:
        stripped = line.strip()
        after_e, self._after_e = self._after_e, False
        if not stripped or (not stripped[0].isalnum() and RULE.match(line)):
            self._in_message = False
            return Role.NOISE
        if E_LINE.match(line):
            self._after_e, self._depth = True, -1
            return Role.VALUE if after_e else Role.ERROR
        return self._python(line) if self._depth >= 0 else self._other(line, stripped)

    def _python(self, line: str) -> Role:
        if PY_FRAME.match(line):
            self._frame = Role.LIBRARY if is_library(line) else Role.PLACE
            return self._frame
        if len(line) - len(line.lstrip()) > self._depth:
            return Role.SOURCE if self._frame is Role.PLACE else Role.LIBRARY
        self._depth, self._in_message = -1, True
        return Role.ERROR

    def _other(self, line: str, stripped: str) -> Role:
        if "Traceback" in line and (head := PY_HEAD.match(line)):
            self._depth, self._in_message = len(head.group(1)), False
            return Role.NOISE
        if frame := PY_FRAME.match(line):
            self._depth = len(frame.group(1)) - 1
            return self._python(line)
        if is_frame(line):
            self._in_message = False
            return Role.LIBRARY if is_library(line) or MORE.match(line) else Role.PLACE
        if stripped.startswith(CHAIN):
            return Role.NOISE
        if CAUSE.match(line) or EXCEPTION.match(stripped):
            self._in_message = True
            return Role.ERROR
        if self._in_message or VALUE.match(line):
            return Role.VALUE
        if SOURCE.match(line):
            return Role.SOURCE
        if ":" in line and PLACE.match(line):
            return Role.LIBRARY if is_library(line) else Role.PLACE
        return Role.CONTEXT


def _promote(lines: Sequence[str], found: list[Role]) -> None:
    """Without a line that looks like an error, the first that says anything is the message."""
    for wanted in (Role.CONTEXT, Role.PLACE, Role.VALUE):
        for i, role in enumerate(found):
            if role is wanted and lines[i].strip():
                found[i] = Role.ERROR
                return
