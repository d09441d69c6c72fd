"""The rule of each column of a table, and which columns the rows must hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import repeat

from aicontext.engine.condense.json import grammar
from aicontext.engine.condense.json.cells import ABSENT, HIDDEN, RAW, literal
from aicontext.engine.condense.json.grammar import Path
from aicontext.engine.condense.json.patterns import derived, pattern
from aicontext.engine.condense.json.rules import Hole, Reference, Rule, constant, progression
from aicontext.engine.condense.json.shape import Branch, Leaf, Table, table_of
from aicontext.engine.condense.json.source import Value, loads

_WORD = re.compile(r"[^\s\x00-\x1f\ud800-\udfff]{1,80}")
_UNSAFE = re.compile(r"[\x00-\x1f\ud800-\udfff]|^[\s^~]|\s$")
_EDGES = ("\n^", "\n~", "\n ", " \n")
_LONGEST_WORD = 80
_TEXT = 0.3
"""Share of strings from which a column is told as strings, other values marked."""
_LOOSE = 0.05
"""Share of a word column's cells that may stand at the line's end instead."""
_FEWEST_PACKED = 4
_LEAST_PACKED = 0.2
_MOST_ODD = 0.1
_PACKED_SAVES = 0.85


@dataclass(frozen=True, slots=True)
class Packed:
    """Objects in a column's cells as lists of what varies. many: each cell is a list of them."""

    sheet: Sheet
    many: bool


@dataclass(slots=True)
class Sheet:
    """A table with the rule of each leaf, ready to be written.

    words, texts: the columns of the rows, as written. quoted: names of columns that are strings.
    packed: by column, what its cells are lists of.
    """

    table: Table
    named: dict[Path, str]
    rules: list[tuple[Leaf, Rule]] = field(default_factory=list)
    words: list[Hole] = field(default_factory=list)
    texts: list[Hole] = field(default_factory=list)
    quoted: set[str] = field(default_factory=set)
    packed: dict[str, Packed] = field(default_factory=dict)

    def tails(self) -> dict[int, list[str]]:
        """By row, the values that stand at the line's end."""
        found: dict[int, list[str]] = {}
        for node in self.table.root.nodes():
            if isinstance(node, Branch) and len(node.path) > 1:
                for row, cell in node.odd.items():
                    found.setdefault(row, []).append(told(self.named[node.path], cell))
        for leaf, rule in self.rules:
            for row in rule.odd:
                found.setdefault(row, []).append(told(self.named[leaf.path], leaf.cells[row]))
        return found


def told(name: str, cell: str) -> str:
    """`name=JSON`, `name=^` for an absent key."""
    return f"{name}={grammar.JSON_CELL if cell == ABSENT else literal(cell)}"


def sheet(table: Table) -> Sheet:
    """The rule that tells each column in the fewest words."""
    found = _empty(table)
    leaves = table.leaves()
    _rule(found, {leaf.path: constant(leaf) or progression(leaf) for leaf in leaves})
    for leaf, rule in found.rules:
        _pack(found, leaf, rule)
    loose: dict[str, list[int]] = {}
    for _, rule in found.rules:
        _lay_out(found, rule, loose)
    for _, rule in found.rules:
        for part in rule.parts:
            if isinstance(part, Reference) and part.name in loose:
                rule.odd = sorted({*rule.odd, *loose[part.name]})
    if table.keys is None:
        _number_first(found.words)
    return found


def _empty(table: Table) -> Sheet:
    paths = [leaf.path for leaf in table.leaves()]
    branches = [n.path for n in table.root.nodes() if isinstance(n, Branch) and len(n.path) > 1]
    return Sheet(table, grammar.names([*paths, *branches]))


def _rule(found: Sheet, simple: dict[Path, Rule | None]) -> None:
    """Give each leaf its rule. Shorter ones first, so that the longer are derived from them."""
    leaves = found.table.leaves()
    rules: dict[Path, Rule] = {}
    shorter: list[Reference] = []
    for leaf in sorted(leaves, key=_length):
        told = simple[leaf.path] or derived(leaf, shorter)
        rules[leaf.path] = told or pattern(leaf, found.named[leaf.path])
        shorter += _references(found, leaf, rules[leaf.path])
    found.rules += [(leaf, rules[leaf.path]) for leaf in leaves]


def _references(found: Sheet, leaf: Leaf, rule: Rule) -> list[Reference]:
    """What other keys may refer to: the leaf's columns, or the leaf where steps tell it."""
    if rule.progression is not None:
        return [Reference(found.named[leaf.path], leaf.cells, leaf.path)]
    holes = [part for part in rule.parts if isinstance(part, Hole)]
    return [Reference(hole.name, hole.cells, leaf.path) for hole in holes]


def _length(leaf: Leaf) -> int:
    return sum(map(len, leaf.cells[:: max(1, len(leaf.cells) // 8)]))


def _pack(found: Sheet, leaf: Leaf, rule: Rule) -> None:
    """Turn objects in a column's cells into lists of what varies, told by their own template."""
    hole = rule.parts[0] if len(rule.parts) == 1 else None
    if not isinstance(hole, Hole):
        return
    joined = "".join(hole.cells)
    if f"{RAW}{{" not in joined and f"{RAW}[{{" not in joined:
        return
    single = [row for row, cell in enumerate(hole.cells) if cell.startswith(RAW + "{")]
    lists = [row for row, cell in enumerate(hole.cells) if cell.startswith(RAW + "[{")]
    many = len(lists) > len(single)
    rows = lists if many else single
    if len(rows) < max(_FEWEST_PACKED, _LEAST_PACKED * len(hole.cells)):
        return
    items = _Items.of(hole.cells, rows, many)
    table = table_of(items.values) if len(items.values) >= _FEWEST_PACKED else None
    if table is None:
        return
    inner = _empty(table)
    _rule(inner, {leaf.path: constant(leaf) for leaf in table.leaves()})
    cells, odd = items.cells(inner, list(hole.cells), many)
    before, after = sum(map(len, hole.cells)), sum(map(len, cells))
    if len(odd) <= _MOST_ODD * len(cells) and after < _PACKED_SAVES * before:
        rule.parts = [Hole(hole.name, cells)]
        rule.odd = sorted({*rule.odd, *odd})
        found.packed[hole.name] = Packed(inner, many)


@dataclass(frozen=True, slots=True)
class _Items:
    """The objects in a column's cells, and how many each row holds."""

    values: list[Value]
    amounts: dict[int, int]

    @classmethod
    def of(cls, cells: list[str], rows: list[int], many: bool) -> _Items:
        values: list[Value] = []
        amounts: dict[int, int] = {}
        for row in rows:
            held = loads(cells[row][1:])
            inner = held if many and isinstance(held, list) else [held]
            values += inner
            amounts[row] = len(inner)
        return cls(values, amounts)

    def cells(self, inner: Sheet, cells: list[str], many: bool) -> tuple[list[str], list[int]]:
        """The column with lists in place of the objects; the rows where that does not do."""
        holes = [part for _, rule in inner.rules for part in rule.parts if isinstance(part, Hole)]
        for _, rule in inner.rules:
            if len(rule.parts) > 1 or (rule.parts and _mostly_text(_first(rule).cells)):
                inner.quoted |= {part.name for part in rule.parts if isinstance(part, Hole)}
        inner.texts += holes
        bad = {*inner.tails(), *inner.table.root.odd}
        odd, at = [], 0
        for row, cell in enumerate(cells):
            if row not in self.amounts:
                if cell[:2] == RAW + "[" and not (many and cell == RAW + "[]"):
                    odd.append(row)
                    cells[row] = HIDDEN
                continue
            places = range(at, at + self.amounts[row])
            at += self.amounts[row]
            lists = [_positions(holes, place) for place in places]
            if not bad.isdisjoint(places) or "" in lists:
                odd.append(row)
                cells[row] = HIDDEN
            else:
                cells[row] = RAW + (f"[{','.join(lists)}]" if many else lists[0])
        return cells, odd


def _first(rule: Rule) -> Hole | Reference:
    return next(part for part in rule.parts if not isinstance(part, str))


def _positions(holes: list[Hole], place: int) -> str:
    """One object as a list of its varying values; nothing where it lacks one."""
    cells = [hole.cells[place] for hole in holes]
    if ABSENT in cells or HIDDEN in cells:
        return ""
    return f"[{','.join(map(literal, cells))}]"


def _lay_out(found: Sheet, rule: Rule, elsewhere: dict[str, list[int]]) -> None:
    """Sort the rule's columns into words and texts; note what does not fit a word."""
    for part in rule.parts:
        if not isinstance(part, Hole):
            continue
        if part.name not in found.packed and (len(rule.parts) > 1 or _mostly_text(part.cells)):
            found.quoted.add(part.name)
        shown = _column(part.cells, part.name in found.quoted)
        loose = _loose(shown)
        if len(loose) <= _LOOSE * len(shown):
            for row in loose:
                shown[row] = grammar.ELSEWHERE
            rule.odd = sorted({*rule.odd, *loose})
            elsewhere[part.name] = loose
            found.words.append(Hole(part.name, shown))
        else:
            found.texts.append(Hole(part.name, shown))


def _mostly_text(cells: list[str]) -> bool:
    if RAW not in "".join(cells):
        return True
    strings = len(cells) - sum(map(str.startswith, cells, repeat(RAW)))
    return strings >= _TEXT * (len(cells) - cells.count(HIDDEN))


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
