"""One budgeted choice over what could be shown of a repository.

Units are taken by worth per COST_POWER of their tokens: Dantzig's rule divides by all of it, which
floods a small budget with short definitions that say little. What chosen code needs to be read
takes a share of the budget, and what is left over goes to signatures of what did not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aicontext.domain.context import Count, Level
from aicontext.engine.condense.repository.excerpt import excerpt
from aicontext.engine.condense.repository.units import Outlined, Span, Unit

COST_POWER = 0.4
"""Of a unit's tokens in the rule that orders them."""
CHARACTERS_A_TOKEN = 3.6
ENTRY = 14
"""Tokens that name a slice: its lines, its symbol, why it is there; about."""
FILE = 20
"""Tokens that open and close a file; about."""
GAP = 6
"""Tokens of the mark for lines left out; about."""
EXCERPT = 0.25
"""Of the tokens there are, for the excerpt of one unit at most."""
HUGE = 0.6
"""Of the tokens there are, more than which no unit is shown whole."""
_ENOUGH = 48
"""Tokens of room that are worth looking for what fits."""
_MISSES = 60
"""Units in a row that did not fit, after which no other is tried."""


class Wish(NamedTuple):
    """A unit that could be shown: of every file at hand there are as many as it has units.

    worth: above 0, compared over all files.
    """

    path: str
    unit: Unit
    worth: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines to show of a file, and for what; `symbol` is empty for lines outside of one."""

    path: str
    span: Span
    level: Level
    symbol: str
    why: str

    @property
    def rows(self) -> range:
        return range(self.span[0], self.span[1] + 1)


@dataclass(slots=True)
class Choice:
    """What was taken so far, the most wanted first.

    files: those that may be shown. room: tokens left. groups: what was taken together, of
    one file each. shown: the lines taken, by path.
    """

    files: Mapping[str, Outlined]
    count: Count
    room: int
    groups: list[tuple[Piece, ...]] = field(default_factory=list)
    shown: dict[str, set[int]] = field(default_factory=dict)

    def take(self, pieces: Sequence[Piece], room: int | None = None) -> int:
        """Show pieces of one file together; the tokens that it took, 0 where they do not fit.

        room: of all that is left the part that they may use.
        """
        left = self.room if room is None else min(room, self.room)
        wanted = [piece for piece in pieces if self._missing(piece)]
        if not wanted or self._least(wanted) > left:
            return 0
        cost = self._cost(wanted)
        if cost > left:
            return 0
        self.room -= cost
        self.groups.append(tuple(wanted))
        for piece in wanted:
            self.shown.setdefault(piece.path, set()).update(piece.rows)
        return cost

    def holds(self, path: str, span: Span) -> bool:
        """Whether all these lines are shown, be it as part of something else."""
        shown = self.shown.get(path, set())
        return all(row in shown for row in range(span[0], span[1] + 1))

    def _missing(self, piece: Piece) -> bool:
        return not self.holds(piece.path, piece.span)

    def _least(self, wanted: Sequence[Piece]) -> float:
        """Less than what they cost: a token has rarely more than eight characters."""
        return sum(self.files[piece.path].size(piece.span) for piece in wanted) / 8

    def _cost(self, wanted: Sequence[Piece]) -> int:
        path = wanted[0].path
        shown = self.shown.get(path, set())
        cost = 0 if shown else FILE
        for piece in wanted:
            follows = piece.span[0] - 1 in shown or piece.span[1] + 1 in shown
            cost += ENTRY + (0 if follows else GAP)
            cost += self.count(self.files[path].text(piece.span) + "\n")
        return cost


def take_first(choice: Choice, wishes: Sequence[Wish], query: str) -> list[Wish]:
    """Take units in the given order, whole or by their excerpts; those that did not fit."""
    room = choice.room
    return [wish for wish in wishes if not _take(choice, wish, room, choice.room, query)]


def fill(choice: Choice, wishes: Sequence[Wish], room: int, query: str = "") -> list[Wish]:
    """Take whole units in their order into `room` of the choice's tokens; those that did not fit.

    Of one too large ever to fit well the excerpt for the query is taken, where there is a query.
    A bare one comes with what it encloses.
    """
    left_out: list[Wish] = []
    misses, all_room = 0, room
    for wish in wishes:
        cost = 0
        if misses <= _MISSES and room >= _ENOUGH and not wish.unit.bare:
            cost = _take(choice, wish, all_room, room, query)
            room -= cost
            misses = 0 if cost else misses + 1
        if not cost:
            left_out.append(wish)
    return left_out


def _take(choice: Choice, wish: Wish, all_room: int, room: int, query: str) -> int:
    """Show a unit in `room` tokens; as an excerpt where it takes too much of all there were."""
    if query and _size(choice.files, wish) > HUGE * all_room:
        return choice.take(_excerpt(choice, wish, query, min(room, int(EXCERPT * all_room))), room)
    return choice.take([*_around(wish), _whole(wish)], room)


def sign(choice: Choice, wishes: Sequence[Wish]) -> list[Wish]:
    """Signatures of wishes in their order, where they fit; the wishes of which nothing is shown."""
    left_out: list[Wish] = []
    misses = 0
    for wish in wishes:
        if misses > _MISSES or choice.room < _ENOUGH:
            left_out.append(wish)
            continue
        unit = wish.unit
        piece = Piece(wish.path, unit.signature, Level.SKELETON, unit.symbol, wish.why)
        cost = choice.take([piece])
        misses = 0 if cost else misses + 1
        if not cost:
            left_out.append(wish)
    return left_out


def in_order(files: Mapping[str, Outlined], wishes: Sequence[Wish]) -> list[Wish]:
    """The wishes, most worth for their tokens first, tokens by characters."""

    def merit(wish: Wish) -> tuple[float, str, Span]:
        size = ENTRY + _size(files, wish)
        return -wish.worth / size**COST_POWER, wish.path, wish.unit.span

    return sorted(wishes, key=merit)


def _size(files: Mapping[str, Outlined], wish: Wish) -> float:
    """Its tokens, about."""
    return files[wish.path].size(wish.unit.span) / CHARACTERS_A_TOKEN


def _whole(wish: Wish) -> Piece:
    unit = wish.unit
    level = Level.FULL if unit.whole else Level.SKELETON if unit.bare else Level.EXCERPT
    return Piece(wish.path, unit.span, level, unit.symbol, wish.why)


def _excerpt(choice: Choice, wish: Wish, query: str, budget: int) -> Sequence[Piece]:
    """The best of a unit's statements with its signature and those around it; about `budget`."""
    path, unit = wish.path, wish.unit
    spans = excerpt(choice.files[path].lines, unit, query, budget - ENTRY - FILE, choice.count)
    own = [Piece(path, span, Level.EXCERPT, unit.symbol, wish.why) for span in spans]
    return [*_around(wish), *own] if own else ()


def _around(wish: Wish) -> Iterator[Piece]:
    names = wish.unit.symbol.split(".")
    for i, span in enumerate(wish.unit.around):
        yield Piece(wish.path, span, Level.SKELETON, ".".join(names[: i + 1]), "encloses it")
