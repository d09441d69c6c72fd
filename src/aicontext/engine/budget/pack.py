"""Choosing pieces of a text within a hard token budget.

Pieces partition a text: joined they are the text again. They come in an order of worth; the longest
prefix of that order that fits is found by a search over the real count of the rendered text, then
small pieces fill what is left. Ordering by utility per token is Dantzig's rule for the knapsack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Protocol

from aicontext.domain.context import Count

Gap = Callable[[int, int], str]
"""The mark for the left-out pieces first..end-1, with its own line end; may be empty."""
Group = tuple[int, ...]
"""Pieces taken together; the last is what the others are there for."""

CHARACTERS_A_TOKEN = 4
ENOUGH = 16
"""Characters looked at for each token of the budget."""
STEPS = 32
"""Halvings at most: enough for 2 ** 32 groups."""
TRIES = 64
"""Groups tried one by one in what the prefix leaves."""


class Marker(Protocol):
    """What writes the marks of one text."""

    @property
    def cut(self) -> str:
        """A mark that says that something is left out here."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What fitted. kept: indices of the shown pieces, ascending."""

    text: str
    kept: tuple[int, ...]


def line_gaps(marks: Marker, text: str, pieces: Sequence[str]) -> Gap:
    """Marks on lines of their own, or in the line where a gap is between sentences.

    text: the pieces joined. Marks do not say how much is left out: under a budget that would cost
    half of what it marks.
    """
    offsets = [0, *accumulate(map(len, pieces))]

    def gap(first: int, end: int) -> str:
        if text.find("\n", offsets[first], offsets[end]) >= 0:
            return f"{marks.cut}\n"
        return f"{marks.cut}{' ' if end < len(pieces) else ''}"

    return gap


def by_worth(worth: Sequence[float], parents: Sequence[int] = ()) -> Iterator[Group]:
    """Each piece of some worth a token, best first, with all it stands under that came with none.

    parents: the earlier piece that each stands under, -1 for none; empty where all have none. Ties
    go to the earlier piece.
    """
    placed: set[int] = set()
    for i in sorted(range(len(worth)), key=worth.__getitem__, reverse=True):
        if worth[i] <= 0:
            return
        if i not in placed:
            group = [i]
            while parents and (i := parents[i]) >= 0 and i not in placed:
                group.append(i)
            placed.update(group)
            yield tuple(reversed(group))


def take(
    pieces: Sequence[str], order: Iterable[Group], budget: int, count: Count, gap: Gap
) -> Packed | None:
    """The first groups of `order` whose rendering counts at most `budget`, in source order.

    None where not one group with its gap marks fits. Deterministic. Time: near-linear in the text,
    with about log2 of the groups counts of at most twice the budget.
    """
    groups = list(_small_enough(pieces, order, budget, count))
    shown = _Rendering.of(pieces, gap)
    taken = _longest_prefix(groups, budget, count, shown)
    if not taken and groups:
        # What is wanted most is shown alone before anything else takes its place.
        groups[0] = groups[0][-1:]
        taken = int(count(shown.text(_members(groups[:1]))) <= budget)
    chosen = _members(groups[:taken])
    left = budget - count(shown.text(chosen)) if chosen else budget
    added = _fill(groups[taken : taken + TRIES], left, count, pieces)
    while added and count(shown.text(chosen | _members(added))) > budget:
        added.pop()
    chosen |= _members(added)
    return Packed(shown.text(chosen), tuple(sorted(chosen))) if chosen else None


def _small_enough(
    pieces: Sequence[str], order: Iterable[Group], budget: int, count: Count
) -> Iterator[Group]:
    """The groups, those over the budget without their company, those still over it not at all.

    It ends with ENOUGH characters for each token of the budget: a text seldom has so many.
    """
    room, lengths = ENOUGH * budget, list(map(len, pieces))
    for group in order:
        for members in (group, group[-1:]):
            length = sum(map(lengths.__getitem__, members))
            # A token is a byte at least and a character four at most: short groups need no count.
            if 4 * length <= budget or count("".join(pieces[i] for i in members)) <= budget:
                yield members
                room -= length
                break
        if room < 0:
            return


def _longest_prefix(order: Sequence[Group], budget: int, count: Count, shown: _Rendering) -> int:
    """How many leading groups fit, by a search between the counts of too few and too many.

    It starts with a guess by characters, doubles until too many, then interpolates and halves in
    turn, since tokens grow nearly evenly with groups but not always.
    """
    sizes = accumulate(sum([len(shown.pieces[i]) for i in group]) for group in order)
    low, low_cost = 0, 0
    high = high_cost = 0
    trial = 1 + len(list(takewhile((budget * CHARACTERS_A_TOKEN).__ge__, sizes)))
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


def _fill(order: Sequence[Group], left: int, count: Count, pieces: Sequence[str]) -> list[Group]:
    """The groups of `order` that fit one after another into `left` tokens, marks aside."""
    added = []
    for group in order:
        cost = count("".join(pieces[i] for i in group))
        if cost <= left:
            added.append(group)
            left -= cost
    return added


def _members(groups: Iterable[Group]) -> set[int]:
    return {i for group in groups for i in group}


@dataclass(frozen=True, slots=True)
class _Rendering:
    pieces: Sequence[str]
    gap: Gap
    offsets: Sequence[int]

    @classmethod
    def of(cls, pieces: Sequence[str], gap: Gap) -> _Rendering:
        return cls(pieces, gap, [0, *accumulate(map(len, pieces))])

    def length(self, first: int, end: int) -> int:
        return self.offsets[end] - self.offsets[first]

    def text(self, chosen: set[int]) -> str:
        """The chosen pieces with a mark for each gap; a gap no longer than its mark is shown."""
        parts: list[str] = []
        after = 0
        for i in (*sorted(chosen), len(self.pieces)):
            if i > after:
                mark = self.gap(after, i)
                if self.length(after, i) <= len(mark):
                    mark = "".join(self.pieces[after:i])
                parts.append(mark)
            parts += self.pieces[i : i + 1]
            after = i + 1
        return "".join(parts)
