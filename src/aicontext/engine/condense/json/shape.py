"""Objects of like shape, turned into columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from aicontext.engine.condense.json.cells import ABSENT, HIDDEN, RAW, cell
from aicontext.engine.condense.json.grammar import KEY_PATH, Path
from aicontext.engine.condense.json.source import Value

_DEEPEST = 8
_LONGEST_LIST = 4
_MOST_SHAPES = 100
_MOST_KEYS = 300
_ALIKE = 0.8
"""Share of rows that must have the majority's form; the others are shown whole."""


class _Nothing:
    """What a row holds where it has no such key."""


_NO_KEY = _Nothing()
_ELSEWHERE = _Nothing()
Held: TypeAlias = "Value | _Nothing"


@dataclass(slots=True)
class Leaf:
    """One value a row: its cells from the first row to the last."""

    path: Path
    cells: list[str]


@dataclass(slots=True)
class Branch:
    """An object or a list that every row has; rows that differ stand whole in `odd`."""

    path: Path
    is_list: bool
    members: list[tuple[str, Leaf | Branch]] = field(default_factory=list)
    odd: dict[int, str] = field(default_factory=dict)

    def nodes(self) -> Iterator[Leaf | Branch]:
        """This and everything under it, in the text's order."""
        yield self
        for _, member in self.members:
            if isinstance(member, Branch):
                yield from member.nodes()
            else:
                yield member


@dataclass(slots=True)
class Table:
    """Rows of like shape. keys: the keys where the rows are the values of an object."""

    count: int
    root: Branch
    keys: Leaf | None

    def leaves(self) -> list[Leaf]:
        """Every column, the keys first."""
        found = [node for node in self.root.nodes() if isinstance(node, Leaf)]
        return [self.keys, *found] if self.keys else found


def table_of(rows: Sequence[Value], keys: Sequence[str] | None = None) -> Table | None:
    """The rows as columns; None where too few are objects of like shape."""
    root = _object(("",), list(rows), 0)
    if root is None:
        return None
    return Table(len(rows), root, Leaf(KEY_PATH, list(keys)) if keys is not None else None)


def table_of_columns(names: Sequence[str], columns: Sequence[list[str]]) -> Table:
    """The same of rows that all have the same keys; columns: the cells under each."""
    root = Branch(("",), is_list=False)
    for name, cells in zip(names, columns, strict=True):
        root.members.append((name, Leaf(("", name), cells)))
    return Table(len(columns[0]), root, None)


def _node(path: Path, held: list[Held], depth: int) -> Leaf | Branch:
    kinds = Counter(map(type, held))
    hidden = sum(1 for item in held if item is _ELSEWHERE)
    enough = _ALIKE * (len(held) - hidden)
    found: Branch | None = None
    if depth < _DEEPEST and kinds[dict] >= max(enough, 1):
        found = _object(path, held, depth)
    elif depth < _DEEPEST and kinds[list] >= max(enough, 1):
        found = _list(path, held, depth)
    return found or Leaf(path, _cells(held, kinds))


def _cells(held: list[Held], kinds: Counter[type]) -> list[str]:
    if len(kinds) == 1 and str in kinds:
        texts = cast(list[str], held)
        if RAW not in "".join(texts):
            return texts
    return [_cell(item) for item in held]


def _cell(held: Held) -> str:
    if isinstance(held, _Nothing):
        return ABSENT if held is _NO_KEY else HIDDEN
    return cell(held)


def _object(path: Path, held: list[Held], depth: int) -> Branch | None:
    shapes = Counter(tuple(item) for item in held if isinstance(item, dict))
    order, fitting = _merged(shapes)
    fits = [isinstance(item, dict) and tuple(item) in fitting for item in held]
    present = sum(1 for item in held if item is not _ELSEWHERE)
    if sum(fits) < _ALIKE * present or not order:
        return None
    branch = Branch(path, is_list=False)
    rows = _split(branch, held, fits)
    all_fit, objects = all(fits), cast(list[dict[str, Value]], rows)
    for key in order:
        if all_fit:
            column: list[Held] = [row.get(key, _NO_KEY) for row in objects]
        else:
            column = [row.get(key, _NO_KEY) if isinstance(row, dict) else row for row in rows]
        branch.members.append((key, _node((*path, key), column, depth + 1)))
    return branch


def _list(path: Path, held: list[Held], depth: int) -> Branch | None:
    lengths = Counter(len(item) for item in held if isinstance(item, list))
    length, most = lengths.most_common(1)[0]
    present = sum(1 for item in held if item is not _ELSEWHERE)
    if not 0 < length <= _LONGEST_LIST or most < _ALIKE * present:
        return None
    branch = Branch(path, is_list=True)
    fits = [isinstance(item, list) and len(item) == length for item in held]
    rows = _split(branch, held, fits)
    for index in range(length):
        column = [row[index] if isinstance(row, list) else row for row in rows]
        branch.members.append((str(index), _node((*path, str(index)), column, depth + 1)))
    return branch


def _split(branch: Branch, held: list[Held], fits: list[bool]) -> list[Held]:
    """The rows that fit; the others go to the branch's `odd`."""
    rows = list(held)
    for row, fit in enumerate(fits):
        if not fit:
            if held[row] is not _ELSEWHERE:
                branch.odd[row] = _cell(held[row])
            rows[row] = _ELSEWHERE
    return rows


def _merged(shapes: Counter[tuple[str, ...]]) -> tuple[list[str], set[tuple[str, ...]]]:
    """One order of keys that the shapes, the commonest first, are parts of; and those shapes."""
    order: list[str] = []
    fitting: set[tuple[str, ...]] = set()
    for shape, _ in shapes.most_common(_MOST_SHAPES):
        place = {key: index for index, key in enumerate(order)}
        known = [place[key] for key in shape if key in place]
        if known != sorted(known) or len(order) + len(shape) - len(known) > _MOST_KEYS:
            continue
        fitting.add(shape)
        if len(known) == len(shape):
            continue
        merged: list[str] = []
        done = 0
        for key in shape:
            if key in place:
                merged += order[done : place[key] + 1]
                done = place[key] + 1
            else:
                merged.append(key)
        order = merged + order[done:]
    return order, fitting
