"""Files that a session touched, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.arguments import COMMAND_KEYS, parsed, strings

_PATH_KEYS = ("file_path", "path", "filePath", "filename", "notebook_path", "target_file")
_COMMAND_READ = 20_000

_CREATES = re.compile(r"write|create_file|new_file", re.IGNORECASE)
_EDITS = re.compile(r"edit|patch|replace|insert|update_file", re.IGNORECASE)
_READS = re.compile(r"read|view|open|cat\b", re.IGNORECASE)
_VIEW = "view"
"""A command of editors that only shows: Anthropic's, OpenHands'."""

_SED = re.compile(r"sed -n ['\"]?(\d{1,9}),(\d{1,9})p['\"]? +['\"]?([^\s'\"|;&]{1,300})")
_CAT = re.compile(
    r"(?:^|[;&|] {0,8})(?:cat|nl)(?: -\w{1,20}){0,8} {1,8}"
    r"['\"]?([^\s'\"|;&<>-][^\s'\"|;&<>]{0,300})"
)
_PATCHED = re.compile(r"\*\*\* (Add|Update|Delete) File: ([^\n\\]{1,300})")


@dataclass(slots=True)
class FileState:
    """What happened to one file. shown: the lines last read. last: the latest call's number."""

    reads: int = 0
    edits: int = 0
    created: bool = False
    deleted: bool = False
    shown: tuple[int, int] | None = None
    last: int = 0

    def history(self) -> str:
        """`created, edited 2x, read 1-80`."""
        did = ["created"] if self.created else []
        if self.edits:
            did.append(f"edited {self.edits}x")
        if self.reads:
            did.append(f"read {self.shown[0]}-{self.shown[1]}" if self.shown else "read")
        if self.deleted:
            did.append("deleted")
        return ", ".join(did)

    @property
    def changed(self) -> bool:
        return bool(self.edits or self.created or self.deleted)


@dataclass(frozen=True, slots=True)
class Touch:
    """One call's work on one file. how: read, edit, create or delete."""

    path: str
    how: str
    shown: tuple[int, int] | None = None


def touched(messages: Sequence[Message]) -> tuple[dict[str, FileState], set[int]]:
    """(files by path in the order of their first touch, numbers of the calls that changed one)."""
    files: dict[str, FileState] = {}
    changing: set[int] = set()
    for number, message in enumerate(messages):
        if message.role is not Role.TOOL_CALL:
            continue
        for touch in touches(message):
            _note(files.setdefault(touch.path, FileState()), touch)
            files[touch.path].last = number
            if touch.how != "read":
                changing.add(number)
    return files, changing


def listed(files: Mapping[str, FileState], remarks: Mapping[str, str] | None = None) -> list[str]:
    """One line a file: changed ones first, then by the latest touch. remarks: to add, by path."""
    order = sorted(files.items(), key=lambda item: (not item[1].changed, -item[1].last))
    added = {path: f"; {remark}" for path, remark in (remarks or {}).items()}
    return [f"{path}: {state.history()}{added.get(path, '')}" for path, state in order]


def _note(state: FileState, touch: Touch) -> None:
    if touch.how == "read":
        state.reads += 1
        state.shown = touch.shown
    elif touch.how == "create" and not (state.reads or state.edits):
        state.created = True
    elif touch.how == "delete":
        state.deleted = True
    else:
        state.edits += 1


def touches(call: Message) -> Iterator[Touch]:
    """What a call does to files, as its arguments tell."""
    arguments = parsed(call.text)
    how = "read" if _VIEW in strings(arguments, ("command",)) else _how(call.tool)
    for path in strings(arguments, _PATH_KEYS):
        if how and _file_like(path):
            yield Touch(path, how, _range(arguments))
    commands = strings(arguments, COMMAND_KEYS) if arguments else [call.text]
    for command in commands:
        yield from _shown(command[:_COMMAND_READ])
    if "*** Begin Patch" in call.text:
        verbs = {"Add": "create", "Update": "edit", "Delete": "delete"}
        for verb, path in _PATCHED.findall(call.text):
            yield Touch(path.strip(), verbs[verb])


def _how(tool: str) -> str:
    for pattern, how in ((_CREATES, "create"), (_EDITS, "edit"), (_READS, "read")):
        if pattern.search(tool[:100]):
            return how
    return ""


def _shown(command: str) -> Iterator[Touch]:
    """Files that a shell command prints."""
    for first, last, path in _SED.findall(command):
        yield Touch(path, "read", (int(first), int(last)))
    for path in _CAT.findall(command):
        if _file_like(path):
            yield Touch(path, "read")


def _file_like(path: str) -> bool:
    return "." in path.rpartition("/")[2] and "\n" not in path and len(path) <= 300


def _range(arguments: Mapping[str, object]) -> tuple[int, int] | None:
    first, amount = arguments.get("offset"), arguments.get("limit")
    if isinstance(first, int) and isinstance(amount, int):
        return first, first + amount - 1
    return None
