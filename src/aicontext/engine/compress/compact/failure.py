"""The last error of a session."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.session import Session

_READ_OF_A_LINE = 400
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


@dataclass(frozen=True, slots=True)
class Failure:
    """message: the result's number. lines: numbers of the session's lines that tell of it."""

    message: int
    lines: tuple[int, ...]


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
        told = [
            line
            for line in range(first, past)
            if _ERROR.search(session.texts[line][:_READ_OF_A_LINE])
        ]
        if told or message.failed:
            return Failure(number, tuple(told) or (past - 1,))
    return None


def _looks(call: Message) -> bool:
    """Whether a call shows files or finds, where the word error tells of no failure."""
    command = _LOOKING_COMMAND.search(call.text[:_READ_OF_A_LINE])
    return bool(command or _LOOKING_TOOL.search(call.tool[:100]))
