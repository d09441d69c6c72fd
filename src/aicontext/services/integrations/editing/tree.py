"""Where the values of a document stand in its text, and how one of them is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aicontext.domain.errors import Malformed


@dataclass(frozen=True, slots=True)
class Entry:
    """The element of a list whose `key` holds `value`; where no key is given, that is `value`."""

    key: str
    value: object

    def matches(self, element: object) -> bool:
        if not self.key:
            return element == self.value
        return isinstance(element, dict) and element.get(self.key) == self.value

    def __str__(self) -> str:
        return f"[{self.key}={self.value}]" if self.key else "[]"


Path = tuple[str | Entry, ...]
"""Keys of tables and entries of lists, from the document's root."""


def spelled(path: Path) -> str:
    """The path as people write it."""
    return "".join(f".{step}" if isinstance(step, str) else str(step) for step in path)[1:]


@dataclass(frozen=True, slots=True)
class Node:
    """A value. start, end: its span, in characters. flow: it stands in brackets. members: of a
    table or a list, in their order."""

    value: object
    start: int
    end: int
    flow: bool = False
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A value in a table or list. key: in a table. start: of the key, or of a list's element."""

    key: str | None
    start: int
    node: Node

    @property
    def end(self) -> int:
        return self.node.end


@dataclass(frozen=True, slots=True)
class Found:
    """How far a path leads. nodes: from the root, as many steps as exist. places: in their members.
    rest: the steps that lead nowhere yet."""

    nodes: tuple[Node, ...]
    places: tuple[int, ...]
    rest: Path


def follow(text: str, root: Node, path: Path) -> Found:
    """How far `path` leads from `root`. Raises Malformed for a key on it that stands twice."""
    nodes, places = [root], []
    for step in path:
        place = _place(text, nodes[-1], step)
        if place is None:
            break
        places.append(place)
        nodes.append(nodes[-1].members[place].node)
    return Found(tuple(nodes), tuple(places), path[len(places) :])


def _place(text: str, node: Node, step: str | Entry) -> int | None:
    found = list(_places(node, step))
    if isinstance(step, str) and len(found) > 1:
        raise malformed(text, node.members[found[1]].start, f"the key {step!r} stands twice")
    return found[0] if found else None


def _places(node: Node, step: str | Entry) -> Iterator[int]:
    for at, member in enumerate(node.members):
        if isinstance(step, str):
            if member.key == step:
                yield at
        elif member.key is None and step.matches(member.node.value):
            yield at


def malformed(text: str, at: int, what: str) -> Malformed:
    """The error that says what is wrong at a place in the text."""
    line = text.count("\n", 0, at) + 1
    return Malformed(what, line=line, column=at - text.rfind("\n", 0, at))


def wrapped(path: Path, value: object) -> object:
    """The value under tables and lists that the path makes of nothing."""
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [value]
    return value


def newline(text: str) -> str:
    """How the text ends its lines."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line ends, before what ends it."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def next_line(text: str, at: int) -> int:
    """Where the line after the one of `at` starts."""
    return text.find("\n", at) + 1 or len(text)


def indentation(text: str, at: int) -> str:
    """The blanks with which the line of `at` starts."""
    start = line_start(text, at)
    line = text[start:at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def without_lines(text: str, start: int, end: int) -> str:
    """The text without the lines from that of `start` to that of `end`, whole."""
    first, after = line_start(text, start), next_line(text, end)
    if after == len(text) and not text.endswith("\n"):
        # What is last now ended the line before; the text goes on ending without a line's end.
        return text[:first].removesuffix("\n").removesuffix("\r")
    return text[:first] + text[after:]


def without_section(text: str, start: int, end: int) -> str:
    """The same, and without the blank line before them."""
    blank = re.search(r"(?<=\n)[ \t]*\r?\n$", text[: line_start(text, start)])
    return without_lines(text, blank.start() if blank else start, end)


def before_new_line(text: str) -> str:
    """What has to end the text's last line, if that is open, before another line."""
    return "" if not text or text.endswith("\n") else newline(text)
