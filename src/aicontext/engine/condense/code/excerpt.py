"""The lines of a source file that are most likely needed next, within a hard budget.

First what a question asks for: the few functions that match it best, whole, with the headers
around them. Then the lines that name the most, those near the query's hits first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.budget.pack import Group, take
from aicontext.engine.condense.code.asked import answers, best_few, matching_rows
from aicontext.engine.condense.code.lexical import lexical_outline
from aicontext.engine.condense.code.outline import language_of, outline
from aicontext.engine.condense.code.reads import plain
from aicontext.engine.condense.lines import covered
from aicontext.engine.condense.marks import Marks
from aicontext.engine.prioritize.coverage import runs
from aicontext.engine.prioritize.glance import LOOKED_AT, worth_a_look
from aicontext.engine.prioritize.terms import terms

LONGEST = 2_000
"""Characters of a line that are looked at."""
QUESTION = 12
"""Distinct terms of a query that asks for something in particular, wherever it stands."""
ISSUE = 64
"""The same of a query about a text that is not the result of a call."""
FEW = 3
"""Functions shown whole at most."""
FOCUS = 0.75
"""Share of the budget for them; only the best may take more."""
MORE = 1.25
"""Lines are sought for so many times the budget, since costs are estimates."""

_MARK = 4


def excerpt(text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
    """Whole lines of the text, most useful first, at most `budget` tokens with the gap marks.

    Lines of a numbered read keep the numbers they have. None where not one line fits.
    """
    if budget <= 0:
        return None
    lines = text.split("\n")
    read = plain(text)
    code = [*read.before, *read.lines, *read.after] if read is not None else lines
    view = _View.of(lines, code, ask, budget, count=count)
    focus = view.focus(ask, budget, count)
    order = [*focus, *view.cover(focus, ask, MORE * budget)]
    marks, end = Marks.of(text), len(lines)
    parts = [line + "\n" for line in lines]
    parts[-1] = lines[-1]

    def gap(first: int, after: int) -> str:
        """Where lines have numbers these tell how many are left out."""
        mark = marks.gap(after - first) if read is None else marks.cut
        return mark + ("\n" if after < end else "")

    found = take(parts, (tuple(map(view.rows.__getitem__, g)) for g in order), budget, count, gap)
    if found is None:
        return None
    why = f"{len(found.kept):,} of {end:,} lines, by what they name"
    return Rendition(Level.EXCERPT, found.text, why)


@dataclass(frozen=True, slots=True)
class _View:
    """The lines that are looked at closely.

    raw: the same with what a tool wrote before them. rows: where they stand. costs: tokens, about.
    whole: whether these are all lines of the text.
    """

    lines: Sequence[str]
    raw: Sequence[str]
    rows: Sequence[int]
    costs: Sequence[float]
    whole: bool

    @classmethod
    def of(
        cls, lines: Sequence[str], code: Sequence[str], ask: Ask, budget: int, *, count: Count
    ) -> _View:
        cut = code
        if max(map(len, code)) > LONGEST:
            cut = [line[:LONGEST] for line in code]
        rows = worth_a_look(cut, ask.query or ask.command, budget)
        raw = [lines[row] for row in rows]
        sample = "\n".join(raw)[:LOOKED_AT]
        rate = count(sample) / max(1, len(sample))
        costs = [1 + rate * len(line) for line in raw]
        return cls([cut[row] for row in rows], raw, rows, costs, len(rows) == len(lines))

    def focus(self, ask: Ask, budget: int, count: Count) -> list[Group]:
        """The few functions that a question asks for, as groups of rows."""
        if not _is_question(ask):
            return []
        code = "\n".join(self.lines)
        found = outline(code, language_of(code, ask.path)) if self.whole else lexical_outline(code)
        groups: list[Group] = []
        left = budget - _MARK
        for answer in best_few(answers(self.lines, found, ask.query), FEW):
            rows = {*answer.around, *answer.rows}
            cost = self._cost(rows, count)
            if cost > left:
                head = {*answer.around, *range(answer.rows.start, answer.definition.head)}
                room = int(FOCUS * left) - self._cost(head, count)
                rows = {*head, *matching_rows(self.raw, answer.rows, ask.query, room, count)}
                cost = self._cost(rows, count)
            if cost <= left:
                groups.append(tuple(sorted(rows)))
                left = min(left, int(FOCUS * budget)) - cost
        return groups

    def _cost(self, rows: Collection[int], count: Count) -> int:
        """Tokens of the rows with a gap mark before each run of them."""
        runs = sum(row - 1 not in rows for row in rows)
        return count("\n".join([self.raw[row] for row in sorted(rows)])) + _MARK * runs

    def cover(self, taken: Sequence[Group], ask: Ask, limit: float) -> list[Group]:
        """Runs of the other lines by the names that they show first."""
        rows = {row for group in taken for row in group}
        pieces = covered([line + "\n" for line in self.lines], ask, self.costs)
        shown = {name for row in rows for name in pieces.names[row]}
        left = [[name for name in names if name not in shown] for names in pieces.names]
        found = runs(replace(pieces, names=left), limit)
        rest = (tuple(row for row in group if row not in rows) for group in found)
        return [group for group in rest if group]


def _is_question(ask: Ask) -> bool:
    """Whether the query says what it wants of the text.

    The words before a call are about more than its result: who reads on needs the cover.
    """
    most = QUESTION if ask.tool or ask.command else ISSUE
    return 0 < len(set(terms(ask.query))) <= most
