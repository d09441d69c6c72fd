"""A ranking and the files' outlines as a pack: choose, add what is needed to read it, write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aicontext.domain.context import Count
from aicontext.domain.errors import BudgetTooSmall
from aicontext.domain.repository.results import (
    Format,
    Pack,
    Place,
    RankedDefinition,
    Ranking,
    Slice,
)
from aicontext.engine.condense.repository.choice import (
    Choice,
    Piece,
    Wish,
    fill,
    in_order,
    sign,
    take_first,
)
from aicontext.engine.condense.repository.cited import Cited, cited, resolved
from aicontext.engine.condense.repository.company import Company
from aicontext.engine.condense.repository.formats import File, Page, write
from aicontext.engine.condense.repository.units import Outlined, Span, Unit
from aicontext.engine.condense.repository.worth import files_to_read, wishes

NEEDS = 0.06
"""Of the budget, for what chosen code needs to be read."""
NAMES = 0.03
"""Of the budget, for the names of what was left out."""
MOST_NAMES = 12
MOST_LEFT_OUT = 50
BLANK = 2
"""Lines between slices that are shown as they are where they are blank."""
_FRAME = 24
_NAME = 26
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What a pack is to be. count: of `model`. focus: paths that matter more than their rank.
    note: a sentence that it begins with, where it fits."""

    task: str
    budget: int
    count: Count
    model: str
    form: Format = Format.MARKDOWN
    focus: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read for an order. cited: what the task cites of it, by path, the first first."""

    paths: tuple[str, ...]
    cited: tuple[tuple[str, Cited], ...]

    @classmethod
    def of(cls, order: Order, ranking: Ranking) -> Wanted:
        known = [file.path for file in ranking.files]
        found = [(resolved(one.path, known), one) for one in cited(order.task)]
        places = tuple((path, one) for path, one in found if path)
        first = [*order.focus, *(path for path, _ in places)]
        return cls(tuple(dict.fromkeys([*first, *files_to_read(ranking, order.budget)])), places)


def pack(order: Order, ranking: Ranking, wanted: Wanted, files: Mapping[str, Outlined]) -> Pack:
    """The units that matter, whole, in at most `order.budget` tokens of the finished text.

    First what the task cites with the signatures that it calls, then the others by worth. files:
    those of `wanted` that can be shown. Deterministic. Raises BudgetTooSmall where not even an
    empty pack fits.
    """
    choice = Choice(files, order.count, order.budget - _FRAME - int(NAMES * order.budget))
    needs, company = int(NEEDS * order.budget), Company(choice)
    every = wishes(order.task, ranking, files, order.budget, order.focus)
    if first := _cited(every, wanted, files):
        named = {(wish.path, wish.unit.span) for wish in first}
        every = [wish for wish in every if (wish.path, wish.unit.span) not in named]
        every += take_first(choice, first, order.task)
        company.join(needs)
    every = fill(choice, in_order(files, every), choice.room - needs, order.task)
    company.join(needs)
    every = fill(choice, every, choice.room)
    company.join(choice.room)
    drawn = _drawn(choice, every, order)
    for _ in range(_ROUNDS):
        choice.room = order.budget - drawn.tokens
        taken = len(choice.groups)
        every = sign(choice, fill(choice, every, choice.room))
        if len(choice.groups) == taken:
            break
        drawn = _drawn(choice, every, order)
    while drawn.tokens > order.budget:
        if not choice.groups:
            raise BudgetTooSmall(
                f"Not even an empty pack fits {order.budget} tokens.",
                hint=f"It takes {drawn.tokens}.",
            )
        choice.groups.pop()
        drawn = _drawn(choice, every if choice.groups else (), order)
    return drawn if drawn.slices else _empty(drawn, order, _reason(ranking, every, order))


def _reason(ranking: Ranking, every: Sequence[Wish], order: Order) -> str:
    """Why nothing is shown, and what to do."""
    if every:
        return f"Nothing that matches fits {order.budget:,} tokens: give a larger budget."
    if ranking.files:
        return "Nothing of what matches can be shown: see what is only named in `aicontext index`."
    return "Nothing here matches the task: name a file, a function or an error in it."


def _empty(drawn: Pack, order: Order, reason: str) -> Pack:
    """A pack of nothing, which says so where that fits."""
    content = write(Page((), note=f"{order.note} {reason}".strip()), order.form)
    if (tokens := order.count(content)) > order.budget:
        return replace(drawn, warnings=(reason,))
    return replace(drawn, content=content, tokens=tokens, warnings=(reason,))


def _cited(every: Sequence[Wish], wanted: Wanted, files: Mapping[str, Outlined]) -> list[Wish]:
    """The wishes for what is cited, in the order and for the reason of that."""
    paths = {path for path, _ in wanted.cited}
    at = {(wish.path, wish.unit.span): wish for wish in every if wish.path in paths}
    found: dict[tuple[str, Span], Wish] = {}
    for path, one in wanted.cited:
        for unit in _held(files[path], one) if path in files else ():
            key = path, unit.span
            found.setdefault(key, at[key]._replace(why=one.why))
    return list(found.values())


def _held(file: Outlined, one: Cited) -> Sequence[Unit]:
    """The units of the cited lines. A file may have changed since: where another function stands
    there, the nearest one of the cited name."""
    found = [unit for unit in file.units if unit.span[0] <= one.last and one.first <= unit.span[1]]
    called = [unit for unit in file.units if unit.symbol.rpartition(".")[2] == one.name]
    if not called or any(unit in called for unit in found):
        return found
    return [min(called, key=lambda unit: abs(unit.span[0] - one.first))]


def _drawn(choice: Choice, every: Sequence[Wish], order: Order) -> Pack:
    """The pack of what was chosen, whatever it takes. every: the wishes left, best first."""
    shown = _files(choice)
    every = [wish for wish in every if not choice.holds(wish.path, wish.unit.span)]
    left_out = tuple(
        RankedDefinition(Place(w.path, *w.unit.span, w.unit.symbol), w.worth, (w.why,))
        for w in every[:MOST_LEFT_OUT]
    )
    names = min(MOST_NAMES, int(NAMES * order.budget) // _NAME)
    page = Page(shown, left_out[:names], max(0, len(every) - names), order.note)
    content = write(page, order.form)
    slices = tuple(s for file in shown for s in file.slices)
    more = len(every) - len(left_out)
    tokens = order.count(content)
    return Pack(content, slices, left_out, tokens, order.budget, order.model, more=more)


def _files(choice: Choice) -> tuple[File, ...]:
    """The files in the order in which they were first wanted, their slices in their own."""
    of_file: dict[str, list[Piece]] = {}
    for piece in (piece for group in choice.groups for piece in group):
        of_file.setdefault(piece.path, []).append(piece)
    return tuple(
        File(path, choice.files[path].language, tuple(_slices(own, choice)))
        for path, own in of_file.items()
    )


def _slices(pieces: Sequence[Piece], choice: Choice) -> Iterator[Slice]:
    """The pieces in the order of their lines, less those that lie in others, each with the few
    blank lines before the next."""
    kept: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: (piece.span[0], -piece.span[1])):
        if not kept or piece.span[0] > kept[-1].span[1]:
            kept.append(piece)
    for piece, after in zip(kept, [*kept[1:], None], strict=True):
        file = choice.files[piece.path]
        first, last = piece.span
        if after and after.span[0] - last <= BLANK + 1 and file.blank(last + 1, after.span[0]):
            last = after.span[0] - 1
        text = file.text((first, last))
        place = Place(piece.path, first, last, piece.symbol)
        yield Slice(place, piece.level, text, choice.count(text), piece.why)
