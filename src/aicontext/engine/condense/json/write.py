"""A table as text: template, columns, rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring

from aicontext.engine.condense.json import grammar
from aicontext.engine.condense.json.cells import ABSENT, HIDDEN, RAW, literal
from aicontext.engine.condense.json.grammar import PART
from aicontext.engine.condense.json.rules import Rule
from aicontext.engine.condense.json.shape import Branch, Leaf
from aicontext.engine.condense.json.sheet import Sheet, told


def rendered(found: Sheet, kind: str, brackets: str) -> str:
    """The table's lines. kind: list, map or lines."""
    writer = _Template(found, brackets)
    tails = found.tails()
    count, name = found.table.count, f"{brackets[0]}name{brackets[1]}"
    if not (found.words or found.texts or tails or found.table.root.odd):
        intro = f"{grammar.WHOLE} ({name} stands for that key's value, row counts from 0):"
        return f"JSON {kind} of {count} rows; {intro}\n{writer.row()}"
    legend = ["split by spaces and tabs"]
    if tails:
        legend.append("name=value at a line's end goes before the template")
    starts = {cell[:1] for hole in (*found.words, *found.texts) for cell in hole.cells}
    if grammar.JSON_CELL in starts:
        legend.append("^ marks JSON, alone a missing key")
    if grammar.ELSEWHERE in starts:
        legend.append("~ says that the value is at the line's end")
    lines = [
        f"JSON {kind} of {count} rows; {grammar.FILLED} "
        f"({name} stands in its column, row counts from 0; {'; '.join(legend)}):",
        writer.row(),
        *_packed(found, brackets),
        grammar.COLUMNS + _line([h.name for h in found.words], [h.name for h in found.texts]),
    ]
    return "\n".join([*lines, *_rows(found, tails)])


def _packed(found: Sheet, brackets: str) -> list[str]:
    return [
        f"{grammar.WHERE}{grammar.EACH if packed.many else ''}{brackets[0]}{name}{brackets[1]} is "
        f"[{','.join(hole.name for hole in packed.sheet.texts)}] for "
        f"{_Template(packed.sheet, brackets).row()}"
        for name, packed in found.packed.items()
    ]


def _rows(found: Sheet, tails: dict[int, list[str]]) -> list[str]:
    steady = [(leaf, rule) for leaf, rule in found.rules if rule.progression is not None]
    steady.sort(key=lambda pair: len(pair[0].cells[0]))
    words = [" ".join(row) for row in zip(*(hole.cells for hole in found.words), strict=True)]
    columns = [words] if words else []
    columns += [hole.cells for hole in found.texts]
    bodies = (
        list(map(PART.join, zip(*columns, strict=True))) if columns else [""] * found.table.count
    )
    lines = []
    odd, marks = found.table.root.odd, (grammar.WHOLE_ROW, grammar.ANCHOR)
    for row, body in enumerate(bodies):
        if steady and row and row % grammar.ANCHOR_EVERY == 0:
            lines.append(_anchor(found, steady[:1], row))
        if row in odd:
            keys = found.table.keys
            label = f"{literal(keys.cells[row])}:" if keys else ""
            lines.append(grammar.WHOLE_ROW + label + literal(odd[row]))
            continue
        if body[:1] in marks:
            body = grammar.JSON_CELL + body
        if row in tails:
            body = PART.join([body, *tails[row]])
        lines.append(body)
    return lines


def _anchor(found: Sheet, steady: list[tuple[Leaf, Rule]], row: int) -> str:
    steps = [
        told(found.named[leaf.path], leaf.cells[row])
        for leaf, rule in steady
        if row not in rule.odd and leaf.cells[row] != HIDDEN
    ]
    return " ".join([f"{grammar.ANCHOR}{row}", *steps])


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
        texts = [
            encode_basestring(part)[1:-1] if isinstance(part, str) else self._hole(part.name)
            for part in rule.parts
        ]
        only = rule.parts[0] if len(rule.parts) == 1 else ""
        bare = not isinstance(only, str) and only.name not in self.sheet.quoted
        return "".join(texts) if bare else f'"{"".join(texts)}"'

    def _hole(self, name: str) -> str:
        return f"{self.brackets[0]}{name}{self.brackets[1]}"
