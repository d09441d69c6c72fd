"""Shows diffs with every changed line and little of what did not change."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.budget.pack import Gap, take
from aicontext.engine.condense.lines import MORE, costs, covered, near
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines
from aicontext.engine.detect.hunks import HUNK, Part, read
from aicontext.engine.prioritize.coverage import Covered, runs

USUAL_CONTEXT = 3
"""Context lines that diffs open and close hunks with unless told otherwise."""
MARK_CHARACTERS = 15
"""Context shorter than this costs no more than the mark that would stand for it."""
CHANGED = 4.0
"""Factor for a name that stands in a changed line."""
HEAD = 0.25
"""Factor for a name that only stands in heads of files: they come along with what is below."""
CHANGE = 2.0
"""Worth of a changed line over that of another line as near to the query."""
DULL = 0.01
"""The same for lines of generated files and for object ids."""

_GENERATED = re.compile(
    r"(?:^|/)(?:[\w.-]*lock(?:\.\w+)?|[\w.-]*\.lock|go\.sum|[\w.-]+\.min\.\w+|[\w.-]+\.(?:map|snap)"
    r"|[\w.-]*(?:_pb2|\.pb|\.generated|_generated|\.g)\.\w+)$|(?:^|/)(?:dist|vendor|node_modules)/"
)


@dataclass(frozen=True, slots=True)
class DiffCondenser:
    """Keeps changed lines, files and hunk positions verbatim; context goes first."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """The diff without context, object ids and repeated paths."""
        lines = plain_lines(text)
        parts = read(lines)
        if Part.CHANGED not in parts:
            return None
        marks = Marks.of(text)
        rows = list(_trimmed(lines, parts, marks))
        dropped = sum(part is Part.CONTEXT for part in parts)
        dropped -= sum(part is Part.CONTEXT for _, part in rows)
        if dropped:
            note = f"{USUAL_CONTEXT} open a hunk, or as marked"
            rows.insert(0, (marks.gap(dropped, "context lines", note), Part.NOTE))
        best = "\n".join(row for row, _ in rows)
        if count(best) >= count(text):
            return None
        return Rendition(Level.CONDENSED, best, "every changed line, without its surroundings")

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The hunks that matter for the query, each under its file; generated files last."""
        lines = text.split("\n")
        parts = read(plain_lines(text))
        if Part.CHANGED not in parts or len(parts) != len(lines):
            return None
        pieces = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        rows = near(pieces, ask, budget)
        seen = [pieces[row] for row in rows]
        dull = _dull(pieces, parts)
        found = covered(seen, ask, costs(seen, count))
        found = _weighed(found, [parts[row] for row in rows], [row in dull for row in rows])
        groups = (tuple(rows[i] for i in group) for group in runs(found, MORE * budget))
        order = _under_their_files(groups, parts)
        packed = take(pieces, order, budget, count, _gaps(Marks.of(text), pieces, parts))
        return Rendition(Level.EXCERPT, packed.text, "the changes that matter") if packed else None


CONDENSER = DiffCondenser()


def _weighed(found: Covered, parts: Sequence[Part], dull: Sequence[bool]) -> Covered:
    """Changes before what stands around them, and both before heads of files and `dull` lines."""
    held = [() if plain else names for names, plain in zip(found.names, dull, strict=True)]
    rows = list(zip(held, parts, strict=True))
    changed = {name for names, part in rows if part is Part.CHANGED for name in names}
    beside = {name for names, part in rows if part >= Part.HUNK for name in names}
    return replace(
        found,
        names=held,
        weights={
            name: weight * (CHANGED if name in changed else 1.0 if name in beside else HEAD)
            for name, weight in found.weights.items()
        },
        base=[
            base * (DULL if plain else CHANGE if part is Part.CHANGED else 1.0)
            for base, part, plain in zip(found.base, parts, dull, strict=True)
        ],
    )


def _trimmed(
    lines: Sequence[str], parts: Sequence[Part], marks: Marks
) -> Iterator[tuple[str, Part]]:
    """The kept lines and marks for context that is left out inside of a hunk."""
    at, section = 0, ""
    while at < len(lines):
        if parts[at] is Part.HUNK:
            row, section = _header(lines[at], section)
            yield row, Part.HUNK
        elif parts[at] not in (Part.CONTEXT, Part.PLUMBING):
            section = "" if parts[at] is Part.FILE else section
            yield lines[at], parts[at]
        if parts[at] is not Part.CONTEXT:
            at += 1
            continue
        end = at
        while end < len(lines) and parts[end] is Part.CONTEXT:
            end += 1
        opens = parts[at - 1] is Part.HUNK
        closes = end == len(lines) or parts[end] not in (Part.CHANGED, Part.NOTE)
        yield from _context(lines[at:end], opens, closes, marks)
        at = end


def _header(line: str, section: str) -> tuple[str, str]:
    """A hunk's header, its section named only where it is not the one before; and the section."""
    opened = HUNK.match(line)
    place = line[: opened.end()] if opened else line
    own = line[len(place) :]
    return (place, own) if own == section else (line, own)


def _context(
    run: Sequence[str], opens: bool, closes: bool, marks: Marks
) -> Iterator[tuple[str, Part]]:
    if closes or (opens and len(run) == USUAL_CONTEXT):
        return
    if sum(len(line.strip()) + 2 for line in run) <= MARK_CHARACTERS:
        yield from ((line, Part.CONTEXT) for line in run)
    else:
        yield f"{marks.opening} {len(run)}]", Part.NOTE


def _dull(pieces: Sequence[str], parts: Sequence[Part]) -> set[int]:
    """Object ids and all of generated files: shown for what stands around them, if at all."""
    found: set[int] = set()
    generated, first, plumbing = False, Part.FILE, Part.PLUMBING
    for i, (piece, part) in enumerate(zip(pieces, parts, strict=False)):
        if first <= part <= plumbing and "/" in piece:
            generated = _GENERATED.search(piece.split("\t")[0].rstrip()) is not None
        if generated or part is plumbing:
            found.add(i)
    return found


def _gaps(marks: Marks, pieces: Sequence[str], parts: Sequence[Part]) -> Gap:
    """Marks that say how many lines were added and removed in what is left out."""
    change = Part.CHANGED
    changed = [
        piece[:1] if part is change else "" for piece, part in zip(pieces, parts, strict=False)
    ]
    added = [0, *accumulate(sign == "+" for sign in changed)]
    removed = [0, *accumulate(sign == "-" for sign in changed)]

    def gap(first: int, end: int) -> str:
        plus, minus = added[end] - added[first], removed[end] - removed[first]
        return (f"{marks.opening} +{plus} -{minus}]" if plus or minus else marks.cut) + "\n"

    return gap


def _under_their_files(
    groups: Iterable[tuple[int, ...]], parts: Sequence[Part]
) -> Iterator[tuple[int, ...]]:
    """The groups, each with the line that opens its file."""
    opens, files = _files(parts)
    seen: set[int] = set()
    for group in groups:
        above = {files[bisect_right(opens, at)] for at in group} - {-1}
        fresh = above | set(group) - seen
        seen |= fresh
        yield tuple(sorted(fresh))


def _files(parts: Sequence[Part]) -> tuple[list[int], list[int]]:
    """(rows from which another file is open or none, the rows that open them or -1).

    The second begins with what is open before the first of these rows.
    """
    hunk, above = Part.HUNK, Part.PLUMBING
    opens, files = list[int](), [-1]
    for i in [i for i, part in enumerate(parts) if part < above]:
        if parts[i] is Part.FILE or (parts[i] is Part.META and (not i or parts[i - 1] >= hunk)):
            opens.append(i)
            files.append(i)
        elif parts[i] is Part.OUTSIDE:
            opens.append(i)
            files.append(-1)
    return opens, files
