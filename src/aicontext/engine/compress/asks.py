"""Why a tool result is in the session: its own call, and what was last said before it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from aicontext.domain.context import Ask
from aicontext.domain.messages import Message, Role

_PATHS = (
    "file_path",
    "filePath",
    "absolute_path",
    "notebook_path",
    "target_file",
    "relative_path",
    "filename",
    "file",
    "path",
)
_COMMANDS = ("command", "cmd", "script")
_SEARCHES = {"pattern", "regex", "query", "glob", "search"}
_READERS = {"bat", "cat", "head", "less", "more", "nl", "sed", "tail"}
_LISTERS = re.compile(r"^ls$|list|tree|(?:^|_)dir", re.IGNORECASE)
_RETRIEVE = re.compile(r"\baicontext\s+retrieve\b|\boriginals[/\\\\][0-9a-f]{12}\b")
_EDITORS = re.compile(r"edit|write|patch|replace|insert|create", re.IGNORECASE)
_PATCHED = re.compile(r"[*]{3} (?:Update|Add|Delete) File: (.+?)(?:\\\\n|\\n|\n|$)")
_SKILL = re.compile(r"(?:^|_)skills?$", re.IGNORECASE)
_INSTRUCTIONS = re.compile(
    r"(?:^|/)(?:SKILL|AGENTS(?:[.]override)?|CLAUDE(?:[.]local)?|GEMINI|QWEN|CODEBUDDY|IFLOW)[.]md$"
)
_SAID = 2_000
_NAMED = 20_000
"""Characters of a text in which names are looked for: behind them stands what was pasted."""
_CALLS = 1_024
"""Calls whose files are remembered: each request brings all of its conversation's again."""


def ask_of(call: Message | None, user: str, assistant: str) -> Ask:
    """The ask behind the result of `call`, given the latest earlier user and assistant texts.

    Only what stands before the result is looked at, so later messages cannot change the answer.
    """
    query = "\n".join(filter(None, (user[-_SAID:], assistant[-_SAID:])))
    if call is None:
        return Ask(query=query)
    arguments = _arguments(call.text)
    command = next((_line(arguments[key]) for key in _COMMANDS if key in arguments), "")
    path = ""
    if not _SEARCHES & arguments.keys():
        path = next((text for key in _PATHS if isinstance(text := arguments.get(key), str)), "")
    files = _files_read(command)
    if not path and len(files) == 1:
        path = files[0]
    return Ask(query=query, tool=call.tool, command=command or call.text, path=path)


@dataclass(slots=True)
class Heard:
    """What was said last and called so far in a session. edited: the files that calls changed, as
    they name them."""

    calls: dict[str, Message] = field(default_factory=dict)
    said: dict[Role, str] = field(default_factory=dict)
    edited: set[str] = field(default_factory=set)

    def note(self, message: Message) -> None:
        if message.role is Role.TOOL_CALL:
            self.calls[message.call_id] = message
            self.edited.update(edited_paths(message))
        elif message.role in (Role.USER, Role.ASSISTANT):
            self.said[message.role] = message.text

    def was_edited(self, path: str) -> bool:
        """Whether a file of that name was changed."""
        return named(path, self.edited)

    def is_named(self, path: str) -> bool:
        """Whether a user named the file just now, who may want it changed."""
        return named(path, (self.said.get(Role.USER, ""),))

    def ask(self, message: Message) -> Ask:
        call = self.calls.get(message.call_id) if message.role is Role.TOOL_RESULT else None
        return ask_of(call, self.said.get(Role.USER, ""), self.said.get(Role.ASSISTANT, ""))


def asks_of(messages: Iterable[Message]) -> tuple[Ask, ...]:
    """The ask behind each message, from what stands before it."""
    heard, found = Heard(), []
    for message in messages:
        found.append(heard.ask(message))
        heard.note(message)
    return tuple(found)


def is_read(ask: Ask) -> bool:
    """Whether the result shows files, which an edit may have to quote exactly."""
    lister = _LISTERS.search(ask.tool) is not None
    return bool(ask.path and not lister) or bool(_files_read(ask.command))


def paths_read(ask: Ask) -> list[str]:
    """The files that a read shows, as far as its call names them."""
    return [ask.path] if ask.path else _files_read(ask.command)


def named(path: str, texts: Iterable[str]) -> bool:
    """Whether one of the texts holds the name of the file, not too far from its start."""
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return bool(name) and any(text.find(name, 0, _NAMED) >= 0 for text in texts)


def file_read(call: Message) -> tuple[bool, str]:
    """(whether a call reads files, the file if it is one)."""
    return _file_read(call.tool, call.text)


@lru_cache(_CALLS)
def _file_read(tool: str, arguments: str) -> tuple[bool, str]:
    ask = ask_of(Message(Role.TOOL_CALL, arguments, tool), "", "")
    return (True, ask.path) if is_read(ask) else (False, "")


def edited_paths(call: Message) -> Sequence[str]:
    """The files that a call changes, as it names them."""
    if call.role is not Role.TOOL_CALL or not _edits(call.tool):
        return ()
    return _edited(call.text)


@lru_cache(_CALLS)
def _edits(tool: str) -> bool:
    return _EDITORS.search(tool) is not None


@lru_cache(_CALLS)
def _edited(text: str) -> Sequence[str]:
    arguments = _arguments(text)
    if arguments.get("command") == "view":  # Of editors that can only show, too.
        return ()
    paths = [path for key in _PATHS if isinstance(path := arguments.get(key), str)]
    return (*paths, *_PATCHED.findall(text))


def is_retrieved(ask: Ask) -> bool:
    """Whether the result is what the archive gave back: that is never made smaller again."""
    told = f"{ask.command} {ask.path}"
    return bool(_RETRIEVE.search(told)) or ask.tool.rpartition("__")[2] == "retrieve"


def is_instruction(ask: Ask) -> bool:
    """Whether the result tells the model what to do: a skill, or a file of standing rules."""
    return bool(_SKILL.search(ask.tool) or _INSTRUCTIONS.search(ask.path))


def _arguments(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _line(command: object) -> str:
    """A command given as a string, or as a list of words such as ["bash", "-lc", "ls"]."""
    if isinstance(command, list):
        words = [word for word in command if isinstance(word, str)]
        if len(words) == 3 and words[1].startswith("-") and words[1].endswith("c"):
            return words[2]
        return " ".join(words)
    return command if isinstance(command, str) else ""


def _files_read(command: str) -> list[str]:
    """Files that the command prints: the last plain word of each `cat`, `sed -n`, `nl`, ..."""
    found: list[str] = []
    if len(command) > _SAID or "<<" in command or not any(name in command for name in _READERS):
        return found
    for piece in command.replace("&&", "\n").replace(";", "\n").splitlines():
        try:
            words = shlex.split(piece.partition("|")[0])
        except ValueError:
            continue
        printing = len(words) > 1 and words[0] in _READERS and not {"-i", "-f"} & set(words)
        if printing and ">" not in piece and not words[-1].startswith("-"):
            found.append(words[-1])
    return found
