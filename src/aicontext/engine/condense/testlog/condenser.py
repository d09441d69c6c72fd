"""Condenses test logs."""

from __future__ import annotations

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.alike.folding import fold as alike
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.testlog.excerpt import excerpt
from aicontext.engine.condense.testlog.folding import fold
from aicontext.engine.condense.testlog.reading import lines_of, read
from aicontext.engine.condense.testlog.report import Report


class TestLogCondenser:
    """Keeps what failed and why; what passed becomes counts."""

    __test__ = False

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """Every failure in full, its library frames as a number; passed tests counted by file."""
        lines = lines_of(text)
        report = read(lines)
        if not report:
            return None
        marks = Marks.of(text)
        shown = "\n".join(alike(list(fold(lines, report, marks)), marks))
        if count(shown) >= count(text):
            return None
        return Rendition(Level.CONDENSED, shown, why(report))

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """Names and errors of all failures first; then compared values, places, the rest.

        None where no test failed: what there is to tell then is not about tests.
        """
        lines = lines_of(text)
        report = read(lines)
        if not report or not report.failures:
            return None
        shown = excerpt(lines, report, budget, count)
        return Rendition(Level.EXCERPT, shown, why(report)) if shown else None


def why(report: Report) -> str:
    """What was done, in words."""
    passed = sum(one.tests for one in report.passed.values())
    failed = len(report.failures)
    if not failed and not passed:
        return "no test failed; what they printed left out"
    if not failed:
        return f"{passed:,} passed tests counted, none failed"
    return f"{failed:,} failing test{'s' * (failed != 1)} kept, {passed:,} others counted"
