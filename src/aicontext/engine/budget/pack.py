"""Choosing units of a text within a hard token budget.

Units partition a text: joined they are the text again. They are ordered by utility per token
(Dantzig's rule for the knapsack problem); the longest prefix of that order that fits is found by
bisection over the real count of the rendered text, then small units fill what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from aicontext.domain.context import Count
from aicontext.engine.condense.marks import Marks

Gap = Callable[[int, int], str]
"""The mark for the left-out units first..end-1, with its own line end; may be empty."""

CHARACTERS_A_TOKEN = 4
STEPS = 32
"""Halvings at most: enough for 2 ** 32 units."""
TRIES = 64
"""Units tried one by one in what the prefix leaves."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a text that is shown whole or not at all.

    worth: utility of each of its tokens, in the caller's scale; with 0 it is never taken for
    itself. must: taken before all others. context: indices of units that make it readable (a
    heading, its neighbours) and are taken along with it.
    """

    text: str
    worth: float = 0.0
    must: bool = False
    context: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Packed:
    """What fitted. kept: indices of the shown units, ascending."""

    text: str
    kept: tuple[int, ...]


def line_gaps(marks: Marks, units: Sequence[Unit]) -> Gap:
    """Marks that say how many lines are left out, or sentences where a gap is inside a line."""
    lines = [0, *accumulate(unit.text.count("\n") for unit in units)]

    def gap(first: int, end: int) -> str:
        missing = lines[end] - lines[first]
        if missing:
            return f"{marks.gap(missing)}\n"
        return f"{marks.gap(end - first, 'sentences')}{' ' if end < len(units) else ''}"

    return gap


def pack(units: Sequence[Unit], budget: int, count: Count, gap: Gap) -> Packed | None:
    """Units of much utility per token whose rendering counts at most `budget`, in source order.

    None where not one unit with its gap marks fits. Deterministic; ties go to the earlier unit.
    Time: near-linear in the text, with about log2 of the units counts of at most twice the budget.
    """
    order = _order(units, budget, count)
    shown = _Rendering.of(units, gap)
    taken = _longest_prefix(order, budget, count, shown)
    chosen = _members(order[:taken])
    left = budget - count(shown.text(chosen)) if chosen else budget
    added = _fill(order[taken : taken + TRIES], left, count, units)
    while added and count(shown.text(chosen | _members(added))) > budget:
        added.pop()
    chosen |= _members(added)
    return Packed(shown.text(chosen), tuple(sorted(chosen))) if chosen else None


def _order(units: Sequence[Unit], budget: int, count: Count) -> list[tuple[int, ...]]:
    """Groups to take, best first: each unit with the context that no earlier group brought."""

    ranks = [(not unit.must, -unit.worth) for unit in units]
    useful = [i for i, unit in enumerate(units) if unit.must or unit.worth > 0]
    placed: set[int] = set()
    order = []
    for i in sorted(useful, key=ranks.__getitem__):
        if i in placed:
            continue
        together = tuple(j for j in dict.fromkeys((*units[i].context, i)) if j not in placed)
        for group in (together, (i,)):
            text = "".join(units[j].text for j in group)
            # A token is a byte at least and a character four at most: short groups need no count.
            most = len(text) if text.isascii() else 4 * len(text)
            if most <= budget or count(text) <= budget:
                placed.update(group)
                order.append(group)
                break
    return order


def _longest_prefix(
    order: Sequence[tuple[int, ...]], budget: int, count: Count, shown: _Rendering
) -> int:
    """How many leading groups fit, by a search between the counts of too few and too many.

    It starts with a guess by characters, doubles until too many, then interpolates and halves in
    turn, since tokens grow nearly evenly with groups but not always.
    """
    sizes = accumulate(sum(shown.length(i, i + 1) for i in group) for group in order)
    low, low_cost = 0, 0
    high = high_cost = 0
    trial = 1 + sum(size <= budget * CHARACTERS_A_TOKEN for size in sizes)
    for step in range(2 * STEPS):
        trial = min(trial, len(order))
        cost = count(shown.text(_members(order[:trial])))
        if cost <= budget:
            low, low_cost = trial, cost
        else:
            high, high_cost = trial, cost
        if low == len(order) or high - low == 1:
            break
        if not high:
            trial = 2 * low
        elif step % 2:
            trial = (low + high) // 2
        else:
            part = (budget - low_cost) / (high_cost - low_cost)
            trial = low + min(max(int(part * (high - low)), 1), high - low - 1)
    return low


def _fill(
    order: Sequence[tuple[int, ...]], left: int, count: Count, units: Sequence[Unit]
) -> list[tuple[int, ...]]:
    """The groups of `order` that fit one after another into `left` tokens, marks aside."""
    added = []
    for group in order:
        cost = count("".join(units[i].text for i in group))
        if cost <= left:
            added.append(group)
            left -= cost
    return added


def _members(groups: Iterable[tuple[int, ...]]) -> set[int]:
    return {i for group in groups for i in group}


@dataclass(frozen=True, slots=True)
class _Rendering:
    units: Sequence[Unit]
    gap: Gap
    offsets: Sequence[int]

    @classmethod
    def of(cls, units: Sequence[Unit], gap: Gap) -> _Rendering:
        return cls(units, gap, [0, *accumulate(len(unit.text) for unit in units)])

    def length(self, first: int, end: int) -> int:
        return self.offsets[end] - self.offsets[first]

    def text(self, chosen: set[int]) -> str:
        """The chosen units with a mark for each gap; a gap no longer than its mark is shown."""
        parts: list[str] = []
        after = 0
        for i in (*sorted(chosen), len(self.units)):
            if i > after:
                mark = self.gap(after, i)
                if self.length(after, i) <= len(mark):
                    mark = "".join(self.units[j].text for j in range(after, i))
                parts.append(mark)
            if i < len(self.units):
                parts.append(self.units[i].text)
            after = i + 1
        return "".join(parts)
