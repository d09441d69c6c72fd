"""Condenses test logs."""

from __future__ import annotations

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.terminal import plain_lines
from aicontext.engine.condense.testlog.excerpt import excerpt
from aicontext.engine.condense.testlog.reading import read


class TestLogCondenser:
    """Keeps what failed and why; what passed becomes counts."""

    __test__ = False

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        return None

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        lines = plain_lines(text)
        report = read(lines)
        if not report:
            return None
        shown = excerpt(lines, report, budget, count)
        if not shown:
            return None
        why = f"{len(report.failures)} failures kept within the budget"
        return Rendition(Level.EXCERPT, shown, why)
