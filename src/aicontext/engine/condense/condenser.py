"""What every condenser offers."""

from __future__ import annotations

from typing import Protocol

from aicontext.domain.context import Ask, Count, Rendition


class Condenser(Protocol):
    """Shows blocks of one kind for fewer tokens.

    Both functions are pure, linear in the text's length, and never raise on any text: None means
    "not mine, or nothing to gain". A text that merely looks like the kind must come to no harm.
    """

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """The cheapest rendition that keeps all evidence of this kind (exact where it can be)."""

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The most useful rendition of at most `budget` tokens by `count`, in the text's order.

        Whole lines or sentences of the text, neighbours kept together, with gap marks between.
        """
