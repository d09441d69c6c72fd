"""The failures of a test run within a token budget: names and errors, then values, then places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from aicontext.domain.context import Count
from aicontext.engine.condense.fill import fill
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.testlog.report import Failure, Report
from aicontext.engine.condense.traces import E_LINE, Role, roles

ERRORS = 8
"""Distinct error lines of one group that count as facts; the rest are context."""
ROOMY, TERSE = 600, 240
"""Characters shown of a line: the second where names and errors alone fill the budget."""
BODY_LINES = 4_000
STRAY_ERRORS = 40
TITLE = 24
"""So many characters beside a test's name make a title say more than the name: parameters, say."""
TOTALS = 6


class Tier(IntEnum):
    """What goes in first."""

    FIRST = 0
    TOTALS = 1
    ERRORS = 2
    NAMES = 3
    INNER = 4
    VALUES = 5
    PLACES = 6
    STRAY = 7
    REST = 8
    LIBRARY = 9


TIERS = {
    Role.VALUE: Tier.VALUES,
    Role.PLACE: Tier.PLACES,
    Role.SOURCE: Tier.PLACES,
    Role.CONTEXT: Tier.REST,
    Role.LIBRARY: Tier.LIBRARY,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A line or a test's name to show.

    group: failures with the same errors share one. at: the source line, -1 for a name. owner: the
    class that a name is followed by, where the tool prints it so.
    """

    group: int
    at: int
    text: str
    rank: tuple[Tier, int]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Failures that broke in the same way, and the report of the first."""

    failures: list[Failure]
    errors: tuple[int, ...]
    lines: tuple[tuple[Role, int], ...]

    @property
    def inner(self) -> bool:
        return self.failures[0].inner


def excerpt(lines: Sequence[str], report: Report, budget: int, count: Count) -> str:
    """At most `budget` tokens about the run's failures; "" where not even a name fits."""
    marks = Marks.of("\n".join(lines))
    groups = _groups(lines, report)
    facts = [lines[at][:ROOMY] for group in groups for at in group.errors]
    facts += [failure.name for failure in report.failures]
    terse = count("\n".join(facts[:budget])) > budget * 3 // 4
    pieces = sorted(_pieces(lines, report, groups, terse), key=lambda piece: piece.rank)
    return fill(
        pieces,
        lambda piece, _: count(piece.text) + 1,
        lambda chosen: _render(chosen, len(lines), marks),
        budget,
        count,
    )


def _groups(lines: Sequence[str], report: Report) -> list[Group]:
    found: dict[tuple[bool, tuple[str, ...]], Group] = {}
    for failure in report.failures:
        ranked = tuple(_ranked(lines, failure))
        errors = _errors(lines, ranked)
        key = (failure.inner, tuple(_message(lines[at]) for at in errors))
        found.setdefault(key, Group([], errors, ranked)).failures.append(failure)
    return sorted(found.values(), key=lambda group: group.inner)


def _ranked(lines: Sequence[str], failure: Failure) -> Iterator[tuple[Role, int]]:
    for first, last in failure.bodies:
        last = min(last, first + BODY_LINES)
        if failure.name in lines[first]:
            if len(lines[first]) > len(failure.name) + TITLE:
                yield Role.VALUE, first
            first += 1
        yield from zip(roles(lines[first:last]), range(first, last), strict=True)


def _totals(lines: Sequence[str], report: Report) -> list[int]:
    """The lines with the run's totals, those that count failures first."""
    last = [at for at in report.summary[-TOTALS:] if lines[at].strip()]
    return sorted(last, key=lambda at: ("fail" not in lines[at].lower(), -at))[:2]


def _errors(lines: Sequence[str], ranked: Iterable[tuple[Role, int]]) -> tuple[int, ...]:
    distinct: dict[str, int] = {}
    for role, at in ranked:
        if role is Role.ERROR:
            distinct.setdefault(_message(lines[at]), at)
    return tuple(distinct.values())


def _message(line: str) -> str:
    return line.removeprefix("E ").strip()


def _pieces(
    lines: Sequence[str], report: Report, groups: Sequence[Group], terse: bool
) -> Iterator[Piece]:
    shown: set[str] = set()
    owners: set[str] = set()
    for turn, at in enumerate(_totals(lines, report)):
        yield Piece(len(groups), at, lines[at].strip(" ="), (Tier.TOTALS, turn))
    for number, group in enumerate(groups):
        yield from _names_of(number, group, owners if terse else set())
        yield from _errors_of(lines, number, group, terse, shown)
        yield from _body_of(lines, number, group)
    yield from _strays(lines, len(groups), shown)


def _names_of(number: int, group: Group, owners: set[str]) -> Iterator[Piece]:
    for turn, failure in enumerate(group.failures):
        tier = Tier.INNER if group.inner else Tier.NAMES if turn else Tier.FIRST
        name, opening, owner = failure.name.partition(" (")
        owner = opening + owner
        text = name if owner in owners else failure.name
        owners.add(owner)
        yield Piece(number, -1, text, (tier, turn), owner)


def _errors_of(
    lines: Sequence[str], number: int, group: Group, terse: bool, shown: set[str]
) -> Iterator[Piece]:
    for turn, at in enumerate(group.errors):
        text = clip(_message(lines[at]), TERSE) if terse else clip(lines[at], ROOMY)
        if _message(text) in shown:
            continue
        shown.add(_message(text))
        tier = Tier.ERRORS if turn < ERRORS else Tier.REST
        tier = Tier.INNER if group.inner else Tier.FIRST if not turn else tier
        yield Piece(number, at, text, (tier, turn))


def _body_of(lines: Sequence[str], number: int, group: Group) -> Iterator[Piece]:
    turns = dict.fromkeys(Tier, 0)
    for role, at in group.lines:
        if role in TIERS:
            tier = Tier.REST if group.inner else TIERS[role]
            turns[tier] += 1
            yield Piece(number, at, clip(lines[at], ROOMY), (tier, turns[tier]))


def _strays(lines: Sequence[str], number: int, shown: set[str]) -> Iterator[Piece]:
    """Errors that stand outside of any failure's report: in a passed test's output, say."""
    turn, after = 0, False
    for at, line in enumerate(lines):
        if not E_LINE.match(line):
            after = False
        elif not after and turn < STRAY_ERRORS:
            after = True
            if _message(line) not in shown:
                shown.add(_message(line))
                turn += 1
                yield Piece(number, at, clip(line, TERSE), (Tier.STRAY, turn))


def clip(line: str, width: int) -> str:
    """The line's first characters, with an ellipsis where more follow."""
    return line.rstrip() if len(line) <= width else line[:width].rstrip() + "…"


def _render(chosen: Sequence[Piece], total: int, marks: Marks) -> str:
    rows = sorted(chosen, key=lambda piece: (piece.group, piece.at >= 0, piece.at, piece.rank))
    shown: list[str] = []
    owner = ""
    for piece in rows:
        if piece.at < 0 and piece.owner and piece.owner == owner and shown:
            head = shown[-1].removesuffix(owner)
            shown[-1] = f"{head}, {piece.text.removesuffix(owner)}{owner}"
            continue
        owner = piece.owner if piece.at < 0 else ""
        shown.append(piece.text)
    omitted = total - sum(piece.at >= 0 for piece in chosen)
    return "\n".join([*shown, marks.gap(max(omitted, 0))])
