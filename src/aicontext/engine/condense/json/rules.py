"""How the cells of a column are told without writing each: constants and progressions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from aicontext.engine.condense.json.cells import HIDDEN, RAW, is_text
from aicontext.engine.condense.json.grammar import Path, Progression
from aicontext.engine.condense.json.shape import Leaf

_MOST_ODD = 0.1
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_INTEGER = re.compile(r"(?:0|-?[1-9]\d{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hole:
    """A column of the table: its cells, of strings only what is not fixed text."""

    name: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Reference:
    """What another key's column shows, or its value where it has none. path: that key's."""

    name: str
    cells: list[str]
    path: Path


@dataclass(slots=True)
class Rule:
    """What the template says of a leaf.

    Exactly one of: constant (a cell), progression, parts (a string of literals, holes and
    references; one hole or reference alone may hold any cell). odd: rows told at the line's end.
    """

    constant: str | None = None
    progression: Progression | None = None
    parts: list[str | Hole | Reference] = field(default_factory=list)
    odd: list[int] = field(default_factory=list)


def constant(leaf: Leaf) -> Rule | None:
    """The commonest cell, where naming the other rows costs less than a column would."""
    counts = Counter(leaf.cells)
    counts.pop(HIDDEN, None)
    if not counts:
        return Rule(constant=RAW + "null")
    value, most = counts.most_common(1)[0]
    rows = sum(counts.values())
    if most < (1 - 2 * _MOST_ODD) * rows:
        return None
    rare = [cell for cell in counts if cell != value]
    exceptions = sum(counts[cell] * (4 + (len(leaf.path[-1]) + len(cell)) / 4) for cell in rare)
    if exceptions >= rows * min(3, max(1, len(value) / 5)):
        return None
    odd = [row for row, cell in enumerate(leaf.cells) if cell not in (value, HIDDEN)]
    return Rule(constant=value, odd=odd)


def progression(leaf: Leaf) -> Rule | None:
    """Whole numbers or times that rise or fall by the same step each row."""
    rows = [row for row, cell in enumerate(leaf.cells[:40]) if cell != HIDDEN]
    if len(rows) < 4:
        return None
    first, second = rows[0], rows[1]
    found = _numbers(leaf.cells, rows) if not is_text(leaf.cells[first]) else None
    if found is None and is_text(leaf.cells[first]) and _TIME.fullmatch(leaf.cells[first]):
        found = _times(leaf.cells, first, second)
    if found is None:
        return None
    expected = predict(found, len(leaf.cells))
    odd = [r for r, cell in enumerate(leaf.cells) if cell not in (expected[r], HIDDEN)]
    return Rule(progression=found, odd=odd) if len(odd) <= _MOST_ODD * len(leaf.cells) else None


def predict(found: Progression, rows: int) -> list[str]:
    """The cells that a progression gives for rows 0 to rows - 1."""
    if not found.unit:
        start = int(found.start)
        return [f"{RAW}{start + found.step * row}" for row in range(rows)]
    moment, separator, precision, suffix = _moment(found.start)
    step = timedelta(microseconds=found.step * _MICROSECONDS[found.unit])
    cells: list[str] = []
    for row in range(rows):
        try:
            at = moment + step * row
        except OverflowError:
            return cells + [HIDDEN + "!"] * (rows - row)
        cells.append(at.isoformat(separator, precision) + suffix)
    return cells


def _numbers(cells: list[str], rows: list[int]) -> Progression | None:
    sample = [(row, int(cells[row][1:])) for row in rows if _INTEGER.fullmatch(cells[row][1:])]
    steps = Counter((b - a) / (there - here) for (here, a), (there, b) in pairwise(sample))
    if len(sample) < 4 or not steps:
        return None
    step = steps.most_common(1)[0][0]
    if step == 0 or step != int(step) or abs(step) >= 10**15:
        return None
    starts = Counter(value - int(step) * row for row, value in sample)
    return Progression(str(starts.most_common(1)[0][0]), int(step))


def _times(cells: list[str], first: int, second: int) -> Progression | None:
    if not _TIME.fullmatch(cells[second]):
        return None
    try:
        moment, separator, precision, suffix = _moment(cells[first])
        apart = _moment(cells[second])[0] - moment
        start = moment - first * (apart / (second - first))
    except (ValueError, OverflowError):
        return None
    whole = (apart // timedelta(microseconds=1)) // (second - first)
    if whole == 0:
        return None
    unit = next(u for u in ("s", "ms", "us") if whole % _MICROSECONDS[u] == 0)
    text = start.isoformat(separator, precision) + suffix
    return Progression(text, whole // _MICROSECONDS[unit], unit)


def _moment(text: str) -> tuple[datetime, str, str, str]:
    """A time without its zone, and how it was written: separator, precision, zone."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    separator, fraction, zone = match.groups(default="")
    bare = text[: len(text) - len(zone)]
    precision = {0: "seconds", 4: "milliseconds", 7: "microseconds"}[len(fraction)]
    return datetime.fromisoformat(bare), separator, precision, zone
