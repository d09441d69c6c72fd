"""Changes to what stands in brackets: JSON, and the like of it in TOML and YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aicontext.services.integrations.editing.tree import (
    Found,
    Member,
    Node,
    indentation,
    line_start,
    newline,
    wrapped,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How new text is laid out. unit: one step of indentation; "" keeps to one line. newline: what
    ends a line. spaced: a blank stands behind colons and commas."""

    unit: str
    newline: str
    spaced: bool = True


@dataclass(frozen=True, slots=True)
class Syntax:
    """What tells one bracketed notation from another.

    gap: blanks, line ends and comments. rest: the same up to the end of the line. member: renders a
    key (None in a list) and its value at an indentation. lines: brackets may span lines.
    """

    gap: re.Pattern[str]
    rest: re.Pattern[str]
    member: Callable[[str | None, object, Layout, str], str]
    lines: bool = True


def laid_out(text: str, node: Node, unit: str) -> Layout:
    """The layout of new text in `node`: in lines where its members are, or where it has none yet
    and what holds it is."""
    first = node.members[0] if node.members else None
    spaced = not (
        first
        and first.key is not None
        and re.search(r":\S", text[first.start : first.node.start + 1])
    )
    in_lines = _own_line(text, first.start) if first else True
    return Layout(unit if in_lines else "", newline(text), spaced)


def put(text: str, found: Found, value: object, syntax: Syntax, layout: Layout) -> str:
    """The text with the value at the end of a path of which all before `found.rest` exists."""
    node = found.nodes[-1]
    if not found.rest or node.value is None:
        member = syntax.member(
            None, wrapped(found.rest, value), layout, indentation(text, node.start)
        )
        return text[: node.start] + member + text[node.end :]
    step, rest = found.rest[0], found.rest[1:]
    key = step if isinstance(step, str) else None
    return _inserted(text, node, (key, wrapped(rest, value)), syntax, layout)


def _inserted(
    text: str, node: Node, new: tuple[str | None, object], syntax: Syntax, layout: Layout
) -> str:
    if not node.members:
        return _first(text, node, new, syntax, layout)
    last = node.members[-1]
    after, trailing = _after(text, last, syntax)
    comma = "," if trailing else ""
    if not _own_line(text, last.start) or not syntax.lines:
        blank = " " if layout.spaced else ""
        rendered = blank + syntax.member(*new, layout, "") + comma
        return text[:after] + ("" if trailing else ",") + rendered + text[after:]
    indent = indentation(text, last.start)
    rendered = layout.newline + indent + syntax.member(*new, layout, indent) + comma
    match = syntax.rest.match(text, after)
    assert match
    at = match.end() if text[match.end() : match.end() + 1] in ("\r", "\n") else after
    return text[:after] + ("" if trailing else ",") + text[after:at] + rendered + text[at:]


def _first(
    text: str, node: Node, new: tuple[str | None, object], syntax: Syntax, layout: Layout
) -> str:
    inner = text[node.start + 1 : node.end - 1]
    outer = indentation(text, node.start)
    if not syntax.lines or not (layout.unit or "\n" in inner):
        blank = "" if syntax.lines else " "
        rendered = f"{blank}{syntax.member(*new, layout, outer)}{blank}"
        return text[: node.start + 1] + inner.rstrip() + rendered + text[node.end - 1 :]
    indent = outer + (layout.unit or "  ")
    rendered = layout.newline + indent + syntax.member(*new, layout, indent) + layout.newline
    return text[: node.start + 1] + inner.rstrip() + rendered + outer + text[node.end - 1 :]


def taken(text: str, node: Node, place: int, syntax: Syntax) -> str:
    """The text without one member of `node`, and without the comma that it needed."""
    member = node.members[place]
    after, trailing = _after(text, member, syntax)
    start = _with_blanks_before(text, member.start)
    if place + 1 < len(node.members) and "\n" not in text[start : member.start]:
        start = member.start
        after = len(text) - len(text[after:].lstrip(" \t"))
    kept = text[:start] + text[after:]
    if trailing or not place:
        return kept
    comma = _after(text, node.members[place - 1], syntax)[0] - 1
    return kept[:comma] + kept[comma + 1 :]


def _after(text: str, member: Member, syntax: Syntax) -> tuple[int, bool]:
    """(where a member ends, its comma included; whether it has one)."""
    match = syntax.gap.match(text, member.end)
    assert match
    has = text[match.end() : match.end() + 1] == ","
    return (match.end() + 1 if has else member.end), has


def _with_blanks_before(text: str, at: int) -> int:
    """Where the blanks before `at` begin, with one line's end among them."""
    start = len(text[:at].rstrip(" \t"))
    if start and text[start - 1] == "\n":
        start -= 2 if text[start - 2 : start - 1] == "\r" else 1
    return start


def _own_line(text: str, at: int) -> bool:
    return not text[line_start(text, at) : at].strip() and "\n" in text[:at]
