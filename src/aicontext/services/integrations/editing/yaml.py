"""YAML, read by PyYAML, whose marks say where each value stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml

from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.services.integrations.editing import flow
from aicontext.services.integrations.editing.flow import Layout, Syntax
from aicontext.services.integrations.editing.tree import (
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
    wrapped,
)

_GAP = re.compile(r"(?:[ \t\r\n]+|(?<=\s)#[^\r\n]*)*")
_REST = re.compile(r"(?:[ \t]+|(?<=\s)#[^\r\n]*)*")
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
_LARGEST = 10**5
"""Values in a document, aliases followed."""

_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", ""}
_ALIAS = re.compile(r"[ \t]*\*[^\s,\]}]+")
_NULL = "tag:yaml.org,2002:null"


class _Loader(yaml.BaseLoader):  # type: ignore[misc]  # PyYAML brings no types.
    """Makes text of all scalars but null, and takes no notice of tags."""


_Loader.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_constructor(_NULL, lambda *_: None)


def parse(text: str) -> object:
    """The document's data, scalars but null as text; None of an empty one. Raises Malformed."""
    try:
        data: object = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise malformed(text, mark.index if mark else 0, error.problem or "it is no YAML") from None
    except yaml.YAMLError as error:
        at = getattr(error, "position", 0)
        raise malformed(text, at, "it holds a character that YAML forbids") from None
    if _size(data, {}) > _LARGEST:
        raise InputTooLarge("Its aliases stand for more than can be looked at.")
    return data


def _size(data: object, known: dict[int, int]) -> int:
    """How many values the data holds, what aliases repeat counted each time."""
    if id(data) not in known:
        inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        known[id(data)] = 1 + sum(_size(one, known) for one in inner)
    return known[id(data)]


def plain(value: object) -> object:
    """The value as `parse` would give it back."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, str | None) else json.dumps(value)


def put(text: str, path: Path, value: object) -> str:
    """The text with the value at the path, in blocks unless what holds it stands in brackets."""
    root = _composed(text)
    if root is None:
        return _first(text, wrapped(path, value))
    found = follow(text, root, path)
    node = found.nodes[-1]
    if node.flow or (not found.rest and not node.members and not isinstance(value, dict | list)):
        laid = flow.laid_out(text, node, "  ") if node.members else Layout("", newline(text))
        return flow.put(text, found, value, SYNTAX, laid)
    if not found.rest:
        kept = take(text, path)
        return put(kept, path, value)
    if not node.members:
        if node.end > node.start:
            return flow.put(text, found, value, SYNTAX, Layout("", newline(text)))
        return _under(text, found.nodes, found.places, wrapped(found.rest, value))
    step, rest = found.rest[0], found.rest[1:]
    key = step if isinstance(step, str) else None
    indent = " " * (node.start - line_start(text, node.start))
    lines = _lines(key, wrapped(rest, value), _unit(text, root))
    return _after(text, node.end, indent, lines)


def take(text: str, path: Path) -> str:
    """The text without the value at the path: its lines, or its part of a line."""
    root = _composed(text)
    found = follow(text, root, path) if root else None
    if found is None or found.rest:
        return text
    holder, place = found.nodes[-2], found.places[-1]
    if holder.flow:
        return flow.taken(text, holder, place, SYNTAX)
    member = holder.members[place]
    before = text[line_start(text, member.start) : member.start]
    if before.strip(" ") in ("", "-" if member.key is None else ""):
        last = member.end - 1 if text[member.end - 1 : member.end] == "\n" else member.end
        return without_lines(text, member.start, last)
    if place + 1 < len(holder.members):
        return text[: member.start] + text[holder.members[place + 1].start :]
    return text[: member.start] + "{}" + text[member.end :]


def _first(text: str, value: object) -> str:
    """A document of nothing but comments, with a value behind them."""
    end = newline(text)
    return text + before_new_line(text) + end.join(_block(value, "  ")) + end


def _under(text: str, nodes: tuple[Node, ...], places: tuple[int, ...], value: object) -> str:
    """The text with a block below a key that has no value yet."""
    holder = nodes[-2]
    column = holder.members[places[-1]].start - line_start(text, holder.members[places[-1]].start)
    unit = _unit(text, nodes[0])
    at = line_end(text, nodes[-1].end)
    indent = " " * column + unit
    return (
        text[:at]
        + "".join(newline(text) + indent + line for line in _block(value, unit))
        + text[at:]
    )


def _after(text: str, end: int, indent: str, lines: list[str]) -> str:
    ending = newline(text)
    if text[end - 1 : end] == "\n":
        return text[:end] + "".join(indent + line + ending for line in lines) + text[end:]
    at = line_end(text, end)
    return text[:at] + "".join(ending + indent + line for line in lines) + text[at:]


def _unit(text: str, root: Node) -> str:
    """One step of indentation, as the first block in a block shows it."""
    for member in root.members:
        if not member.node.flow and member.node.members and member.key is not None:
            outer = member.start - line_start(text, member.start)
            inner = member.node.start - line_start(text, member.node.start)
            if inner > outer:
                return " " * (inner - outer)
    return "  "


def _lines(key: str | None, value: object, unit: str) -> list[str]:
    if key is None:
        lines = _block(value, unit)
        return [f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]
    if isinstance(value, dict | list) and value:
        return [f"{_text(key)}:", *(unit + line for line in _block(value, unit))]
    return [f"{_text(key)}: {_text(value)}"]


def _block(value: object, unit: str) -> list[str]:
    if isinstance(value, dict) and value:
        return [line for key, one in value.items() for line in _lines(key, one, unit)]
    if isinstance(value, list) and value:
        return [line for one in value for line in _lines(None, one, unit)]
    return [_text(value)]


def _text(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _member(key: str | None, value: object, layout: Layout, indent: str) -> str:
    """In brackets YAML reads JSON; a value alone may stay without quotes."""
    if key is None:
        return _text(value)
    if not layout.unit:
        return f"{_text(key)}: {_text(value)}"
    body = json.dumps(value, indent=layout.unit, ensure_ascii=False)
    return f"{_text(key)}: {body}".replace("\n", layout.newline + indent)


SYNTAX = Syntax(_GAP, _REST, _member)


def _composed(text: str) -> Node | None:
    """The root; None of an empty document. Raises InvalidInput for what cannot be edited."""
    parse(text)
    root = yaml.compose(text, _Loader)
    if root is None:
        return None
    if any(isinstance(event, yaml.DocumentEndEvent) and event.explicit for event in _events(text)):
        raise InvalidInput("The document has an explicit end ('...').")
    return _node(text, root, 0)


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, _Loader)


def _node(text: str, node: yaml.Node, after: int) -> Node:
    """after: where what comes before ends; a node that starts earlier is an alias of that one."""
    start, end = node.start_mark.index, node.end_mark.index
    if start < after:
        match = _ALIAS.match(text, after)
        at = match.end() if match else after
        return Node(None if match is None else "*", at, at)
    if isinstance(node, yaml.ScalarNode):
        return Node(None if node.tag == _NULL else node.value, start, end)
    members = tuple(_members(text, node))
    if not node.flow_style:
        end = members[-1].end if members else end
    return Node(_data(members, node), start, end, bool(node.flow_style), members)


def _data(members: tuple[Member, ...], node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {member.key: member.node.value for member in members}
    return [member.node.value for member in members]


def _members(text: str, node: yaml.Node) -> Iterator[Member]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            after = text.find(":", key.end_mark.index) + 1
            yield Member(name, key.start_mark.index, _node(text, value, after))
        return
    after = node.start_mark.index
    for value in node.value:
        found = _node(text, value, after)
        after = found.end
        yield Member(None, found.start, found)
