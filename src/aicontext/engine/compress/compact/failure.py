"""The last error of a session."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.arguments import COMMAND_KEYS, parsed, strings
from aicontext.engine.compress.compact.session import Session
from aicontext.engine.condense.testlog import reading, report
from aicontext.engine.condense.traces import Role as Says
from aicontext.engine.condense.traces import roles

_READ_OF_A_LINE = 400
_BEFORE, _AFTER, _TOLD = 2, 2, 4
"""Lines around the last that tell of a failure, and how many of those."""

_TESTS, _BODY = 20, 2_000
"""Failing tests, and lines of the report of each, that are looked at."""

_LOOKING_TOOL = re.compile(r"read|view|open|grep|glob|search|find|list|fetch", re.IGNORECASE)
_LOOKING_COMMAND = re.compile(
    r"\b(?:sed -n|cat|nl|head|less|rg|grep|ag|ls|git (?:show|diff|log|grep))\b"
)
_ERROR = re.compile(
    r"^\s{0,8}(?:E\s{2,}|[\w.]*(?:Error|Exception)\b|error\b|ERROR\b|fatal:|panic:|FAIL|Traceback"
    r"|✗|×|npm ERR!)"
    r"|\berror(?: TS\d+|\[E?\d+\])?:|<tool_use_error>|\bFAILED\b"
    r"|[Ee]xit(?:ed with)?(?: code)?:? [1-9]|\b[1-9]\d{0,9} (?:failed|failing|errors?)\b"
    r"|command not found|No such file"
)
_COMPARES = re.compile(r"[=!]=|(?:^|\s)[-+] \S|(?i:expected|received|actual|got|want|left|right)\b")

_RANKS = {Says.ERROR: 0, Says.PLACE: 2, Says.VALUE: 3, Says.SOURCE: 4}
"""What is shown first of a test's report; values side by side come second."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """A later run of the failed command that told of no error.

    totals: a test tool's, or empty. passed: lines about single tests.
    """

    message: int
    totals: str
    passed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Failure:
    """message: the result's number. lines: the session's lines that tell of it, the most telling
    first. rerun: of the same command, without error. passed: lines of both about tests that did
    not fail.
    """

    message: int
    lines: tuple[int, ...]
    passed: frozenset[int] = frozenset()
    rerun: Rerun | None = None


def last_failure(session: Session) -> Failure | None:
    """The latest result that is marked as failed, or tells of a failure where its call did more
    than show or find."""
    for number in range(len(session.messages) - 1, -1, -1):
        call, message = session.calls[number], session.messages[number]
        first, past = session.spans[number]
        if message.role is not Role.TOOL_RESULT or first == past:
            continue
        if call >= 0 and not message.failed and _looks(session.messages[call]):
            continue
        told = _told(session, number)
        if told or message.failed:
            lines, passed = _of_tests(session, number)
            if not lines:
                around = _around(told or [past - 1], session.spans[number])
                lines = [line for line in around if line not in passed]
            rerun = _rerun(session, number)
            if rerun:
                passed |= rerun.passed
            return Failure(number, tuple(lines), passed, rerun)
    return None


def _looks(call: Message) -> bool:
    """Whether a call shows files or finds, where the word error tells of no failure."""
    command = _LOOKING_COMMAND.search(call.text[:_READ_OF_A_LINE])
    return bool(command or _LOOKING_TOOL.search(call.tool[:100]))


def _told(session: Session, number: int) -> list[int]:
    """The lines of a message that tell of a failure."""
    lines = range(*session.spans[number])
    return [line for line in lines if _ERROR.search(session.texts[line][:_READ_OF_A_LINE])]


def _around(told: Sequence[int], span: tuple[int, int]) -> list[int]:
    """The last lines that tell of a failure and what stands around them, from their end."""
    low = max(span[0], told[-_TOLD:][0] - _BEFORE)
    high = min(span[1], told[-1] + _AFTER + 1)
    return list(range(high - 1, low - 1, -1))


def _of_tests(session: Session, number: int) -> tuple[list[int], frozenset[int]]:
    """(lines that tell why tests failed, lines about tests that passed) of a message."""
    texts, at = _unfolded(session, number)
    run = reading.read(texts)
    told: dict[int, None] = {}
    for failure in run.failures[:_TESTS]:
        told |= dict.fromkeys(_telling(texts, failure))
    told |= dict.fromkeys(run.summary[-1:])
    reported = any(failure.bodies for failure in run.failures)
    lines = [at[line] for line in told] if reported else []
    return lines, frozenset(at[line] for line in run.passed).difference(lines)


def _telling(texts: Sequence[str], failure: report.Failure) -> Iterator[int]:
    """Lines about one failing test: its name and message, the values it compared, its place."""
    yield failure.line
    ranked = []
    for first, past in failure.bodies:
        body = range(first, min(past, first + _BODY))
        for line, role in zip(body, roles(texts[first : body.stop]), strict=True):
            if role in _RANKS and texts[line].strip(" E"):
                compares = role is Says.VALUE and _COMPARES.search(texts[line][:_READ_OF_A_LINE])
                ranked.append((1 if compares else _RANKS[role], line))
    yield from (line for _, line in sorted(ranked))


def _unfolded(session: Session, number: int) -> tuple[list[str], list[int]]:
    """A message's lines, blank ones among them, and for each its number in the session."""
    texts: list[str] = []
    at: list[int] = []
    for line in range(*session.spans[number]):
        parts = session.texts[line].split("\n")
        texts += parts
        at += [line] * len(parts)
    return texts, at


def _rerun(session: Session, failed: int) -> Rerun | None:
    """The latest result of the same command, where one follows."""
    command = _command(session, failed)
    for number in range(len(session.messages) - 1, failed, -1):
        if command and _command(session, number) == command:
            texts, at = _unfolded(session, number)
            run = reading.read(texts)
            totals = "".join(texts[line] for line in run.summary[-1:]).strip(" =")
            passed = frozenset(at[line] for line in run.passed)
            return Rerun(number, totals[:_READ_OF_A_LINE], passed)
    return None


def _command(session: Session, result: int) -> tuple[str, str] | None:
    """The tool and the command that a result came from; None where its call is not known."""
    if session.calls[result] < 0:
        return None
    call = session.messages[session.calls[result]]
    commands = strings(parsed(call.text), COMMAND_KEYS)
    return call.tool, " ".join(commands) or call.text
