"""An excerpt of a text by the worth of its pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aicontext.domain.context import Count, Level, Rendition
from aicontext.engine.budget.pack import Group, by_worth, line_gaps, take
from aicontext.engine.condense.marks import Marks


def excerpt_by_worth(
    pieces: Sequence[str],
    worth: Sequence[float],
    budget: int,
    count: Count,
    *,
    why: str,
    parents: Sequence[int] = (),
) -> Rendition | None:
    """The pieces of most worth a token within `budget`, in source order, gaps marked.

    pieces: a partition of the text. worth: utility of each token of a piece, 0 to leave it out.
    parents: the piece that each is shown under, -1 for none. None where not one piece fits.
    """
    return excerpt_in_order(pieces, by_worth(worth, parents), budget, count, why=why)


def excerpt_in_order(
    pieces: Sequence[str],
    order: Iterable[Group],
    budget: int,
    count: Count,
    *,
    why: str,
) -> Rendition | None:
    """The same by groups of pieces in the order in which they are wanted."""
    text = "".join(pieces)
    packed = take(pieces, order, budget, count, line_gaps(Marks.of(text), text, pieces))
    return Rendition(Level.EXCERPT, packed.text, why) if packed else None
