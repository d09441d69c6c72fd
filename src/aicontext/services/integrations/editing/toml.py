"""TOML. The text is known to be valid where its parts are looked for: `tomllib` has read it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from aicontext.services.integrations.editing import flow
from aicontext.services.integrations.editing.flow import Layout, Syntax
from aicontext.services.integrations.editing.tree import (
    Entry,
    Member,
    Node,
    Path,
    before_new_line,
    follow,
    line_end,
    line_start,
    malformed,
    newline,
    without_lines,
    without_section,
    wrapped,
)

_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_REST = re.compile(r"(?:[ \t]+|#[^\r\n]*)*")
_SKIPPED = re.compile(r"[ \t]*")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\]|\\.)*"|\'[^\']*\'', re.DOTALL
)
_BARE = re.compile(r"[^\s,\]}#](?:[^\r\n,\]}#]*[^\s,\]}#])?")
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

Place = tuple[str | int, ...]
"""Keys of tables and numbers of elements in arrays of tables."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """A header or a key with its value. place: what it defines. keys: how many of the last steps
    stand here. node: the value; None of a header. array: the header of an element."""

    place: Place
    keys: int
    start: int
    end: int
    node: Node | None = None
    array: bool = False

    @property
    def header(self) -> bool:
        return self.node is None


def parse(text: str) -> dict[str, object]:
    """The document's data. Raises Malformed."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        line, column = (int(found[1]), int(found[2])) if found and found[1] else _end(text)
        what = str(error)[: found.start()] if found else str(error)
        at = sum(map(len, text.split("\n")[: line - 1])) + line - 1 + column - 1
        raise malformed(text, at, what[:1].lower() + what[1:]) from None


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def put(text: str, path: Path, value: object) -> str:
    """The text with the value at the path; a new table has a section of its own at the end."""
    place, rest = _resolved(parse(text), path)
    statements = list(_statements(text))
    inside = _inside(statements, place)
    if inside and inside.node and (inside.node.flow or not rest):
        return _put_inline(text, inside, path, value)
    if not rest:
        return put(take(text, path), path, value)
    return _added(text, statements, place, rest, value)


def take(text: str, path: Path) -> str:
    """The text without the value at the path: its lines, or its part of a line."""
    place, rest = _resolved(parse(text), path)
    if rest:
        return text
    statements = list(_statements(text))
    inside = _inside(statements, place)
    if inside and inside.node and len(inside.place) < len(place):
        found = follow(text, inside.node, path[len(inside.place) :])
        return flow.taken(text, found.nodes[-2], found.places[-1], _syntax(text, found.nodes[-2]))
    for one in reversed([one for one in statements if one.place[: len(place)] == place]):
        text = _without(text, one)
    return text


def _without(text: str, one: _Statement) -> str:
    if one.header:
        return without_section(text, one.start, one.end)
    kept = without_lines(text, one.start, one.end)
    return kept if line_start(text, one.start) else re.sub(r"\A\r?\n", "", kept)


def _put_inline(text: str, inside: _Statement, path: Path, value: object) -> str:
    assert inside.node
    found = follow(text, inside.node, path[len(inside.place) :])
    node = found.nodes[-1]
    return flow.put(text, found, value, _syntax(text, node), flow.laid_out(text, node, ""))


def _resolved(data: object, path: Path) -> tuple[Place, Path]:
    """(as much of the path as exists, entries by their numbers; the rest)."""
    place: list[str | int] = []
    for step in path:
        if isinstance(step, str):
            if not isinstance(data, dict) or step not in data:
                break
            place.append(step)
            data = data[step]
        else:
            elements = data if isinstance(data, list) else []
            at = next((i for i, one in enumerate(elements) if step.matches(one)), None)
            if at is None:
                break
            place.append(at)
            data = elements[at]
    return tuple(place), path[len(place) :]


def _inside(statements: list[_Statement], place: Place) -> _Statement | None:
    """The statement in whose value the place lies."""
    return next(
        (one for one in statements if one.node and one.place == place[: len(one.place)]), None
    )


def _added(text: str, statements: list[_Statement], place: Place, rest: Path, value: object) -> str:
    """The text with a new value under a table, or a new element of an array of tables."""
    within = [one for one in statements if one.place[: len(place)] == place]
    sections = [one for one in within if one.header and one.place == place]
    dotted = [one for one in within if not one.header and one.keys > 1 and not sections]
    deep = isinstance(wrapped(rest, value), dict) and isinstance(wrapped(rest[1:], value), dict)
    if dotted and place:
        above = place[len(dotted[-1].place) - dotted[-1].keys :]
        return _after(text, dotted[-1], _line((*map(str, above), str(rest[0])), value, rest))
    if isinstance(rest[0], Entry) or (deep and not any(isinstance(one, int) for one in place)):
        return _section(text, place, rest, value)
    if place and not sections:
        return _section(text, place, rest, value)
    return _keyed(text, statements, sections, rest, value)


def _line(keys: tuple[str, ...], value: object, rest: Path) -> str:
    return f"{'.'.join(map(_quoted, keys))} = {_inline(wrapped(rest[1:], value))}"


def _keyed(
    text: str, statements: list[_Statement], sections: list[_Statement], rest: Path, value: object
) -> str:
    """The text with a new key at the end of its section, or of the keys before all sections."""
    line = _line((str(rest[0]),), value, rest)
    if sections:
        header = statements.index(sections[-1])
        keys = [header]
        while keys[-1] + 1 < len(statements) and not statements[keys[-1] + 1].header:
            keys.append(keys[-1] + 1)
        return _after(text, statements[keys[-1]], line)
    roots: list[_Statement] = []
    for one in statements:
        if one.header:
            break
        roots.append(one)
    if roots:
        return _after(text, roots[-1], line)
    end = newline(text)
    if statements:
        return line + end + end + text
    return text + before_new_line(text) + line + end


def _after(text: str, one: _Statement, line: str) -> str:
    at = line_end(text, one.end)
    indent = text[line_start(text, one.start) : one.start]
    return f"{text[:at]}{newline(text)}{indent}{line}{text[at:]}"


def _section(text: str, place: Place, rest: Path, value: object) -> str:
    """The text with a new section at its end."""
    inner = wrapped(rest, value)
    keys = [str(step) for step in place if isinstance(step, str)]
    array = False
    while isinstance(inner, dict) and len(inner) == 1 and not array:
        ((key, below),) = inner.items()
        if not isinstance(below, dict) and not _tables(below):
            break
        keys.append(key)
        inner, array = (below, False) if isinstance(below, dict) else (below[0], True)
    if isinstance(inner, list):
        inner, array = inner[0], True
    end = newline(text)
    name = ".".join(map(_quoted, keys))
    lines = [f"[[{name}]]" if array else f"[{name}]"]
    assert isinstance(inner, dict)
    lines += [f"{_quoted(key)} = {_inline(one)}" for key, one in inner.items()]
    between = before_new_line(text) + end if text else ""
    final = end if not text or text.endswith("\n") else ""
    return text + between + end.join(lines) + final


def _tables(value: object) -> bool:
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _inline(value: object) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{_quoted(key)} = {_inline(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _member(key: str | None, value: object, layout: Layout, indent: str) -> str:
    return _inline(value) if key is None else f"{_quoted(key)} = {_inline(value)}"


def _syntax(text: str, node: Node) -> Syntax:
    """Lists may go over lines, tables not."""
    return Syntax(_GAP, _REST, _member, lines=text.startswith("[", node.start))


def _statements(text: str) -> Iterator[_Statement]:
    table: Place = ()
    counts: dict[Place, int] = {}
    at = _past(_GAP, text, 0)
    while at < len(text):
        start, brackets = at, 2 if text.startswith("[[", at) else int(text[at] == "[")
        keys, at = _dotted(text, _past(_SKIPPED, text, at + brackets))
        if brackets:
            at = _past(_SKIPPED, text, at) + brackets
            table = _counted(keys, counts, brackets == 2)
            yield _Statement(table, len(keys), start, at, array=brackets == 2)
        else:
            node = _value(text, _past(_SKIPPED, text, _past(_SKIPPED, text, at) + 1))
            at = node.end
            yield _Statement((*table, *keys), len(keys), start, at, node)
        at = _past(_GAP, text, at)


def _counted(keys: tuple[str, ...], counts: dict[Place, int], array: bool) -> Place:
    """The place that a header means: the newest element of each array on its way."""
    place: Place = ()
    for key in keys[:-1]:
        place = (*place, key)
        if place in counts:
            place = (*place, counts[place])
    place = (*place, keys[-1])
    if array:
        counts[place] = counts.get(place, -1) + 1
    return (*place, counts[place]) if place in counts else place


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    assert match
    return match.end()


def _dotted(text: str, at: int) -> tuple[tuple[str, ...], int]:
    keys: list[str] = []
    while True:
        match = _KEY.match(text, at)
        assert match
        keys.append(_bare(match[0]))
        at = match.end()
        dot = _DOT.match(text, at)
        if dot is None:
            return tuple(keys), at
        at = dot.end()


def _bare(key: str) -> str:
    if key[0] not in "\"'":
        return key
    (name,) = tomllib.loads(f"{key} = 0")
    return name


def _value(text: str, at: int) -> Node:
    if text[at] == "[":
        return _collection(text, at, "]")
    if text[at] == "{":
        return _collection(text, at, "}")
    match = _STRING.match(text, at) if text[at] in "\"'" else _BARE.match(text, at)
    assert match
    return Node(tomllib.loads(f"v = {match[0]}")["v"], at, match.end())


def _collection(text: str, start: int, closing: str) -> Node:
    members: list[Member] = []
    at = _past(_GAP, text, start + 1)
    while text[at] != closing:
        member = _pair(text, at) if closing == "}" else Member(None, at, _value(text, at))
        members.append(member)
        at = _past(_GAP, text, member.end)
        if text[at] == ",":
            at = _past(_GAP, text, at + 1)
    end = at + 1
    value = tomllib.loads(f"v = {text[start:end]}")["v"]
    return Node(value, start, end, True, tuple(members))


def _pair(text: str, at: int) -> Member:
    """A key of an inline table; one that is dotted holds a table of its own."""
    keys, end = _dotted(text, at)
    node = _value(text, _past(_SKIPPED, text, _past(_SKIPPED, text, end) + 1))
    for key in reversed(keys[1:]):
        value = {key: node.value}
        node = Node(value, node.start, node.end, False, (Member(key, node.start, node),))
    return Member(keys[0], at, node)
