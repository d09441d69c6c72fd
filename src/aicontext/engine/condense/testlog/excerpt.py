"""The failures of a test run within a token budget: names and errors, then values, then places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Count
from aicontext.engine.condense.fill import fill
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.testlog.report import Failure, Report
from aicontext.engine.condense.traces import Role, roles

ERRORS = 6
"""Distinct error lines of one failure that count as facts; the rest are context."""
WIDTHS = (600, 160)
"""Characters of a line that are shown: the second where the facts are many."""
NAME = -1
BODY_LINES = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A line to show. group: failures with the same errors share one. at: its source line."""

    group: int
    at: int
    text: str
    rank: tuple[int, int]
    name: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Failures that broke in the same way, and the report of the first."""

    failures: list[Failure]
    errors: tuple[int, ...]
    lines: list[tuple[Role, int]]


def excerpt(lines: Sequence[str], report: Report, budget: int, count: Count) -> str:
    """At most `budget` tokens about the run's failures; "" where not even a name fits."""
    marks = Marks.of("\n".join(lines))
    groups = _groups(lines, report)
    best = ""
    for width in WIDTHS:
        pieces = sorted(_pieces(lines, report, groups, width), key=lambda piece: piece.rank)
        facts = [piece for piece in pieces if piece.rank[0] <= FACTS]
        best = fill(
            pieces,
            lambda piece: count(piece.text) + 1,
            lambda chosen: _render(chosen, len(lines), marks),
            budget,
            count,
        )
        if sum(count(piece.text) + 1 for piece in facts) <= budget:
            break
    return best


TOTALS, FIRST, NAMES, OTHER, INNER, VALUES, PLACES, REST = range(8)
FACTS = INNER


def _groups(lines: Sequence[str], report: Report) -> list[Group]:
    found: dict[tuple[bool, tuple[str, ...]], Group] = {}
    for failure in report.failures:
        ranked = _ranked(lines, failure)
        errors = _errors(lines, ranked)
        key = (failure.inner, tuple(_message(lines[at]) for at in errors) or (failure.name,))
        if not errors:
            key = (failure.inner, ())
        group = found.setdefault(key, Group([], errors, ranked))
        group.failures.append(failure)
    return sorted(found.values(), key=lambda group: group.failures[0].inner)


def _ranked(lines: Sequence[str], failure: Failure) -> list[tuple[Role, int]]:
    ranked: list[tuple[Role, int]] = []
    for first, last in failure.bodies:
        last = min(last, first + BODY_LINES)
        ranked.extend(zip(roles(lines[first:last]), range(first, last), strict=True))
    return ranked


def _errors(lines: Sequence[str], ranked: Iterable[tuple[Role, int]]) -> tuple[int, ...]:
    distinct: dict[str, int] = {}
    for role, at in ranked:
        if role is Role.ERROR:
            distinct.setdefault(_message(lines[at]), at)
    return tuple(distinct.values())


def _message(line: str) -> str:
    return line.removeprefix("E ").strip()


def _pieces(
    lines: Sequence[str], report: Report, groups: Sequence[Group], width: int
) -> Iterator[Piece]:
    shown: set[str] = set()
    for turn, at in enumerate(reversed(report.summary[-2:])):
        yield Piece(len(groups), at, _ruled(lines[at]), (TOTALS, turn))
    for number, group in enumerate(groups):
        inner = group.failures[0].inner
        for turn, failure in enumerate(group.failures):
            tier = INNER if inner else NAMES if turn else FIRST
            yield Piece(number, NAME, failure.name, (tier, turn), name=True)
        yield from _errors_of(lines, number, group, width, shown)
        yield from _body_of(lines, number, group, width)


def _errors_of(
    lines: Sequence[str], number: int, group: Group, width: int, shown: set[str]
) -> Iterator[Piece]:
    for turn, at in enumerate(group.errors):
        text = clip(lines[at], width)
        if _message(text) in shown:
            continue
        shown.add(_message(text))
        inner = group.failures[0].inner
        tier = INNER if inner else FIRST if not turn else OTHER if turn < ERRORS else REST
        yield Piece(number, at, text, (tier, turn))


def _body_of(lines: Sequence[str], number: int, group: Group, width: int) -> Iterator[Piece]:
    turns = {VALUES: 0, PLACES: 0, REST: 0}
    tiers = {
        Role.VALUE: VALUES,
        Role.PLACE: PLACES,
        Role.SOURCE: PLACES,
        Role.CONTEXT: REST,
        Role.LIBRARY: REST,
    }
    for role, at in group.lines:
        if role in tiers:
            tier = tiers[role] if not group.failures[0].inner else REST
            turns[tier] += 1
            late = role is Role.LIBRARY
            yield Piece(number, at, clip(lines[at], width), (tier + late, turns[tier]))


def clip(line: str, width: int) -> str:
    """The line's first characters, with an ellipsis where more follow."""
    return line.rstrip() if len(line) <= width else line[:width].rstrip() + "…"


def _ruled(line: str) -> str:
    return line.strip().strip("=").strip() or line


def _render(chosen: Sequence[Piece], total: int, marks: Marks) -> str:
    rows = sorted(chosen, key=lambda piece: (piece.group, not piece.name, piece.at, piece.rank))
    omitted = total - sum(not piece.name for piece in chosen)
    return "\n".join([*(piece.text for piece in rows), marks.gap(max(omitted, 0))])
