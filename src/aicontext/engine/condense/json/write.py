"""A table as text: template, columns, rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from json.encoder import encode_basestring

from aicontext.engine.condense.json import grammar
from aicontext.engine.condense.json.cells import ABSENT, HIDDEN, RAW, literal
from aicontext.engine.condense.json.grammar import PART
from aicontext.engine.condense.json.patterns import derived, pattern
from aicontext.engine.condense.json.rules import Hole, Rule, constant, progression
from aicontext.engine.condense.json.shape import Branch, Leaf, Table

_WORD = re.compile(r"[^\s\x00-\x1f\ud800-\udfff]{1,80}")
_UNSAFE = re.compile(r"[\x00-\x1f\ud800-\udfff]|^[\s^~]|\s$")
_EDGES = ("\n^", "\n~", "\n ", " \n")
_LONGEST_WORD = 80
_LOOSE = 0.05
"""Share of a word column's cells that may stand at the line's end instead."""
_MOST_ANCHORED = 3


@dataclass(slots=True)
class Sheet:
    """A table with the rule of each leaf, ready to be written."""

    table: Table
    rules: list[tuple[Leaf, Rule]]
    named: dict[tuple[str, ...], str]
    words: list[Hole]
    texts: list[Hole]
    quoted: set[str]
    codes: dict[str, dict[str, str]]

    def tails(self) -> dict[int, list[str]]:
        """By row, the values that stand at the line's end."""
        found: dict[int, list[str]] = {}
        for node in self.table.root.nodes():
            if isinstance(node, Branch) and len(node.path) > 1:
                for row, cell in node.odd.items():
                    found.setdefault(row, []).append(_tail(self.named[node.path], cell))
        for leaf, rule in self.rules:
            for row in rule.odd:
                found.setdefault(row, []).append(_tail(self.named[leaf.path], leaf.cells[row]))
        return found


def _tail(name: str, cell: str) -> str:
    return f"{name}={grammar.JSON_CELL if cell == ABSENT else literal(cell)}"


def sheet(table: Table) -> Sheet:
    """The rule that tells each column in the fewest words."""
    leaves = table.leaves()
    paths = [leaf.path for leaf in leaves]
    branches = [n.path for n in table.root.nodes() if isinstance(n, Branch) and len(n.path) > 1]
    named = grammar.names([*paths, *branches])
    rules = _ruled(leaves, named)
    found = Sheet(table, rules, named, [], [], set(), {})
    for leaf, rule in rules:
        _lay_out(found, leaf, rule)
    _number_first(found.words)
    return found


def _ruled(leaves: list[Leaf], named: dict[tuple[str, ...], str]) -> list[tuple[Leaf, Rule]]:
    simple = {leaf.path: constant(leaf) or progression(leaf) for leaf in leaves}
    sources = [leaf for leaf in leaves if not _is_constant(simple[leaf.path])]
    used: set[tuple[str, ...]] = set()
    for leaf in sorted(sources, key=_length, reverse=True):
        if simple[leaf.path] is None and leaf.path not in used:
            others = [s for s in sources if s is not leaf and not (simple[s.path] or Rule()).parts]
            rule = derived(leaf, others)
            if rule is not None:
                simple[leaf.path] = rule
                used |= {part.path for part in rule.parts if isinstance(part, Leaf)}
    return [(leaf, simple[leaf.path] or pattern(leaf, named[leaf.path])) for leaf in leaves]


def _is_constant(rule: Rule | None) -> bool:
    return rule is not None and rule.constant is not None


def _length(leaf: Leaf) -> int:
    return sum(map(len, leaf.cells[:: max(1, len(leaf.cells) // 8)]))


def _lay_out(found: Sheet, leaf: Leaf, rule: Rule) -> None:
    """Sort the rule's columns into words and texts; note what does not fit a word."""
    for part in rule.parts:
        if not isinstance(part, Hole):
            continue
        if len(rule.parts) > 1 or _mostly_text(part.cells):
            found.quoted.add(part.name)
        shown = _column(part.cells, part.name in found.quoted)
        loose = _loose(shown)
        if len(loose) <= _LOOSE * len(shown):
            for row in loose:
                shown[row] = grammar.ELSEWHERE
            rule.odd = sorted({*rule.odd, *loose})
            found.words.append(Hole(part.name, shown))
        else:
            found.texts.append(Hole(part.name, shown))


def _mostly_text(cells: list[str]) -> bool:
    strings = len(cells) - sum(map(str.startswith, cells, repeat(RAW)))
    return strings * 2 >= len(cells) - cells.count(HIDDEN)


def _column(cells: list[str], quoted: bool) -> list[str]:
    """The cells as they stand in the rows."""
    if quoted and "".join(cells).isprintable():
        joined = "\n".join(("", *cells, ""))
        if not any(edge in joined for edge in _EDGES):
            return list(cells)
    return [_written(cell, quoted) for cell in cells]


def _loose(shown: list[str]) -> list[int]:
    """The rows whose text is no single word."""
    joined = "".join(shown)
    if joined.isprintable() and " " not in joined and all(shown):
        longest = max(map(len, shown))
        if longest <= _LONGEST_WORD:
            return []
    return [row for row, text in enumerate(shown) if not _WORD.fullmatch(text)]


def _written(cell: str, quoted: bool) -> str:
    if cell in (ABSENT, HIDDEN):
        return grammar.JSON_CELL if cell == ABSENT else grammar.ELSEWHERE
    if not quoted:
        return literal(cell)
    if cell[:1] == RAW or _UNSAFE.search(cell):
        return grammar.JSON_CELL + literal(cell)
    return cell


def _number_first(words: list[Hole]) -> None:
    """A number costs a token less at the line's start than after a space."""
    for index, hole in enumerate(words):
        if sum(cell[:1].isdigit() for cell in hole.cells) * 2 > len(hole.cells):
            words.insert(0, words.pop(index))
            return


def rendered(found: Sheet, kind: str, brackets: str) -> str:
    """The table's lines. kind: list, map or lines."""
    writer = _Template(found, brackets)
    tails = found.tails()
    legend = ["split by spaces and tabs"]
    if tails:
        legend.append("name=value at a line's end goes before the template")
    lines = [
        f"JSON {kind} of {found.table.count} rows; each fills this template "
        f"({brackets[0]}name{brackets[1]} stands in its column, row counts from 0; "
        f"{'; '.join(legend)}):",
        writer.row(),
        grammar.COLUMNS + _line([h.name for h in found.words], [h.name for h in found.texts]),
    ]
    return "\n".join([*lines, *_rows(found, tails)])


def _rows(found: Sheet, tails: dict[int, list[str]]) -> list[str]:
    steady = [(leaf, rule) for leaf, rule in found.rules if rule.progression is not None]
    words = [" ".join(row) for row in zip(*(hole.cells for hole in found.words), strict=True)]
    columns = [words] if words else []
    columns += [hole.cells for hole in found.texts]
    bodies = (
        list(map(PART.join, zip(*columns, strict=True))) if columns else [""] * found.table.count
    )
    lines = []
    for row, body in enumerate(bodies):
        if steady and row and row % grammar.ANCHOR_EVERY == 0:
            lines.append(_anchor(found, steady[:_MOST_ANCHORED], row))
        if row in found.table.root.odd:
            keys = found.table.keys
            label = f"{literal(keys.cells[row])}:" if keys else ""
            lines.append(grammar.WHOLE_ROW + label + literal(found.table.root.odd[row]))
            continue
        if body[:1] in (grammar.WHOLE_ROW, grammar.ANCHOR):
            body = grammar.JSON_CELL + body
        ends = tails.get(row)
        if ends:
            body = PART.join([body, *ends])
        lines.append(body)
    return lines


def _anchor(found: Sheet, steady: list[tuple[Leaf, Rule]], row: int) -> str:
    told = [
        _tail(found.named[leaf.path], leaf.cells[row])
        for leaf, rule in steady
        if row not in rule.odd and leaf.cells[row] != HIDDEN
    ]
    return " ".join([f"{grammar.ANCHOR}{row}", *told])


def _line(words: Sequence[str], texts: Sequence[str]) -> str:
    return PART.join([*([" ".join(words)] if words else []), *texts])


@dataclass(frozen=True, slots=True)
class _Template:
    """Writes the row that all rows fill."""

    sheet: Sheet
    brackets: str

    def row(self) -> str:
        rules = {leaf.path: rule for leaf, rule in self.sheet.rules}
        value = self._node(self.sheet.table.root, rules)
        keys = self.sheet.table.keys
        return f"{self._leaf(rules[keys.path])}:{value}" if keys else value

    def _node(self, node: Leaf | Branch, rules: dict[tuple[str, ...], Rule]) -> str:
        if isinstance(node, Leaf):
            return self._leaf(rules[node.path])
        inner = [(key, self._node(member, rules)) for key, member in node.members]
        if node.is_list:
            return "[" + ",".join(text for _, text in inner) + "]"
        return "{" + ",".join(f"{literal(key)}:{text}" for key, text in inner) + "}"

    def _leaf(self, rule: Rule) -> str:
        if rule.constant is not None:
            return self._constant(rule.constant)
        if rule.progression is not None:
            hole = self._hole(rule.progression.formula())
            return f'"{hole}"' if rule.progression.unit else hole
        return self._parts(rule)

    def _constant(self, cell: str) -> str:
        if cell == ABSENT:
            return self._hole(grammar.ABSENT_HOLE)
        boxed = cell[:2] in (RAW + "{", RAW + "[") and len(cell) > 3
        return self._hole(grammar.CONSTANT_HOLE + cell[1:]) if boxed else literal(cell)

    def _parts(self, rule: Rule) -> str:
        named = self.sheet.named
        texts = [
            encode_basestring(part)[1:-1]
            if isinstance(part, str)
            else self._hole(part.name if isinstance(part, Hole) else named[part.path])
            for part in rule.parts
        ]
        only = rule.parts[0] if len(rule.parts) == 1 else None
        bare = isinstance(only, Leaf) or (
            isinstance(only, Hole) and only.name not in self.sheet.quoted
        )
        return "".join(texts) if bare else f'"{"".join(texts)}"'

    def _hole(self, name: str) -> str:
        return f"{self.brackets[0]}{name}{self.brackets[1]}"
