"""Evidence of test logs and other logs: what failed, where, why, and the values compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.context import Evidence
from aicontext.engine.prioritize.holding import holding
from aicontext.engine.quality.reading import LONGEST, clipped, unstamped

_NAME = re.compile(
    r"(?:FAILED|ERROR) +(\S+::\S+(?:\[[^\]]{0,200}\])?)"
    r"|(?:FAIL|ERROR): +(\w+)"
    r"|\s*--- FAIL: +(\S+)"
    r"|test (\S+) \.\.\. FAILED"
    r"|\s*[✕✗×✖✘] +(\S.{0,300}?)(?: \(\d[\d.]* ?m?s\))?\Z"
    r"|\(fail\) +(\S.{0,300}?)(?: \[\d[\d.]*m?s\])?\Z"
    r"|\[ERROR\] +([\w.$]+:\d+\b|[\w.$]+\.\w+)(?=[ :])"
)
_ERROR = re.compile(
    r"((?:[\w$]+\.){0,12}[A-Z][\w$]{0,80}(?:Error|Exception|Failure|Exit|Interrupt)\b(?::.*)?)\Z"
    r"|(Caused by: .+)\Z|(panic: .+)\Z|(thread '[^']{1,200}' panicked at .+)\Z"
)
_VALUE = re.compile(
    r"E {2,}(\S.*)\Z"
    r"|\s{0,12}((?:Expected|Received|expected|actual|left|right|got|want):? +\S.*)\Z"
    r"|\s{1,12}(\S+_test\.go:\d+: .+)\Z"
    r"|(\[ERROR\] .{0,300}expected: ?<.*)\Z"
)
_PLACE = re.compile(r"(\S{1,300}:\d{1,7}): [A-Z][\w.]{2,80}\Z")
_LIBRARY = re.compile(r"(?:site|dist)-packages/|node_modules/|/lib/python\d|<frozen |/go/pkg/mod/")
_SUMMARY = re.compile(
    r"=+ (.{0,300}\d+ (?:failed|passed|errors?)\b.{0,300}?) =+\Z"
    r"|(FAILED \((?:failures|errors|expected failures)=.{1,200})\Z"
    r"|\s{0,4}(Tests?: +.{0,200}\d+ failed.{0,200})\Z"
    r"|\s?(\d+ fail)\Z"
    r"|ℹ (fail \d+)\Z"
    r"|(test result: FAILED\..{0,200})\Z"
    r"|(?:\[\w+\] +)?(Tests run: \d+, Failures: \d+.{0,200}?)(?:,? Time elapsed.{0,200})?\Z"
)
_SEVERE = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|PANIC|SEVERE)\b|\berror(?:\[\w+\])?: |^fatal: |^E\d{4}\b"
)
_SEVERE_WORDS = ("ERROR", "FATAL", "CRITICAL", "PANIC", "SEVERE", "error", "fatal: ")
_THROWN = ("Error", "Exception", "Failure", "Exit", "Interrupt", "Caused by", "panic")
_LOGGED = (*_SEVERE_WORDS, *_THROWN, *(f"E{digit}" for digit in range(10)))
"""Words of which each line of a log that is evidence holds one."""
_DIGITS = re.compile(r"\d+")
_NAMED = ("FAIL", "ERROR", "(fail)", "✕", "✗", "×", "✖", "✘")
_TOTALS = (" failed", " passed", " error", "FAILED", "Tests run", " fail", "fail ")


def of_tests(lines: Sequence[str]) -> Iterator[Evidence]:
    """Names, errors, compared values, places and totals of a run's failures, each once.

    Of `error: ` lines, which tests that pass print as well, digits do not make one distinct.
    """
    seen: set[str] = set()
    for line in lines:
        if len(line) < 2:
            continue
        if line.startswith("error: ") and len(line) <= 2 * LONGEST:
            shape = _DIGITS.sub("0", line)
            if shape not in seen:
                seen.add(shape)
                yield Evidence("error", (clipped(line),))
        if any(map(line.__contains__, _NAMED)):
            yield from _found("failing test", _NAME, line)
        if any(map(line.__contains__, _TOTALS)):
            yield from _found("summary", _SUMMARY, line)
        yield from _errors(line)
        if ": " in line and not _LIBRARY.search(line[:LONGEST]):
            yield from _found("place", _PLACE, line)


def of_log(lines: Sequence[str]) -> Iterator[Evidence]:
    """The first line of each distinct severe message, errors thrown and their causes.

    Digits do not make a message distinct.
    """
    seen: set[str] = set()
    for at in holding(lines, _LOGGED):
        line = unstamped(lines[at])
        if len(line) <= 2 * LONGEST and _is_severe(line):
            shape = _DIGITS.sub("0", line)
            if shape not in seen:
                seen.add(shape)
                yield Evidence("severe line", (clipped(line),))
        elif "Caused by" in line or line[:1].isalpha():
            yield from _found("error", _ERROR, line)


def _is_severe(line: str) -> bool:
    likely = any(map(line.__contains__, _SEVERE_WORDS)) or line[:1] == "E"
    return likely and _SEVERE.search(line) is not None


def _errors(line: str) -> Iterator[Evidence]:
    if line[:1].isalpha() and not line.startswith("E  "):
        yield from _found("error", _ERROR, line)
    else:
        yield from _found("compared value", _VALUE, line)


def _found(what: str, pattern: re.Pattern[str], line: str) -> Iterator[Evidence]:
    match = pattern.match(line) if len(line) <= 4 * LONGEST else None
    value = clipped(match[match.lastindex or 0]) if match else ""
    if any(map(str.isalnum, value)):
        yield Evidence(what, (value,))
