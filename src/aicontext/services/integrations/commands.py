"""Which tool a command starts, also behind a shell or a program that starts another."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from aicontext.domain.tools import Tool
from aicontext.services.integrations.catalog.index import Catalogue

_SHELLS = frozenset({"ash", "bash", "dash", "fish", "ksh", "sh", "zsh"})
_STARTERS = frozenset(
    {"bun", "bunx", "caffeinate", "direnv", "doas", "env", "exec", "ionice", "mise", "nice"}
    | {"nohup", "npm", "npx", "op", "pipx", "pnpm", "pnpx", "poetry", "setsid", "stdbuf", "sudo"}
    | {"taskset", "time", "timeout", "uv", "uvx", "xvfb-run", "yarn"}
)
"""Programs that start the one that is named after their own options."""

_SCRIPT = re.compile(r"-[a-z]*c")
_FIRST = re.compile(r"\s*(?:\w+=[^\s'\"]*\s+)*(?:exec\s+)?([^\s;&|()<>'\"$`]+)(?=[\s;&|)<>]|$)")
"""The first command of a script, where it is plain."""

_NAMES = re.compile(r"[\w@./+-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command names a tool: the word's number, and in a script the place after its name."""

    tool: Tool
    word: int
    after: int | None = None

    def given(self, words: Sequence[str], arguments: Sequence[str]) -> tuple[str, ...]:
        """The command with these arguments for the tool, before its own."""
        if self.after is None:
            at = self.word + 1
            return (*words[:at], *arguments, *words[at:])
        script = words[self.word]
        said = "".join(f" {shlex.quote(argument)}" for argument in arguments)
        whole = f"{script[: self.after]}{said}{script[self.after :]}"
        return (*words[: self.word], whole, *words[self.word + 1 :])


def place(catalogue: Catalogue, words: Sequence[str]) -> Place | None:
    """The tool that the command starts, where that can be seen."""
    if not words:
        return None
    first = program(words[0])
    if tool := catalogue.started_by(first):
        return Place(tool, 0)
    if first in _SHELLS:
        return _scripted(catalogue, words)
    for number, word in enumerate(words[1:] if first in _STARTERS else (), 1):
        if program(word) in _SHELLS:
            return _scripted(catalogue, words, number)
        if tool := catalogue.started_by(program(word)):
            return Place(tool, number)
    return None


def named(catalogue: Catalogue, words: Sequence[str]) -> Iterator[Tool]:
    """The tools that are named anywhere in the command, like its programs or not."""
    for name in dict.fromkeys(name for word in words for name in _NAMES.findall(word)):
        if tool := catalogue.started_by(program(name)):
            yield tool


def program(word: str) -> str:
    """A program's name without folder or ending, and without the version that a runner is told."""
    name = PurePath(word.replace("\\", "/")).name
    return PurePath(name.partition("@")[0] or name).stem


def _scripted(catalogue: Catalogue, words: Sequence[str], shell: int = 0) -> Place | None:
    """The tool with which the script begins that the shell is given in a word."""
    for number in range(shell + 1, len(words) - 1):
        if _SCRIPT.fullmatch(words[number]):
            found = _FIRST.match(words[number + 1])
            tool = catalogue.started_by(program(found[1])) if found else None
            return Place(tool, number + 1, found.end(1)) if found and tool else None
    return None
