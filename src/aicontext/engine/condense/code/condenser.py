"""Condenses source files."""

from __future__ import annotations

from aicontext.domain.context import Ask, Count, Rendition
from aicontext.engine.condense.code import excerpt, skeleton


class CodeCondenser:
    """Keeps every definition with its line span; bodies as the query asks."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """A skeleton with the bodies that the query asks for; None without definitions."""
        return skeleton.condense(text, ask, count)

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The lines that are most likely needed next, in their order."""
        return excerpt.excerpt(text, ask, budget, count)


CONDENSER = CodeCondenser()
