"""Read the template of a table: its pieces, and the place of each key in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from aicontext.engine.condense.json import grammar
from aicontext.engine.condense.json.grammar import Path

COMMA = "\x1e"
"""A comma of the template: no JSON text holds the character itself."""


class Undecodable(ValueError):
    """The text is not a rendering of this package."""


@dataclass(slots=True)
class Member:
    """A key's or item's place in the template: pieces[first] is its key, the rest its value."""

    path: Path
    first: int
    end: int = 0


@dataclass(slots=True)
class Template:
    """A row's text in pieces: literals, and holes as the text between quotes or brackets."""

    pieces: list[str | Hole]
    members: list[Member]


@dataclass(frozen=True, slots=True)
class Hole:
    """parts: by turns literal text and the name of a hole. quoted: a string holds it."""

    parts: tuple[str, ...]
    quoted: bool


@dataclass(slots=True)
class _Box:
    """An object or list being read; inside: its member being read."""

    path: Path
    is_list: bool
    items: int = 0
    inside: Member | None = None


class Parser:
    """Reads a template, keeping the path of each key and item."""

    def __init__(self, text: str, brackets: str) -> None:
        opening, closing = map(re.escape, brackets)
        self._tokens = re.compile(
            f'"(?:[^"\\\\]|\\\\.)*"|{opening}[^{closing}]*{closing}|[{{}}\\[\\],:]|[^"{opening}{{}}\\[\\],:]+'
        )
        self._holes = re.compile(f"{opening}([^{closing}]*){closing}")
        self._text = text
        self._pieces: list[str | Hole] = []
        self._members: list[Member] = []
        self._open: list[_Box] = []

    def template(self) -> Template:
        """Pieces and members; a row of a map has its key in front."""
        tokens = list(self._split())
        at = 0
        if len(tokens) > 1 and tokens[1] == ":":
            self._members.append(Member(grammar.KEY_PATH, 0, 2))
            self._pieces += ["", self._piece(tokens[0]), ":"]
            at = 2
        self._value(tokens, at)
        return Template(self._pieces, self._members)

    def _split(self) -> Iterator[str]:
        at = 0
        while at < len(self._text):
            match = self._tokens.match(self._text, at)
            if match is None:
                raise Undecodable(self._text[at : at + 40])
            yield match[0]
            at = match.end()

    def _piece(self, token: str) -> str | Hole:
        quoted = token[:1] == '"'
        parts = tuple(self._holes.split(token[1:-1] if quoted else token))
        return Hole(parts, quoted) if len(parts) > 1 else token

    def _value(self, tokens: list[str], at: int) -> None:
        path: Path = ("",)
        for index in range(at, len(tokens)):
            token = tokens[index]
            box = self._open[-1] if self._open else None
            if token in ("{", "["):
                self._pieces.append(token)
                self._open.append(_Box(path, token == "["))
                if token == "[" and tokens[index + 1] != "]":
                    path = self._begin(COMMA)
            elif box is None:
                raise Undecodable(token)
            elif token in ("}", "]", ","):
                self._end(box)
                if token != ",":
                    self._pieces.append(token)
                    self._open.pop()
                elif box.is_list:
                    path = self._begin(COMMA)
            elif token != ":" and not box.is_list and not box.inside:
                path = self._begin(f"{COMMA}{token}:")
            elif token != ":":
                self._pieces.append(self._piece(token))

    def _begin(self, prefix: str) -> Path:
        """Open a member of the innermost box; its path."""
        box = self._open[-1]
        key = str(box.items) if box.is_list else json.loads(prefix[1:-1])
        box.items += 1
        box.inside = Member((*box.path, key), len(self._pieces))
        self._members.append(box.inside)
        self._pieces.append(prefix)
        return box.inside.path

    def _end(self, box: _Box) -> None:
        if box.inside is not None:
            box.inside.end = len(self._pieces)
            box.inside = None
