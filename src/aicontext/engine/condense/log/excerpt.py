"""The lines of a log that tell what went wrong, within a token budget."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import chain
from math import log2

from aicontext.domain.context import Ask, Count
from aicontext.engine.condense.alike.severity import severity
from aicontext.engine.condense.alike.templates import templates
from aicontext.engine.condense.fill import fill
from aicontext.engine.condense.lines import best_runs, near
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines, progress, unstamped
from aicontext.engine.condense.testlog.reading import read
from aicontext.engine.condense.testlog.report import Report
from aicontext.engine.condense.traces import Role, is_cause, is_frame, is_library, roles
from aicontext.engine.prioritize.names import names

ERROR = 1.5
KNOWN = 0.1
"""What a line is worth that a successful run printed too."""
NEW = 1.0
"""What a line is worth that no successful run printed, even if it looks calm."""
FADED, NEIGHBOUR = 0.8, 0.7
STRAY = 4
"""After so many lines that do not hang on it an error's block has ended."""
FADE = 0.99
FRAME, LIBRARY, LOOSE = 0.8, 0.7, 0.3
GAP = 3
BRIDGE, BRIDGE_WIDTH = 3, 20
"""A gap of so few lines and characters is shown: a mark would cost as much."""
LAST = 3
"""The last lines tell how it ended."""
POWER = 0.3
"""Of lines worth the same the shorter go first, a little."""
AFTER, BEFORE, GLOW = 0.5, 0.3, 0.85
"""What an error lends to the lines after and before it, and how that fades from line to line."""
TAIL, ENDING = 0.2, 0.6
"""What closeness to the end is worth in itself, and to a line that is worth something."""
FAILING = {Role.ERROR: 3.0, Role.VALUE: 2.5, Role.PLACE: 1.0, Role.SOURCE: 0.5}
WIDTH = 1_200
NAMED = re.compile(r"(?<!\S)(?=\S*[#./<>$:@]\S)\S++")
"""A word that names a file, a class, a package: lines that differ only in these tell less each."""
TROUBLE = 1 / 3
"""Share of the budget that errors may fill before what a query asks for that names something."""


def excerpt(text: str, lines: list[str], ask: Ask, budget: int, count: Count) -> str:
    """At most `budget` tokens of whole lines in the text's order, "" where not one fits.

    lines: the text's, as a terminal shows them, without a build service's times.
    """
    raw = text.split("\n")
    marks = Marks.of(text)
    worth = worths(lines, read(lines), ask.reference)
    order = sorted(
        (i for i, value in enumerate(worth) if value > 0),
        key=lambda i: -worth[i] / (len(raw[i]) + 40) ** POWER,
    )

    def cost(at: int, taken: Container[int]) -> int:
        """Tokens of a line and of the gap marks that it brings or saves."""
        marked = GAP * (1 - (at - 1 in taken) - (at + 1 in taken))
        return count(_shown(raw[at], lines[at])) + 1 + marked

    if names(ask.query):
        trouble = _trouble(order, worth, lambda at: count(_shown(raw[at], lines[at])), budget)
        order = list(dict.fromkeys(chain(trouble, _asked(raw, ask, budget, count), order)))
    return fill(order, cost, lambda chosen: _render(raw, lines, chosen, marks), budget, count)


def _trouble(
    order: Sequence[int], worth: Sequence[float], size: Callable[[int], int], budget: int
) -> Iterator[int]:
    """The errors that come first whatever the query."""
    left = TROUBLE * budget
    for at in order:
        left -= size(at)
        if left < 0 or worth[at] < ERROR:
            return
        yield at


def _asked(raw: Sequence[str], ask: Ask, budget: int, count: Count) -> Iterator[int]:
    """Lines in the order in which they show the names near what is asked for."""
    rows = near(raw, ask, budget)
    order = best_runs([raw[row] for row in rows], rows, ask, budget, count)
    return chain.from_iterable(order)


def worths(lines: Sequence[str], report: Report, reference: str) -> list[float]:
    """How much each line tells about what went wrong; 0 for blank and repeated lines."""
    masked = templates(lines)
    often = Counter(masked)
    said = dict(zip(masked, lines, strict=True))
    shapes = {mask: NAMED.sub("#", mask) for mask in said}
    alike = Counter(shapes.values())
    values = {
        mask: severity(line) / (1 + log2(often[mask]) / 4) / (1 + log2(alike[shapes[mask]]) / 4)
        for mask, line in said.items()
    }
    own = [values[mask] for mask in masked]
    if reference:
        known = {*templates(unstamped(plain_lines(reference)))}
        own = _compared(own, [mask not in known for mask in masked])
    _failures(lines, report, own)
    worth = _attached(lines, own)
    _near(lines, own, worth)
    total = max(len(lines), 1)
    seen: set[str] = set()
    moving = progress(lines)
    for at in range(len(lines) - 1, -1, -1):
        folded = " ".join(lines[at][:WIDTH].split())
        worth[at] *= 0.6 + 0.4 * at / total + ENDING / (1 + (total - at) / 50)
        if not folded or folded in seen or at in moving:
            worth[at] = 0.0
        seen.add(folded)
    return worth


def _compared(own: Sequence[float], new: Sequence[bool]) -> list[float]:
    """Worth with what the good run did not print; what it printed counts in the midst of that."""
    near = [0.0] * len(own)
    for step in (1, -1):
        glow = 0.0
        for at in range(len(own))[::step]:
            glow = 1.0 if new[at] else glow * FADED
            near[at] = max(near[at], glow)
    return [
        value + NEW if fresh else value * (KNOWN + NEIGHBOUR * close)
        for value, fresh, close in zip(own, new, near, strict=True)
    ]


def _near(lines: Sequence[str], own: Sequence[float], worth: list[float]) -> None:
    """A little for every line, more before the end and around errors: it fills what is left."""
    total = len(lines)
    ending = [at for at in range(max(0, total - 30), total) if lines[at].strip()][-LAST:]
    for at in ending:
        worth[at] = max(worth[at], 1.0)
    for start, stop, step, share in ((0, total, 1, AFTER), (total - 1, -1, -1, BEFORE)):
        glow = 0.0
        for at in range(start, stop, step):
            glow *= GLOW
            if (lent := own[at] * share) > glow:
                glow = lent
            if glow > worth[at]:
                worth[at] = glow
    for at, value in enumerate(worth):
        if value < TAIL:
            worth[at] = max(value, TAIL / (1 + (total - at) / 20))


def _failures(lines: Sequence[str], report: Report, own: list[float]) -> None:
    for failure in report.failures:
        own[failure.line] += 2.0
        for first, last in failure.bodies:
            for at, role in zip(range(first, last), roles(lines[first:last]), strict=True):
                own[at] += FAILING.get(role, 0.0)
    for at in report.summary:
        own[at] += 1.0 if severity(lines[at]) else 0.0


def _attached(lines: Sequence[str], own: Sequence[float]) -> list[float]:
    """Worth with what hangs on an error: its indented continuation, its frames, its causes."""
    worth = list(own)
    head, stray = 0.0, STRAY
    for at, line in enumerate(lines):
        if own[at] >= ERROR:
            head, stray = max(own[at], head * FADE), 0
            continue
        if stray >= STRAY or not line.strip():
            stray += stray < STRAY
            continue
        head *= FADE
        if is_frame(line) or is_cause(line):
            worth[at] = max(worth[at], head * (LIBRARY if is_library(line) else FRAME))
            stray = 0
        elif line[0] in " \t":
            worth[at] = max(worth[at], head * FRAME)
        else:
            worth[at] = max(worth[at], head * LOOSE)
            stray += 1
    return worth


def _shown(raw: str, line: str) -> str:
    """The line as it stands, but for overprinted states; of a very long one the start."""
    shown = line if "\r" in raw.rstrip("\r") or "\b" in raw else raw.rstrip("\r")
    return shown if len(shown) <= WIDTH else shown[:WIDTH] + "…"


def _render(raw: Sequence[str], lines: Sequence[str], chosen: Sequence[int], marks: Marks) -> str:
    rows: list[str] = []
    next_line = left = 0
    for at in [*sorted(chosen), len(raw)]:
        between = raw[next_line:at] if at - next_line <= BRIDGE else []
        if between and sum(map(len, between)) <= BRIDGE_WIDTH:
            rows.extend(between)
        elif at > next_line:
            left += at - next_line
            if at < len(raw):
                rows.append(marks.cut)
        if at < len(raw):
            rows.append(_shown(raw[at], lines[at]))
        next_line = at + 1
    return "\n".join([*rows, marks.gap(left, "lines left out")] if left else rows)
