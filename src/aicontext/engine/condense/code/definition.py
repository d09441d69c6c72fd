"""A definition in source text, and the documentation line that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

LONGEST_HEAD = 24
"""Lines of a signature that are shown at most."""


class Definition(NamedTuple):
    """A named part of a source file. Lines count from 1.

    first: its first line, decorators and attributes included. head: the last line of its
    signature. last: its last line. depth: how many definitions enclose it.
    """

    name: str
    kind: str
    first: int
    head: int
    last: int
    depth: int

    def signature(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Its first lines up to the body, verbatim, out of the lines of the whole text."""
        return tuple(lines[self.first - 1 : self.head])


_QUOTES = re.compile(r"[rRuUbBfF]{0,2}(\"\"\"|''')\s*")
_COMMENT = re.compile(r"///?!?|/\*\*?|\*(?!/)|#+(?=\s|$)|--")
_BEGINS = ("/", "*", "#", "--")
_word = re.compile(r"\w").search


def doc_line(lines: Sequence[str], first: int, head: int) -> str:
    """The first line of a docstring behind the signature, or of the comment above it."""
    for below in lines[head : head + 2]:
        if ('"""' in below or "'''" in below) and (opened := _QUOTES.match(below.strip()[:500])):
            quoted = below.strip()[opened.end() : 500].removesuffix(opened[1]).rstrip()
            if quoted:
                return quoted
    doc = ""
    for i in range(first - 2, max(-1, first - 40), -1):
        line = lines[i].lstrip()
        comment = _COMMENT.match(line) if line.startswith(_BEGINS) else None
        if comment is None:
            break
        doc = line[comment.end() : 500].rstrip().removesuffix("*/").strip() or doc
    return doc if doc and _word(doc) else ""
