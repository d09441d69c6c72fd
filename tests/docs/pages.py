"""Pages as their readers run them: fenced blocks, console sessions and links.

A ```python block is executed, in order, in one namespace a page. A ```output block after it is
what it prints. In a ```console block lines that begin with "$ " are commands, the others what they
print. In expected output `...` stands for anything, and blanks count as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"```(\w*)\s*")
_LINK = re.compile(r"\[[^][]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"#{1,6} (.+)")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block. line: where its text begins, from 1."""

    language: str
    line: int
    text: str


def pages() -> list[Path]:
    """Every page whose code is run: the README and the docs, without the decisions."""
    found = (page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "adr")
    return [ROOT / "README.md", *sorted(found)]


def fences(text: str) -> Iterator[Fence]:
    """The fenced blocks of a page in order."""
    language, start, held = "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        match = _FENCE.fullmatch(line)
        if start and line.rstrip() == "```":
            yield Fence(language, start, "\n".join(held) + "\n")
            start = 0
        elif start:
            held.append(line)
        elif match:
            language, start, held = match[1], number + 1, []
    assert not start, f"the block at line {start} has no end"


def session(text: str) -> Iterator[tuple[str, str]]:
    """(command, expected output) of a console block; "" where the page shows none."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        while command.endswith("\\"):
            line, _, expected = expected.partition("\n")
            command = command[:-1] + line.lstrip("> ")
        yield command, expected


def matches(expected: str, printed: str) -> bool:
    """Whether `printed` is what the page shows; `...` stands for anything, blanks count as one."""
    pieces = _folded(expected).split("...")
    rest = _folded(printed)
    if len(pieces) == 1:
        return rest == pieces[0]
    first, *middle, last = pieces
    if not rest.startswith(first) or not rest[len(first) :].endswith(last):
        return False
    rest = rest[len(first) : len(rest) - len(last)]
    for piece in middle:
        at = rest.find(piece)
        if at < 0:
            return False
        rest = rest[at + len(piece) :]
    return True


def links(text: str) -> Iterator[str]:
    """Targets of the links outside of code."""
    yield from _LINK.findall(_prose(text))


def anchors(text: str) -> set[str]:
    """What a link can name within a page: its headings, as forges spell them."""
    titles = (match[1] for line in _prose(text).splitlines() if (match := _HEADING.fullmatch(line)))
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def _prose(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _folded(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.strip().splitlines())
    return "\n".join(lines)
