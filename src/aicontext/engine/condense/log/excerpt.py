"""The lines of a log that tell what went wrong, within a token budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log2

from aicontext.domain.context import Count
from aicontext.engine.condense.fill import fill
from aicontext.engine.condense.log.severity import severity
from aicontext.engine.condense.log.templates import template
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines
from aicontext.engine.condense.testlog.report import Report
from aicontext.engine.condense.traces import Role, is_frame, is_library, roles

ERROR = 1.5
KNOWN = 0.1
"""What a line is worth that a successful run printed too."""
NEW = 0.6
"""What a line is worth that no successful run printed, even if it looks calm."""
ATTACHED = 30
FADE = 0.93
GAP = 3
LAST = 3
WIDTH = 1_200


def excerpt(text: str, report: Report, reference: str, budget: int, count: Count) -> str:
    """At most `budget` tokens of whole lines in the text's order, "" where not one fits.

    report: what test runs in the text said. reference: a successful run's log, or "".
    """
    raw = text.split("\n")
    lines = plain_lines(text)
    marks = Marks.of(text)
    worth = worths(lines, report, reference)
    order = sorted((i for i, value in enumerate(worth) if value > 0), key=lambda i: -worth[i])
    return fill(
        order,
        lambda at: count(_shown(raw[at], lines[at])) + GAP,
        lambda chosen: _render(raw, lines, chosen, marks),
        budget,
        count,
    )


def worths(lines: Sequence[str], report: Report, reference: str) -> list[float]:
    """How much each line tells about what went wrong; 0 for blank and repeated lines."""
    masked = [template(line) for line in lines]
    often = Counter(masked)
    known = {template(line) for line in plain_lines(reference)} if reference else set()
    own = [
        _own(line, mask, often, known, bool(reference))
        for line, mask in zip(lines, masked, strict=True)
    ]
    _failures(lines, report, own)
    worth = _attached(lines, own)
    total = max(len(lines), 1)
    seen: set[str] = set()
    for at, line in enumerate(lines):
        folded = " ".join(line[:WIDTH].split())
        if not folded or folded in seen:
            worth[at] = 0.0
        seen.add(folded)
        worth[at] *= 0.7 + 0.6 * at / total
    tail = [at for at in range(max(0, total - 30), len(lines)) if lines[at].strip()][-LAST:]
    for at in tail:
        worth[at] = max(worth[at], 1.0)
    return worth


def _own(line: str, mask: str, often: Counter[str], known: set[str], compared: bool) -> float:
    value = severity(line)
    if value:
        value /= 1 + log2(often[mask]) / 4
    if compared:
        value = value * KNOWN if mask in known else value + NEW
    return value


def _failures(lines: Sequence[str], report: Report, own: list[float]) -> None:
    for failure in report.failures:
        own[failure.line] += 2.0
        for first, last in failure.bodies:
            for at, role in zip(range(first, last), roles(lines[first:last]), strict=True):
                own[at] += 2.0 if role is Role.ERROR else 1.0 if role is Role.VALUE else 0.0
    for at in report.summary:
        own[at] += 1.0


def _attached(lines: Sequence[str], own: Sequence[float]) -> list[float]:
    """Worth with what hangs on an error: its indented continuation, its frames, the line before."""
    worth = list(own)
    head, reach = 0.0, 0
    for at, line in enumerate(lines):
        if own[at] >= ERROR:
            head, reach = own[at], ATTACHED
            if at and not own[at - 1]:
                worth[at - 1] = max(worth[at - 1], own[at] * 0.3)
        elif reach and line.strip() and (line[0] in " \t" or is_frame(line)):
            head *= FADE
            reach -= 1
            worth[at] = max(worth[at], head * (0.3 if is_library(line) else 0.8))
        elif reach:
            worth[at] = max(worth[at], head * 0.3) if line.strip() else worth[at]
            reach = 0
    return worth


def _shown(raw: str, line: str) -> str:
    """The line as it stands, but for overprinted states; of a very long one the start."""
    shown = line if "\r" in raw or "\b" in raw else raw
    return shown if len(shown) <= WIDTH else shown[:WIDTH] + "…"


def _render(raw: Sequence[str], lines: Sequence[str], chosen: Sequence[int], marks: Marks) -> str:
    rows: list[str] = []
    next_line = 0
    for at in sorted(chosen):
        if at > next_line:
            rows.append(marks.gap(at - next_line))
        rows.append(_shown(raw[at], lines[at]))
        next_line = at + 1
    if next_line < len(raw):
        rows.append(marks.gap(len(raw) - next_line))
    return "\n".join(rows)
