"""Fills a token budget with pieces in the order of their worth."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from itertools import chain
from typing import TypeVar

from aicontext.domain.context import Count

Piece = TypeVar("Piece", bound=Hashable)
ROUNDS = 4
SLACK = 4
MISSES = 48
"""After so many pieces that did not fit the search ends: work stays linear in the budget."""


def fill(
    order: Iterable[Piece],
    cost: Callable[[Piece, Container[Piece]], int],
    render: Callable[[Sequence[Piece]], str],
    budget: int,
    count: Count,
) -> str:
    """Renders the best pieces that fit; at most `budget` tokens by `count`, "" where none does.

    order: pieces, most useful first. cost: about what a piece adds to those taken, in tokens.
    Pieces are taken while their costs fit; the rendering is then counted: what is left is filled
    with the next ones, or the least useful go until it fits.
    """
    queue = iter(order)
    taken: dict[Piece, None] = {}
    passed: list[Piece] = []
    left = budget
    for _ in range(ROUNDS):
        before = len(taken)
        passed = _take(chain(passed, queue), cost, left, taken)
        left = budget - count(render(list(taken)))
        if len(taken) == before or left < SLACK:
            break
    return _longest(list(taken), render, budget, count)


def _take(
    order: Iterable[Piece],
    cost: Callable[[Piece, Container[Piece]], int],
    left: int,
    taken: dict[Piece, None],
) -> list[Piece]:
    """Adds pieces that fit to `taken`; gives back those that did not."""
    passed: list[Piece] = []
    for piece in order:
        need = cost(piece, taken)
        if need <= left:
            taken[piece] = None
            left -= need
        else:
            passed.append(piece)
        if len(passed) > MISSES or left <= 0:
            break
    return passed


def _longest(
    taken: Sequence[Piece],
    render: Callable[[Sequence[Piece]], str],
    budget: int,
    count: Count,
) -> str:
    text = render(taken) if taken else ""
    if count(text) <= budget:
        return text
    low, high, best = 0, len(taken) - 1, ""
    while low < high:
        middle = (low + high + 1) // 2
        text = render(taken[:middle])
        if count(text) <= budget:
            low, best = middle, text
        else:
            high = middle - 1
    return best
