"""String columns told by a pattern: over other columns, or with fixed text around what varies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from aicontext.engine.condense.json.cells import HIDDEN, RAW, is_text
from aicontext.engine.condense.json.rules import Hole, Reference, Rule
from aicontext.engine.condense.json.shape import Leaf

_MOST_ODD = 0.1
_SAMPLE = 6
_SHORTEST_LITERAL = 6
_LONGEST_SKELETON = 2_000
_LEAST_TEXT = 0.3
_MOST_SOURCES = 60
_MOST_TIMES = 3
"""How often one string may hold the same other value."""
_DIGITS = re.compile(r"\d+", re.ASCII)

Parts = list[str | Hole | Reference]


def derived(leaf: Leaf, sources: Sequence[Reference]) -> Rule | None:
    """The cells as a string in which other columns' values stand, or as a copy of another."""
    rows = [row for row, cell in enumerate(leaf.cells) if cell != HIDDEN]
    sample = rows[:: max(1, len(rows) // _SAMPLE)][:_SAMPLE]
    if len(sample) < 3:
        return None
    pivot = sample[len(sample) // 2]
    texts = [(source, shown(source.cells[pivot])) for source in sources[:_MOST_SOURCES]]
    held = shown(leaf.cells[pivot])
    useful = sorted(
        (pair for pair in texts if len(pair[1]) >= 2 and pair[1] in held),
        key=lambda pair: -len(pair[1]),
    )
    parts: Parts = [held]
    for source, text in useful:
        for _ in range(_MOST_TIMES):
            parts = _place(parts, source, text, leaf, sample)
    if not any(isinstance(part, Reference) for part in parts):
        return None
    if not is_text(leaf.cells[pivot]) and len(parts) > 1:
        return None
    odd = [row for row in rows if not _agrees(parts, leaf, row)]
    return Rule(parts=parts, odd=odd) if len(odd) <= _MOST_ODD * len(rows) else None


def shown(cell: str) -> str:
    """What stands inside a string for a cell: the string, or a scalar's JSON."""
    if is_text(cell):
        return cell
    return "" if cell[1:2] in ("", "…", "{", "[") else cell[1:]


def _place(parts: Parts, source: Reference, text: str, leaf: Leaf, sample: list[int]) -> Parts:
    """The parts with the source in place of its text, where the sample's rows bear it out."""
    for index, part in enumerate(parts):
        if not isinstance(part, str) or text not in part:
            continue
        before, _, after = part.partition(text)
        tried = [*parts[:index], *filter(None, (before,)), source, *filter(None, (after,))]
        tried += parts[index + 1 :]
        if sum(_fits(tried, leaf.cells[row], row) for row in sample) > len(sample) // 2:
            return tried
    return parts


def _fits(parts: Parts, held: str, row: int) -> bool:
    """Whether the leaves' values stand in the cell in order; literals are checked at the end."""
    text, at = shown(held), 0
    for part in parts:
        if isinstance(part, Reference):
            value = shown(part.cells[row])
            found = text.find(value, at)
            if not value or found < 0:
                return False
            at = found + len(value)
    return True


def _agrees(parts: Parts, leaf: Leaf, row: int) -> bool:
    held = leaf.cells[row]
    if len(parts) == 1 and isinstance(parts[0], Reference):
        return parts[0].cells[row] == held
    if not is_text(held):
        return False
    values = [part if isinstance(part, str) else _value(part, row) for part in parts]
    return None not in values and "".join(value for value in values if value) == held


def _value(part: Reference | Hole, row: int) -> str | None:
    return shown(part.cells[row]) or None


def pattern(leaf: Leaf, name: str) -> Rule:
    """The cells as fixed text around columns; as one column where nothing is fixed."""
    rows: Sequence[int] = range(len(leaf.cells))
    if RAW in "".join(leaf.cells):
        rows = [row for row, cell in enumerate(leaf.cells) if is_text(cell)]
    if len(rows) >= max(4, _LEAST_TEXT * len(leaf.cells)):
        found = _numbered(leaf, name, rows) or _ended(leaf, name, rows)
        if found is not None:
            return found
    return Rule(parts=[Hole(name, leaf.cells)])


def _numbered(leaf: Leaf, name: str, rows: Sequence[int]) -> Rule | None:
    """One fixed text with numbers in it, for at least nine rows in ten."""
    texts = [leaf.cells[row] for row in rows]
    # What is fixed in all of them is in a few, which are soon looked at.
    if _alike(texts[:: max(1, len(texts) // _SAMPLE)], 0.5) is None:
        return None
    found = _alike(texts, 1 - _MOST_ODD)
    if found is None:
        return None
    alike, fixed, varying = found
    return _around(fixed, varying, leaf, name, [rows[at] for at in alike])


def _alike(texts: list[str], share: float) -> tuple[list[int], list[str], list[list[str]]] | None:
    """(those that differ in their numbers only, what is fixed in them, what varies between); None
    where these are less than a share of the texts, or little is fixed."""
    skeletons = _skeletons(texts)
    skeleton, most = Counter(skeletons).most_common(1)[0]
    if most < share * len(texts) or len(skeleton) > _LONGEST_SKELETON:
        return None
    alike = [at for at, own in enumerate(skeletons) if own == skeleton]
    if min(len(texts[at]) for at in alike) < _SHORTEST_LITERAL:
        return None
    every = _DIGITS.findall("\n".join([texts[at] for at in alike]))
    amount = len(every) // len(alike)
    numbers = [every[place::amount] for place in range(amount)]
    fixed, varying = _pieces(_DIGITS.split(texts[alike[0]]), numbers)
    return (alike, fixed, varying) if sum(map(len, fixed)) >= _SHORTEST_LITERAL else None


def _skeletons(texts: list[str]) -> list[str]:
    """The texts with a 0 for each number; at once where lines can part them."""
    found = _DIGITS.sub("0", "\n".join(texts)).split("\n")
    return found if len(found) == len(texts) else [_DIGITS.sub("0", text) for text in texts]


def _pieces(
    literals: list[str], numbers: Sequence[Sequence[str]]
) -> tuple[list[str], list[list[str]]]:
    """Fixed texts and, between them, what varies; numbers close together vary as one."""
    fixed, varying = [literals[0]], list[list[str]]()
    for column, literal in zip(numbers, literals[1:], strict=True):
        if len(set(column)) == 1:
            fixed[-1] += column[0] + literal
        elif varying and _joins(fixed[-1]):
            between = fixed[-1]
            varying[-1] = [a + between + b for a, b in zip(varying[-1], column, strict=True)]
            fixed[-1] = literal
        else:
            varying.append(list(column))
            fixed.append(literal)
    return fixed, varying


def _joins(literal: str) -> bool:
    return len(literal) <= 2 and " " not in literal


def _around(
    fixed: list[str], varying: list[list[str]], leaf: Leaf, name: str, alike: Sequence[int]
) -> Rule | None:
    """Fixed texts around columns. One column alone may also hold what is no string."""
    parts: Parts = [fixed[0]]
    for index, texts in enumerate(varying):
        column = [HIDDEN] * len(leaf.cells)
        if len(varying) == 1:
            column = [HIDDEN if is_text(cell) else cell for cell in leaf.cells]
        for row, text in zip(alike, texts, strict=True):
            column[row] = text
        parts.append(Hole(name if len(varying) == 1 else f"{name}.{index + 1}", column))
        parts.append(fixed[index + 1])
    told = set(alike)
    odd = [
        row
        for row, cell in enumerate(leaf.cells)
        if cell != HIDDEN and row not in told and (is_text(cell) or len(varying) != 1)
    ]
    if len(odd) > _MOST_ODD * len(leaf.cells):
        return None
    return Rule(parts=[part for part in parts if part != ""], odd=odd)


def _ended(leaf: Leaf, name: str, rows: Sequence[int]) -> Rule | None:
    """The same beginning and end in every string."""
    texts = [leaf.cells[row] for row in rows]
    head = _boundary(_shared(texts))
    tail = ""
    if len({text[-1:] for text in texts}) == 1:
        tail = _boundary(_shared([text[len(head) :][::-1] for text in texts]))[::-1]
    if len(head) < _SHORTEST_LITERAL:
        head = ""
    if len(tail) < _SHORTEST_LITERAL:
        tail = ""
    if not head and not tail:
        return None
    alike = [text[len(head) : len(text) - len(tail)] for text in texts]
    return _around([head, tail], [alike], leaf, name, rows)


def _boundary(text: str) -> str:
    """The text up to its last character that is neither letter nor digit."""
    end = len(text)
    while end and text[end - 1].isalnum():
        end -= 1
    return text[:end]


def _shared(texts: list[str]) -> str:
    """What all texts begin with: what the least and the greatest do."""
    low, high = min(texts), max(texts)
    for at, (a, b) in enumerate(zip(low, high, strict=False)):
        if a != b:
            return low[:at]
    return low
