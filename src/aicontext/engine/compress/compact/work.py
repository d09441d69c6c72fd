"""What a session's calls did: files touched, the plan, the last error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.session import pair

_PARSED_AT_MOST = 400_000
_PATH_KEYS = ("file_path", "path", "filePath", "filename", "notebook_path", "target_file")
_COMMAND_KEYS = ("command", "cmd", "script")
_WRITES = re.compile(r"write|create_file|new_file", re.I)
_EDITS = re.compile(r"edit|patch|replace|insert|update_file", re.I)
_READS = re.compile(r"read|view|open|cat\b|grep|glob|search|find|list|\bls\b", re.I)
_SHOWN = re.compile(r"\b(?:sed -n|cat|nl|head|tail|less|rg|grep|ag|git (?:show|diff|log|grep))\b")
_SED_RANGE = re.compile(r"sed -n ['\"]?(\d{1,9}),(\d{1,9})p['\"]? +['\"]?([^\s'\"|;&]{1,300})")
_WHOLE = re.compile(
    r"(?:^|[;&|] *)(?:cat|nl)(?: -\w+)* +['\"]?([^\s'\"|;&<>-][^\s'\"|;&<>]{0,300})"
)
_PATCHED = re.compile(r"\*\*\* (Add|Update|Delete) File: ([^\n\\]{1,300})")
_ERROR = re.compile(
    r"^\s{0,8}(?:E\s{2,}|(?:\w+\.)*\w*(?:Error|Exception)\b|error\b|fatal:|panic:|FAIL|Traceback"
    r"|✗|×|ERROR\b|npm ERR!)"
    r"|\berror(?: TS\d+|\[E?\d+\])?:|[Ee]xit(?:ed with)?(?: code)?:? [1-9]|<tool_use_error>"
    r"|\bFAILED\b|\b[1-9]\d* (?:failed|failing|errors?)\b|command not found|No such file"
)


@dataclass(slots=True)
class FileState:
    """What happened to one file. last: the message of the last touch; shown: last seen lines."""

    reads: int = 0
    edits: int = 0
    created: bool = False
    shown: tuple[int, int] | None = None
    last: int = 0


@dataclass(slots=True)
class Work:
    """files by path, in the order of their first touch. edits: calls that changed a file.
    plan: (step, state) as last stated; planned: the message that stated it. failed: the result
    that holds the last error, or -1, and `errors`, its lines that say so (0-based)."""

    files: dict[str, FileState] = field(default_factory=dict)
    edits: set[int] = field(default_factory=set)
    plan: list[tuple[str, str]] = field(default_factory=list)
    planned: int = -1
    failed: int = -1
    errors: list[int] = field(default_factory=list)


def review(messages: Sequence[Message], calls: Sequence[int] | None = None) -> Work:
    """Read the work off the calls and their results. Linear; never raises on any arguments."""
    work = Work()
    for number, message in enumerate(messages):
        if message.role is Role.TOOL_CALL:
            arguments = parsed(message.text)
            _touch(work, number, message, arguments)
            _follow_plan(work, number, message, arguments)
    _last_error(work, messages, calls if calls is not None else pair(messages))
    return work


def parsed(text: str) -> Mapping[str, object]:
    """Arguments as an object; empty where the text is none or too large."""
    if not text.startswith("{") or len(text) > _PARSED_AT_MOST:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _touch(work: Work, number: int, message: Message, arguments: Mapping[str, object]) -> None:
    for path in _strings(arguments, _PATH_KEYS):
        if "." not in path.rpartition("/")[2]:
            continue
        if _WRITES.search(message.tool) or _EDITS.search(message.tool):
            known = path in work.files
            _changed(work, number, path, created=bool(_WRITES.search(message.tool)) and not known)
        elif _READS.search(message.tool):
            _seen(work, number, path, _range(arguments))
    commands = _strings(arguments, _COMMAND_KEYS) or ([message.text] if not arguments else [])
    for command in commands:
        for first, last, path in _SED_RANGE.findall(command[:20_000]):
            _seen(work, number, path, (int(first), int(last)))
        for path in _WHOLE.findall(command[:20_000]):
            if "." in path.rpartition("/")[2]:
                _seen(work, number, path, None)
    if "*** Begin Patch" in message.text:
        for verb, path in _PATCHED.findall(message.text):
            _changed(work, number, path.strip(), created=verb == "Add")


def _strings(arguments: Mapping[str, object], keys: Sequence[str]) -> list[str]:
    found = []
    for key in keys:
        value = arguments.get(key)
        if isinstance(value, list) and value and isinstance(value[-1], str):
            value = value[-1]
        if isinstance(value, str) and value:
            found.append(value)
    return found


def _range(arguments: Mapping[str, object]) -> tuple[int, int] | None:
    first, amount = arguments.get("offset"), arguments.get("limit")
    if isinstance(first, int) and isinstance(amount, int):
        return first, first + amount - 1
    return None


def _seen(work: Work, number: int, path: str, shown: tuple[int, int] | None) -> None:
    state = work.files.setdefault(path, FileState())
    state.reads += 1
    state.shown, state.last = shown, number


def _changed(work: Work, number: int, path: str, *, created: bool) -> None:
    state = work.files.setdefault(path, FileState())
    state.edits += 1
    state.created = state.created or created
    state.last = number
    work.edits.add(number)


def _follow_plan(
    work: Work, number: int, message: Message, arguments: Mapping[str, object]
) -> None:
    """A plan comes whole (a list of steps with states) or step by step (created, then updated)."""
    for key in ("todos", "plan", "items", "tasks"):
        steps = arguments.get(key)
        if isinstance(steps, list) and steps:
            whole = [pair for pair in map(_step, steps) if pair]
            if whole:
                work.plan, work.planned = whole, number
                return
    if isinstance(arguments.get("subject"), str):
        work.plan.append((str(arguments["subject"]), "pending"))
        work.planned = number
    elif "status" in arguments and "taskId" in arguments:
        at = str(arguments["taskId"])
        if at.isdigit() and 0 < int(at[:9]) <= len(work.plan):
            step = work.plan[int(at[:9]) - 1][0]
            work.plan[int(at[:9]) - 1] = (step, str(arguments["status"]))
            work.planned = number


def _step(step: object) -> tuple[str, str] | None:
    if not isinstance(step, dict):
        return None
    for key in ("content", "step", "title", "description", "text"):
        if isinstance(step.get(key), str):
            return step[key], str(step.get("status", ""))
    return None


def _last_error(work: Work, messages: Sequence[Message], calls: Sequence[int]) -> None:
    for number in range(len(messages) - 1, -1, -1):
        message = messages[number]
        if message.role is not Role.TOOL_RESULT:
            continue
        call = messages[calls[number]] if calls[number] >= 0 else None
        if call is not None and _looks(call):
            continue
        hits = list(_error_lines(message.text))
        if hits:
            work.failed, work.errors = number, hits
            return


def _looks(call: Message) -> bool:
    """Whether a call shows files or finds, where the word error tells of no failure."""
    return bool(_READS.search(call.tool) or _SHOWN.search(call.text[:400]))


def _error_lines(text: str) -> Iterator[int]:
    line = -1
    for line_text in text[-200_000:].split("\n"):
        if not line_text or line_text.isspace():
            continue
        line += 1
        if _ERROR.search(line_text[:400]):
            yield line
