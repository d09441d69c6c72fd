"""Reads lock files as a tree: npm, yarn, pnpm, Cargo, uv, poetry, pdm, go.sum, pip's hashes.

One reader for what is written by indentation (JSON as npm writes it, YAML, yarn's own), one for
TOML, one for a package a line. None needs the whole file: a part of it reads as a part of the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

DEEPEST = 100
"""Levels; what is deeper hangs on the last."""

_CLOSING = re.compile(r"[\]})]+,?\Z")
_FIELD = re.compile(
    r"(?:\"([^\"]{1,300})\"|'([^']{1,300})'|([^\s\"':=,\[{][^\s\"',]{0,299}?))"
    r"(?::? +|:(?=\[|\{))(\S.*)\Z"
)
_TOML_FIELD = re.compile(r"\s*(?:\"([^\"]{1,300})\"|([\w.-]{1,300})) = (\S.*)\Z")
_TABLE = re.compile(r"\[{1,2}([^\[\]]{1,300})\]{1,2}\s*\Z")
_SUM = re.compile(r"(\S{1,300}) (v[^\s/]{1,200})(/go\.mod)? (h1:\S{40,60})\Z")
_PIN = re.compile(
    r"([A-Za-z0-9][\w.-]{0,100}(?:\[[^\]]{1,100}\])?)==([^\s;\\]{1,100})([^\\]{0,300})\\?\Z"
)
_HASH = re.compile(r"\s+--hash=(\w+:[0-9a-f]{32,128})\s*\\?\Z")
_QUOTES = re.compile(r"[\"']")


@dataclass(slots=True)
class Node:
    """A key with its value, or with what stands under it; an item of a list is a key alone."""

    key: str
    value: str = ""
    under: list[Node] = field(default_factory=list)

    def get(self, key: str) -> str:
        """The value of the first key of that name under this one; empty where there is none."""
        return next((node.value for node in self.under if node.key == key), "")


def read(lines: Sequence[str]) -> list[Node]:
    """The tree of a lock file's lines; comments are keys without value. Linear, never raises."""
    if any(line.startswith("[[") for line in lines):
        return list(_tables(lines))
    if any(map(_SUM.match, lines)):
        return list(_sums(lines))
    if any(map(_HASH.match, lines)):
        return list(_pins(lines))
    return _indented(lines)


def _indented(lines: Sequence[str]) -> list[Node]:
    root = Node("")
    stack = [(-1, root)]
    for line in lines:
        body = line.strip()
        if not body or body in "{[" or _CLOSING.match(body):
            continue
        indent = len(line) - len(line.lstrip())
        while stack[-1][0] >= indent:
            stack.pop()
        node = _node(body)
        stack[-1][1].under.append(node)
        if len(stack) < DEEPEST:
            stack.append((indent, node))
    return _joined(root.under)


def _joined(nodes: list[Node]) -> list[Node]:
    """pnpm tells of `packages:` and again of `snapshots:`, each with its peers: both in one."""
    held = {node.key: node for node in nodes}
    if not {"packages", "snapshots"} <= held.keys():
        return nodes
    told = {node.key: node for node in held["packages"].under}
    for shot in held["snapshots"].under:
        if package := told.pop(shot.key.partition("(")[0], None):
            shot.under[:0] = package.under
    held["packages"].under[:] = told.values()
    return [node for node in nodes if node.key != "packages" or told]


def _node(body: str) -> Node:
    body = body.removesuffix(",")
    opens = body.endswith(("{", "["))
    if opens:
        body = body[:-1].rstrip()
    if body.endswith(":") or opens:
        return Node(_QUOTES.sub("", body.removesuffix(":")))
    if body[:1] != "#" and (found := _FIELD.match(body)):
        return Node(found[1] or found[2] or found[3], plain(found[4]))
    return Node(plain(body.removeprefix("- ")))


def plain(value: str) -> str:
    """A value without quotes and braces: `{ node = ">=6" }` and `{node: '>=6'}` as `node >=6`."""
    value = value.strip().removesuffix(",")
    if value[:1] in ("{", "[") and value[-1] in ("}", "]"):
        value = value[1:-1].strip().replace(" = ", " ").replace(": ", " ")
        return value.replace('"' if '"' in value else "'", "")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _tables(lines: Sequence[str]) -> Iterator[Node]:
    """TOML's tables: `[package.source]` stands under the `[[package]]` before it."""
    table = into = Node("")
    name, at = "", 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if opened := _TABLE.match(line):
            whole = opened[1].strip()
            if name and whole.startswith(f"{name}."):
                into = Node(whole[len(name) + 1 :])
                table.under.append(into)
                continue
            yield from [table] if table.key else table.under
            table = into = Node(whole)
            name = whole if line.startswith("[[") else ""
        elif found := _TOML_FIELD.match(line):
            node = Node(found[1] or found[2], plain(found[3]))
            into.under.append(node)
            if found[3] in ("[", "{"):
                node.value = ""
                while at < len(lines) and not _CLOSING.match(lines[at].strip()):
                    node.under.append(Node(_item(lines[at])))
                    at += 1
                at += 1
        elif line.strip():
            into.under.append(Node(line.strip()))
    yield from [table] if table.key else table.under


def _item(line: str) -> str:
    """An item of a list: `{ name = "a", marker = "b" }` as `a marker b`."""
    return plain(line).removeprefix("name ").replace(", ", " ")


def _sums(lines: Sequence[str]) -> Iterator[Node]:
    """go.sum: a module with its versions; `/go.mod` behind those that were only looked at."""
    for module, group in groupby(map(_SUM.match, lines), lambda found: found[1] if found else ""):
        found = [match for match in group if match]
        built = {match[2] for match in found if not match[3]}
        looked = dict.fromkeys(match[2] for match in found)
        said = ", ".join(one if one in built else f"{one}/go.mod" for one in looked)
        if found:
            seals = (Node("checksum", match[4]) for match in found)
            yield Node(module, "", [Node("version", said), *seals])


def _pins(lines: Sequence[str]) -> Iterator[Node]:
    """pip's requirements with hashes."""
    node = Node("")
    for line in lines:
        if hashed := _HASH.match(line):
            node.under.append(Node("hash", hashed[1]))
        elif pinned := _PIN.match(line):
            node = Node(pinned[1], "", [Node("version", pinned[2])])
            if more := pinned[3].strip("; "):
                node.under.append(Node(more))
            yield node
        elif line.strip().startswith("#") and line[:1].isspace():
            node.under.append(Node(line.strip().removeprefix("# ")))
        elif line.strip():
            node = Node(line.strip())
            yield node
