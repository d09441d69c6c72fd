"""Sections of ours in a file of rules, between marks that no reader shows."""

from __future__ import annotations

import re

from aicontext.domain.errors import InvalidInput
from aicontext.services.integrations.editing.tree import (
    Path,
    before_new_line,
    malformed,
    newline,
    spelled,
)

_MARK = re.compile(r"^<!-- (begin|end) ([\w.-]+) -->[ \t]*\r?$", re.MULTILINE)


def parse(text: str) -> dict[str, object]:
    """Section -> its text. Raises Malformed for marks that do not go in pairs."""
    return {
        name: text[start:end].strip("\r\n").replace("\r\n", "\n")
        for name, (_, start, end, _) in _sections(text).items()
    }


def put(text: str, path: Path, value: object) -> str:
    """The text with the section in its place, or at the end."""
    name = _name(path)
    ending = newline(text)
    body = str(value).strip("\n").replace("\n", ending)
    found = _sections(text).get(name)
    if found:
        return text[: found[1]] + f"{ending}{body}{ending}" + text[found[2] :]
    between = before_new_line(text) + ending if text else ""
    section = f"<!-- begin {name} -->{ending}{body}{ending}<!-- end {name} -->"
    return text + between + section + (ending if not text or text.endswith("\n") else "")


def take(text: str, path: Path) -> str:
    """The text without the section and the blank line before it."""
    found = _sections(text).get(_name(path))
    if not found:
        return text
    before = re.sub(r"(?<=\n)\r?\n$", "", text[: found[0]])
    after = re.sub(r"^\r?\n", "", text[found[3] :])
    if not after and not text.endswith("\n"):
        before = re.sub(r"\r?\n$", "", before)
    return before + after


def _name(path: Path) -> str:
    if len(path) != 1 or not isinstance(path[0], str):
        raise InvalidInput(f"{spelled(path)} is no section.")
    return path[0]


def _sections(text: str) -> dict[str, tuple[int, int, int, int]]:
    """Section -> where its first mark starts, it starts, it ends, its last mark ends."""
    found: dict[str, tuple[int, int, int, int]] = {}
    opened: re.Match[str] | None = None
    for mark in _MARK.finditer(text):
        if mark[1] == "begin" and opened is None and mark[2] not in found:
            opened = mark
        elif mark[1] == "end" and opened is not None and mark[2] == opened[2]:
            until = mark.end() - mark[0].endswith("\r")
            start = opened.end() - opened[0].endswith("\r")
            found[mark[2]] = (opened.start(), start, mark.start(), until)
            opened = None
        else:
            raise malformed(text, mark.start(), f"the mark '{mark[1]} {mark[2]}' has no partner")
    if opened is not None:
        raise malformed(text, opened.start(), f"the mark 'begin {opened[2]}' has no partner")
    return found
