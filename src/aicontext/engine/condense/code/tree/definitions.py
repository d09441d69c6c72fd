"""Definitions from a syntax tree, found by one walk that goes down only where lines are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from aicontext.engine.condense.code.definition import LONGEST_HEAD, Definition
from aicontext.engine.condense.code.shapes import CALLABLE, SHAPES, VALUE, Shapes
from aicontext.engine.condense.code.tree.bodies import emptied
from aicontext.engine.condense.code.tree.grammars import grammar, parse

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

DEEPEST = 120
"""Levels of the syntax tree that are looked at."""
_ATTRIBUTES = frozenset({"decorator", "attribute_item"})
_BODY_TYPES = (
    "block class_body enum_class_body function_body field_declaration_list declaration_list "
    "accessor_list do_block enumerator_list template_body struct_type interface_type object_type "
    "object array list dictionary set tuple"
)
_BODIES = frozenset(_BODY_TYPES.split())
_FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "generator_function", "function", "class"}
)
_BINDINGS = frozenset(
    {"variable_declarator", "assignment_expression", "pair", "public_field_definition"}
    | {"field_definition"}
)
_CALLS = frozenset({"call", "call_expression"})
"""Those on one line define nothing."""
_CLOSED = CALLABLE | VALUE | {"call"}
"""Kinds whose values inside are no definitions."""
_MACROS = frozenset({"c", "cpp"})
"""Languages in which much does not parse with bodies either."""
_KEYWORD = re.compile(rb"^[^{(=\n]*?\b(interface|enum|struct)\b")
_KEYWORDS = {b"interface": "interface", b"enum": "enum", b"struct": "struct"}
_WORD = re.compile(r"[\w$.:]+")
_NAMED = re.compile(r"([\w$]+)\s*(?:[=;{(:,\[]|$)")


def tree_outline(text: str, language: str) -> tuple[tuple[Definition, ...], bool] | None:
    """(definitions in the text's order, whether it all parsed); None where it cannot be parsed."""
    shapes = SHAPES.get(language)
    source = text.encode("utf-8", "surrogatepass")
    if shapes is None:
        return None
    read = emptied(source, language)
    tree = parse(read, language)
    if read != source and language not in _MACROS and (tree is None or tree.root_node.has_error):
        read, tree = source, parse(source, language)
    if tree is None:
        return None
    collector = _Collector(read)
    for node, role, level, lowest in _telling(tree, shapes, _roles(language), read):
        collector.add(node, role, level, lowest)
    return tuple(collector.found), not tree.root_node.has_error


class _Role(NamedTuple):
    """What nodes of a type are to an outline.

    kind: of the definition that they may be. wraps, adorns: what the definition inside, the one
    behind begins with. calls: defines nothing on one line.
    """

    type: str = ""
    kind: str = ""
    wraps: bool = False
    adorns: bool = False
    calls: bool = False

    @property
    def tells(self) -> bool:
        return bool(self.kind or self.wraps or self.adorns)


@cache
def _roles(language: str) -> Mapping[int, _Role]:
    """The roles that nodes of a grammar have, by the number of their type."""
    found, shapes = grammar(language), SHAPES[language]
    roles: dict[int, _Role] = {}
    for number in range(found.node_kind_count if found else 0):
        type_ = found.node_kind_for_id(number) if found else None
        role = _Role(
            type_ or "",
            shapes.kinds.get(type_ or "", ""),
            type_ in shapes.wrappers,
            type_ in _ATTRIBUTES,
            type_ in _CALLS,
        )
        if role.tells:
            roles[number] = role
    return roles


def _telling(
    tree: Tree, shapes: Shapes, roles: Mapping[int, _Role], source: bytes
) -> Iterator[tuple[Node, _Role, int, int]]:
    """(node that tells, its role, its level, the lowest level of the others passed before it).

    Parents first; below one-line nodes only inside wrappers, and inside of a callable only below
    nodes that hold what opens a definition there; on one line none there but what is a function.
    """
    lowest, line_end, size = DEEPEST, -1, len(source) + 1
    around = [(-1, False)]  # levels of the definitions around; whether values there are no news
    open_ = [iter((tree.root_node,))]  # Not a cursor, which hands out all tokens one by one.
    while open_:
        level = len(open_) - 1
        for node in open_[-1]:
            role = roles.get(node.kind_id)
            start, end = node.start_byte, node.end_byte
            if line_end < start:
                line_end = source.find(b"\n", start) % size
            long = line_end < end
            down = level < DEEPEST and (long or (role is not None and role.wraps))
            if role is not None and role.calls and not long:
                role = None
            if down or role is not None:
                while around[-1][0] >= level:
                    around.pop()
                if role is not None and role.kind and role.kind not in VALUE:
                    around.append((level, role.kind in CALLABLE))
                elif down and around[-1][1] and (shapes.openers or (shapes.functions and not long)):
                    down = shapes.may_open(source, start, end)
                    role = role if down or not shapes.functions else None
            if role is not None:
                yield node, role, level, lowest
                lowest = DEEPEST
            elif level < lowest:
                lowest = level
            if down:
                open_.append(iter(node.named_children))
                break
        else:
            open_.pop()


@dataclass(slots=True)
class _Collector:
    """Turns nodes into definitions.

    open: (level, definition) of the definitions around the present node. starts: (level, row)
    where the wrappers around it begin; attributes: the same for attributes just before it.
    """

    source: bytes
    found: list[Definition] = field(default_factory=list)
    open: list[tuple[int, Definition]] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    attributes: tuple[int, int] | None = None

    def add(self, node: Node, role: _Role, level: int, lowest: int) -> None:
        around = min(level, lowest)
        while self.open and self.open[-1][0] >= around:
            self.open.pop()
        while self.starts and self.starts[-1][0] >= around:
            self.starts.pop()
        if self.attributes and self.attributes[0] >= lowest:
            self.attributes = None
        if role.adorns:
            self.attributes = self.attributes or (level, node.start_point[0])
            return
        if role.wraps:
            self.starts.append((level, self._start(level, node.start_point[0])))
        elif role.kind:
            self._define(node, role, level)
        if self.attributes and self.attributes[0] >= level:
            self.attributes = None

    def _start(self, level: int, row: int) -> int:
        if self.attributes and self.attributes[0] == level:
            return self.attributes[1]
        return self.starts[-1][1] if self.starts else row

    def _define(self, node: Node, role: _Role, level: int) -> None:
        around = self.open[-1][1] if self.open else None
        kind = self._kind(node, role, around)
        if not kind:
            return
        row = node.start_point[0]
        start = self._start(level, row)
        if around and around.first == start + 1:
            return
        last, column = node.end_point
        last += column > 0 or last == start
        body = _body(node)
        head = last if kind not in VALUE else start + 1
        if body is not None:
            before = self.source[node.start_byte : body.start_byte]
            head = row + before.rstrip().count(b"\n") + 1
        head = max(start + 1, min(head, last, start + LONGEST_HEAD))
        found = Definition(
            name=self._name(node, role.type),
            kind=kind,
            first=start + 1,
            head=head,
            last=max(last, head),
            depth=len(self.open),
        )
        self.found.append(found)
        self.open.append((level, found))
        self.starts.clear()

    def _kind(self, node: Node, role: _Role, around: Definition | None) -> str:
        """The definition's kind; empty where the node defines nothing worth a line."""
        type_, kind = role.type, role.kind
        if type_ in _CALLS:
            return "call" if _registers(node) else ""
        if type_ in _BINDINGS:
            if _function(node.child_by_field_name("value") or node.child_by_field_name("right")):
                kind = "function"
            elif type_ == "pair":
                return ""
        if type_.endswith("_specifier") and node.child_by_field_name("body") is None:
            return ""
        if type_ == "field_declaration" and _only_defines(node):
            return ""  # Its type is the definition.
        if kind in VALUE:
            if around and around.kind in _CLOSED:
                return ""
            kind = "function" if _declares_function(node) else "field" if around else kind
        if type_ == "assignment" and node.child_by_field_name("left") is not None:
            left = node.child_by_field_name("left")
            return kind if left is not None and left.type in ("identifier", "constant") else ""
        if kind == "class" and (other := _KEYWORD.search(self._text(node, 200))):
            kind = _KEYWORDS[other[1]]
        return "method" if kind == "function" and around and around.kind == "class" else kind

    def _name(self, node: Node, type_: str) -> str:
        for role in ("name", "declarator", "left", "pattern", "key", "type"):
            child = node.child_by_field_name(role)
            for _ in range(8):
                if child is None:
                    break
                inner = child.child_by_field_name("declarator")
                if inner is None and child.type == "variable_declarator":
                    inner = child.child_by_field_name("name")
                if inner is None:
                    break
                child = inner
            if child is not None:
                return self._text(child, 120).decode("utf-8", "replace").partition("\n")[0]
        start = self.source.rfind(b"\n", 0, node.start_byte) + 1
        line = self.source[start : start + 2_000].partition(b"\n")[0].decode("utf-8", "replace")
        if type_ in _CALLS:
            return line.strip()[:80]
        found = _NAMED.search(line[:500]) or _WORD.search(line[:500])
        return found[0].strip(" =;{(:,[") if found else ""

    def _text(self, node: Node, most: int) -> bytes:
        return self.source[node.start_byte : min(node.end_byte, node.start_byte + most)]


def _declares_function(node: Node) -> bool:
    """Whether a declaration of C or C++ is a prototype."""
    declarator = node.child_by_field_name("declarator")
    for _ in range(8):
        if declarator is None or declarator.type == "function_declarator":
            break
        declarator = declarator.child_by_field_name("declarator")
    return declarator is not None


def _only_defines(node: Node) -> bool:
    """Whether a field of C++ is but a type with its members."""
    type_ = node.child_by_field_name("type")
    return (
        type_ is not None
        and type_.child_by_field_name("body") is not None
        and node.child_by_field_name("declarator") is None
    )


def _function(value: Node | None) -> Node | None:
    """The function that a value is, or that it hands to the call it is."""
    if value is None or value.type in _FUNCTIONS:
        return value
    arguments = value.child_by_field_name("arguments") if value.type == "call_expression" else None
    given = arguments.named_children[:8] if arguments is not None else []
    return next((a for a in given if a.type in _FUNCTIONS), None)


def _registers(node: Node) -> bool:
    """Whether a call of several lines hands over a function together with a name for it."""
    arguments = node.child_by_field_name("arguments")
    if arguments is None:
        return False
    given = arguments.named_children[:4]
    if not given or given[0].type not in ("string", "template_string", "simple_symbol", "constant"):
        return False
    block = node.child_by_field_name("block")
    return block is not None or any(a.type in _FUNCTIONS for a in given[1:])


def _body(node: Node) -> Node | None:
    body = node.child_by_field_name("body") or node.child_by_field_name("block")
    if body is not None:
        return body
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    function = _function(value if value is not None else node)
    if function is not None and function is not node:
        return _innermost(function) or value
    if value is not None:
        return value if value.type in _BODIES or value.type == "statement_block" else None
    return next((c for c in reversed(node.named_children[:24]) if c.type in _BODIES), None)


def _innermost(function: Node) -> Node | None:
    """The body of a function, of the last one where a function's body is another function."""
    body = function.child_by_field_name("body")
    for _ in range(8):
        if body is None or body.type not in _FUNCTIONS:
            break
        body = body.child_by_field_name("body") or body.child_by_field_name("value")
    return body
