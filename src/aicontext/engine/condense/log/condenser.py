"""Condenses build and service logs."""

from __future__ import annotations

from collections.abc import Sequence

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.alike.folding import fold
from aicontext.engine.condense.alike.rows import Row
from aicontext.engine.condense.log.excerpt import excerpt
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.tasks import by_task
from aicontext.engine.condense.terminal import plain_lines, progress, stamp, unstamped
from aicontext.engine.condense.testlog import folding as tests
from aicontext.engine.condense.testlog.reading import read


class LogCondenser:
    """Keeps what went wrong; lines that are alike become counts."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """All lines but repeats of a template, library frames, progress and passed tests."""
        stamped = plain_lines(text)
        untimed = unstamped(stamped)
        lines = by_task(untimed)
        marks = Marks.of(text)
        report = read(lines)
        if report:
            rows = list(tests.fold(lines, report, marks))
        else:
            moving = progress(lines)
            rows = [Row(line, open=True) for at, line in enumerate(lines) if at not in moving]
        head = [] if untimed is stamped else [_period(stamped, marks)]
        shown = "\n".join([*head, *fold(rows, marks)])
        if count(shown) >= count(text):
            return None
        why = "lines alike counted, with the first, the last and what varied"
        return Rendition(Level.CONDENSED, shown, why)

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """Errors and what hangs on them; with `ask.reference`, what a good run did not print."""
        lines = unstamped(plain_lines(text))
        shown = excerpt(text, lines, ask, budget, count)
        if not shown:
            return None
        why = "errors and what hangs on them kept within the budget"
        return Rendition(Level.EXCERPT, shown, why)


def _period(lines: Sequence[str], marks: Marks) -> str:
    """The first and the last of the times that were taken off the lines."""
    times = [found for line in lines if (found := stamp(line))]
    return marks.gap(len(times), "times", f"{times[0]} – {times[-1]}")
