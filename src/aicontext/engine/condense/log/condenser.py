"""Condenses build and service logs."""

from __future__ import annotations

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.log.excerpt import excerpt
from aicontext.engine.condense.terminal import plain_lines, unstamped
from aicontext.engine.condense.testlog.reading import read


class LogCondenser:
    """Keeps what went wrong; lines that are alike become counts."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        return None

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """Errors and what hangs on them; with `ask.reference`, what a good run did not print."""
        report = read(unstamped(plain_lines(text)))
        shown = excerpt(text, report, ask.reference, budget, count)
        if not shown:
            return None
        return Rendition(Level.EXCERPT, shown, "errors and their surroundings kept")
