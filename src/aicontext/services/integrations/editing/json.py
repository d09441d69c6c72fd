"""JSON, with or without comments and trailing commas."""

from __future__ import annotations

import json
import re

from aicontext.services.integrations.editing import flow
from aicontext.services.integrations.editing.flow import Layout, Syntax
from aicontext.services.integrations.editing.tree import (
    Found,
    Member,
    Node,
    Path,
    follow,
    indentation,
    malformed,
    newline,
    wrapped,
)

_DEEPEST = 100
_GAP = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_REST = re.compile(r"(?:[ \t]+|//[^\r\n]*|/\*[^\r\n]*?\*/)*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_BARE = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


def parse(text: str) -> object:
    """The document's data; None of an empty one. Raises Malformed."""
    root = _scanned(text)
    return root.value if root else None


def put(text: str, path: Path, value: object) -> str:
    """The text with the value at the path, in what there is of the document's own style."""
    root = _scanned(text)
    if root is None:
        laid = Layout("  ", newline(text))
        return text + _member(None, wrapped(path, value), laid, "") + laid.newline
    found = follow(text, root, path)
    return flow.put(text, found, value, SYNTAX, _layout(text, found))


def take(text: str, path: Path) -> str:
    """The text without the value at the path."""
    root = _scanned(text)
    found = follow(text, root, path) if root else None
    if found is None or found.rest:
        return text
    return flow.taken(text, found.nodes[-2], found.places[-1], SYNTAX)


def _layout(text: str, found: Found) -> Layout:
    """As the nearest table that has members is laid out."""
    node = next((node for node in reversed(found.nodes) if node.members), found.nodes[0])
    return flow.laid_out(text, node, _unit(text, found.nodes[0]))


def _unit(text: str, root: Node) -> str:
    return (root.members and indentation(text, root.members[0].start)) or "  "


def _member(key: str | None, value: object, layout: Layout, indent: str) -> str:
    """One key and value; in lines, but for empty ones, where the layout has a unit."""
    if layout.unit:
        body = json.dumps(value, indent=layout.unit, ensure_ascii=False)
        body = body.replace("\n", layout.newline + indent)
    else:
        blank = " " if layout.spaced else ""
        body = json.dumps(value, separators=(f",{blank}", f":{blank}"), ensure_ascii=False)
    if key is None:
        return body
    return f"{json.dumps(key, ensure_ascii=False)}:{' ' if layout.spaced else ''}{body}"


SYNTAX = Syntax(_GAP, _REST, _member)


def _scanned(text: str) -> Node | None:
    at = _skipped(text, 0)
    if at == len(text):
        if text.strip():
            raise malformed(text, at, "there is no value")
        return None
    root = _value(text, at, 0)
    end = _skipped(text, root.end)
    if end < len(text):
        raise malformed(text, end, "there is more after the value")
    return root


def _skipped(text: str, at: int) -> int:
    match = _GAP.match(text, at)
    assert match
    return match.end()


def _value(text: str, at: int, depth: int) -> Node:
    if depth > _DEEPEST:
        raise malformed(text, at, "values stand too deep in each other")
    if text[at : at + 1] == "{":
        return _collection(text, at, "}", depth)
    if text[at : at + 1] == "[":
        return _collection(text, at, "]", depth)
    match = _STRING.match(text, at) or _BARE.match(text, at)
    if match is None:
        raise malformed(text, at, "a value is expected")
    return Node(json.loads(match[0]), at, match.end())


def _collection(text: str, start: int, closing: str, depth: int) -> Node:
    members: list[Member] = []
    at = _skipped(text, start + 1)
    while text[at : at + 1] != closing:
        member = (
            _key(text, at, depth)
            if closing == "}"
            else Member(None, at, _value(text, at, depth + 1))
        )
        members.append(member)
        at = _skipped(text, member.end)
        if text[at : at + 1] == ",":
            at = _skipped(text, at + 1)
        elif text[at : at + 1] != closing:
            raise malformed(text, at, f"',' or '{closing}' is expected")
    value: object = [member.node.value for member in members]
    if closing == "}":
        value = {member.key: member.node.value for member in members}
    return Node(value, start, at + 1, True, tuple(members))


def _key(text: str, at: int, depth: int) -> Member:
    match = _STRING.match(text, at)
    if match is None:
        raise malformed(text, at, "a key in double quotes is expected")
    colon = _skipped(text, match.end())
    if text[colon : colon + 1] != ":":
        raise malformed(text, colon, "':' is expected")
    return Member(json.loads(match[0]), at, _value(text, _skipped(text, colon + 1), depth + 1))
