"""Rebuild a JSON document from its tables, from nothing but the rendered text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from json.encoder import encode_basestring
from typing import cast

from aicontext.engine.condense.json import grammar
from aicontext.engine.condense.json.cells import literal
from aicontext.engine.condense.json.grammar import ELSEWHERE, JSON_CELL, PROGRESSION, Progression
from aicontext.engine.condense.json.rules import predict
from aicontext.engine.condense.json.source import Value, dumps, loads
from aicontext.engine.condense.json.template import (
    COMMA,
    Hole,
    Member,
    Parser,
    Template,
    Undecodable,
)

_FIRST = re.compile(f"^(?:{grammar.INTRO.pattern}|{grammar.OUTER.pattern})", re.MULTILINE)


@dataclass(slots=True)
class _Rows:
    """The lines of a table, taken apart. patches: by row, the values at the line's end."""

    count: int
    columns: dict[str, list[str | None]]
    patches: dict[int, dict[str, str | None]] = field(default_factory=dict)
    whole: dict[int, str] = field(default_factory=dict)


def decode(text: str) -> str:
    """The canonical document (minified, with the text around it) of a rendering.

    Raises Undecodable where the text is no rendering.
    """
    lines = text.split("\n")
    for at, line in enumerate(lines):
        outer, intro = grammar.OUTER.match(line), grammar.INTRO.match(line)
        if outer or intro:
            head = "".join(f"{line}\n" for line in lines[:at])
            try:
                found, end = _outer(lines, at) if outer else _table(lines, at)
            except RecursionError:
                raise Undecodable("keys that stand in each other") from None
            return head + found + "".join(f"\n{line}" for line in lines[end:])
    raise Undecodable("no table")


def rebuilds(shown: str, canonical: str) -> bool:
    """Whether a rendering decodes to just this canonical document.

    Not where lines around the value look like a table's first: they name any number of rows.
    """
    if "JSON " in canonical and _FIRST.search(canonical):
        return False
    try:
        return decode(shown) == canonical
    except (ValueError, LookupError):
        return False


def _outer(lines: list[str], at: int) -> tuple[str, int]:
    match = grammar.OUTER.match(lines[at])
    if match is None:
        raise Undecodable(lines[at])
    count, opening, closing = int(match[1]), match[2], match[3]
    tables: dict[str, str] = {}
    end = at + 2
    for number in range(1, count + 1):
        tables[f"{opening}table {number}{closing}"], end = _table(lines, end)
    pattern = re.compile(f"{re.escape(opening)}table \\d+{re.escape(closing)}")
    return pattern.sub(lambda found: tables[found[0]], lines[at + 1]), end


def _table(lines: list[str], at: int) -> tuple[str, int]:
    """The JSON text of the table whose first line is lines[at], and the line after it."""
    intro = grammar.INTRO.match(lines[at])
    if intro is None or at + 1 >= len(lines):
        raise Undecodable(lines[at])
    kind, count, brackets = intro[1], int(intro[2]), intro[3] + intro[4]
    template = Parser(lines[at + 1], brackets).template()
    whole = grammar.WHOLE in lines[at]
    at += 2
    if whole:
        return _joined(kind, _filled(template, _Rows(count, {}))), at
    packed: list[re.Match[str]] = []
    while at < len(lines) and (found := grammar.PACKED.fullmatch(lines[at])):
        packed.append(found)
        at += 1
    if at >= len(lines) or not lines[at].startswith(grammar.COLUMNS):
        raise Undecodable("no columns")
    header = lines[at].removeprefix(grammar.COLUMNS)
    rows, end = _rows(lines, at + 1, header, count)
    for found in packed:
        rows.columns[found[2]] = _unpacked(rows.columns.get(found[2], []), found, brackets)
    return _joined(kind, _filled(template, rows)), end


def _joined(kind: str, texts: list[str]) -> str:
    if kind == "lines":
        return "\n".join(texts)
    return f"[{','.join(texts)}]" if kind == "list" else f"{{{','.join(texts)}}}"


def _unpacked(column: list[str | None], packed: re.Match[str], brackets: str) -> list[str | None]:
    """A column's cells with objects in place of the lists of what varies in them."""
    template = Parser(packed[4], brackets).template()
    quoted = {
        name: piece.quoted
        for piece in template.pieces
        if isinstance(piece, Hole)
        for name in piece.parts[1::2]
    }
    names = packed[3].split(",") if packed[3] else []
    items: list[list[str]] = []
    amounts: dict[int, int] = {}
    for row, text in enumerate(column):
        if text is not None and text[:1] == "[":
            held = loads(text)
            inner = held if packed[1] else [held]
            if not isinstance(inner, list):
                raise Undecodable(text)
            amounts[row] = len(inner)
            items += [_item(item, names, quoted) for item in inner]
    columns = {name: [item[at] for item in items] for at, name in enumerate(names)}
    texts = iter(_filled(template, _Rows(len(items), cast("dict[str, list[str | None]]", columns))))
    found = list(column)
    for row, amount in amounts.items():
        objects = ",".join(islice(texts, amount))
        found[row] = f"[{objects}]" if packed[1] else objects
    return found


def _item(item: Value, names: list[str], quoted: dict[str, bool]) -> list[str]:
    if not isinstance(item, list) or len(item) != len(names):
        raise Undecodable("a list has another length than its names")
    return [
        (JSON_CELL if quoted.get(name) else "") + dumps(value)
        for name, value in zip(names, item, strict=True)
    ]


def _rows(lines: list[str], at: int, header: str, count: int) -> tuple[_Rows, int]:
    groups = [group.split(" ") for group in header.split(grammar.PART)] if header else []
    rows = _Rows(count, {})
    least = max(len(groups), 1)
    found: list[Sequence[str | None]] = []
    while (row := len(found)) < count:
        if at >= len(lines):
            raise Undecodable("rows are missing")
        line = lines[at]
        at += 1
        if line[:1] == grammar.ANCHOR:
            continue
        if line[:1] == grammar.WHOLE_ROW:
            rows.whole[row] = line[1:]
            found.append([None] * least)
            continue
        parts = (line[1:] if line[:2] in grammar.GUARDED else line).split(grammar.PART)
        if len(parts) < least:
            raise Undecodable(line)
        if len(parts) > least:
            rows.patches[row] = dict(map(_patch, parts[least:]))
            del parts[least:]
        found.append(parts)
    columns = zip(*found, strict=True) if found else ([] for _ in groups)
    for group, column in zip(groups, columns, strict=False):
        rows.columns |= zip(group, _apart(column, len(group)), strict=True)
    return rows, at


def _patch(end: str) -> tuple[str, str | None]:
    """(name, its value in this row) of what stands at a row's end."""
    name, _, text = end.partition("=")
    return name, None if text == JSON_CELL else text


def _apart(column: Sequence[str | None], width: int) -> Sequence[list[str | None]]:
    """The columns of words that one column holds; raises ValueError where a row has others."""
    if width == 1:
        return [list(column)]
    none = [None] * width
    rows = (none if part is None else part.split(" ") for part in column)
    found = list(map(list, zip(*rows, strict=True)))
    return found or [[] for _ in range(width)]


def _filled(template: Template, rows: _Rows) -> list[str]:
    """The rows' JSON texts."""
    by_path = {member.path: member for member in template.members}
    named = {name: by_path[path] for path, name in grammar.names(list(by_path)).items()}
    fill = _Fill(template, rows, named)
    columns = [fill.texts(index) for index in range(len(template.pieces))]
    usual, texts = fill.usual(columns), list[str]()
    odd = rows.whole or rows.patches or any(None in column for column in usual)
    if not odd:
        texts = list(map("".join, zip(*usual, strict=True)))
    for row, pieces in enumerate(zip(*usual, strict=True)) if odd else ():
        if row in rows.whole:
            texts.append(rows.whole[row])
        elif row in rows.patches or None in pieces:
            texts.append("".join(fill.patched([column[row] for column in columns], row)))
        else:
            texts.append("".join(pieces))
    joined = "\n".join(texts)
    if COMMA not in joined:
        return texts
    joined = joined.replace("{" + COMMA, "{").replace("[" + COMMA, "[").replace(COMMA, ",")
    return joined.split("\n") if texts else []


@dataclass(slots=True)
class _Fill:
    """Fills the holes of a template, column by column."""

    template: Template
    rows: _Rows
    named: dict[str, Member]
    done: dict[int, list[str | None]] = field(default_factory=dict)

    def texts(self, index: int) -> list[str | None]:
        """The JSON text that the piece has in each row; None where the key is absent."""
        piece = self.template.pieces[index]
        if isinstance(piece, str):
            return [piece] * self.rows.count
        if index not in self.done:
            owner = next((n for n, m in self.named.items() if m.first + 1 == index), "")
            self.done[index] = self._computed(piece, owner)
        return self.done[index]

    def usual(self, columns: list[list[str | None]]) -> list[list[str | None]]:
        """The columns without the keys that a row only has where it says so."""
        found = list(columns)
        for member in self.template.members:
            piece = self.template.pieces[member.first + 1]
            if isinstance(piece, Hole) and piece.parts[1] == grammar.ABSENT_HOLE:
                found[member.first : member.end] = [[""] * self.rows.count] * 2
        return found

    def patched(self, pieces: list[str | None], row: int) -> list[str]:
        """A row's pieces with the values at its end in place and absent keys left out."""
        patches = self.rows.patches.get(row, {})
        for name, text in patches.items():
            if name not in self.named:
                raise Undecodable(name)
            member = self.named[name]
            pieces[member.first + 1 : member.end] = [text] + [""] * (member.end - member.first - 2)
        for member in self.template.members:
            if pieces[member.first + 1] is None:
                pieces[member.first : member.end] = [""] * (member.end - member.first)
        return ["" if piece is None else piece for piece in pieces]

    def _computed(self, hole: Hole, owner: str) -> list[str | None]:
        count, parts = self.rows.count, hole.parts
        if len(parts) == 3 and not parts[0] and not parts[2]:
            name = parts[1]
            found = PROGRESSION.fullmatch(name)
            if name == grammar.ABSENT_HOLE:
                return [None] * count
            if name[:1] == grammar.CONSTANT_HOLE:
                return [name[1:]] * count
            if found:
                return list(
                    map(literal, predict(Progression(found[1], int(found[2]), found[3]), count))
                )
            if name in self.rows.columns:
                return _values(self.rows.columns[name], hole.quoted)
            if not hole.quoted:
                return self._member(name)
        return self._joined(hole, owner)

    def _own(self, name: str, owner: str) -> bool:
        """Whether a column is this key's own; what is no string in it is the whole value then."""
        return name == owner or name.startswith(f"{owner}.")

    def _joined(self, hole: Hole, owner: str) -> list[str | None]:
        columns: list[list[str | None] | repeat[str | None]] = []
        whole: dict[int, str | None] = {}
        for index, part in enumerate(hole.parts):
            if index % 2 == 0:
                columns.append(repeat(part))
            elif part in self.rows.columns:
                values = _values(self.rows.columns[part], True)
                columns.append([_inside(text) for text in values])
                if self._own(part, owner):
                    whole |= {row: v for row, v in enumerate(values) if v is None or v[:1] != '"'}
            else:
                columns.append([_inside(text) for text in self._member(part)])
        texts = [
            f'"{"".join(texts)}"' if None not in texts else None
            for texts in zip(*columns, strict=False)
        ]
        for row, value in whole.items():
            texts[row] = value
        return texts

    def _member(self, name: str) -> list[str | None]:
        """The values of another key, those at the line's end included."""
        if name not in self.named:
            raise Undecodable(name)
        member = self.named[name]
        texts = list(self.texts(member.first + 1))
        for row, patches in self.rows.patches.items():
            if name in patches:
                texts[row] = patches[name]
        return texts


def _values(column: list[str | None], quoted: bool) -> list[str | None]:
    """The cells' JSON texts; None where absent or elsewhere."""
    texts = [text for text in column if text is not None]
    starts = {text[:1] for text in texts}
    if len(texts) == len(column) and not starts & {JSON_CELL, ELSEWHERE}:
        return list(map(encode_basestring, texts)) if quoted else column
    return [None if text is None else _value(text, quoted) for text in column]


def _value(text: str, quoted: bool) -> str | None:
    if text in (JSON_CELL, ELSEWHERE):
        return None
    if text[:1] == JSON_CELL:
        return text[1:]
    return encode_basestring(text) if quoted else text


def _inside(text: str | None) -> str | None:
    """What a value adds to the string it stands in."""
    return text[1:-1] if text and text[:1] == '"' else text
