"""Shows diffs with every changed line and little of what did not change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.excerpt import excerpt_by_worth
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines
from aicontext.engine.detect.hunks import HUNK, Part, read
from aicontext.engine.prioritize.bm25 import scores

USUAL_CONTEXT = 3
"""Context lines that diffs open and close hunks with unless told otherwise."""
MARK_CHARACTERS = 15
"""Context shorter than this costs no more than the mark that would stand for it."""

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
        pieces = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        worth, context = _worth(pieces, parts, ask.query)
        return excerpt_by_worth(
            pieces, worth, budget, count, why="the changes that matter", context=context
        )


CONDENSER = DiffCondenser()


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


def _worth(
    pieces: Sequence[str], parts: Sequence[Part], query: str
) -> tuple[list[float], dict[int, tuple[int, ...]]]:
    """Worth of each line, by its hunk; and the file and hunk headers that go with it."""
    hunks = _hunks(parts)
    said = ["".join(pieces[file : file + 1]) + "".join(pieces[a:b]) for file, a, b in hunks]
    found = scores(query, said) if query.strip() else [0.0] * len(said)
    most = max(found, default=0.0) or 1.0
    worth = [0.0] * len(pieces)
    context: dict[int, tuple[int, ...]] = {}
    for (file, start, end), score in zip(hunks, found, strict=True):
        name = pieces[file].split()[-1] if file >= 0 and pieces[file].split() else ""
        value = (0.2 + score / most) * (0.05 if _GENERATED.search(name) else 1.0)
        for i in range(start, min(end, len(pieces))):
            share = {Part.CHANGED: 1.0, Part.CONTEXT: 0.8, Part.HUNK: 0.9}.get(parts[i], 0.0)
            worth[i] = value * share
            context[i] = tuple(sorted({max(file, 0), start} - {i}))
    for i, part in enumerate(parts[: len(pieces)]):
        if part in (Part.FILE, Part.META):
            worth[i] = 0.15
        elif part is Part.OUTSIDE and pieces[i].strip():
            worth[i] = 0.1
    return worth, context


def _hunks(parts: Sequence[Part]) -> list[tuple[int, int, int]]:
    """(index of the file's first line or -1, first line, end) of each hunk."""
    found: list[tuple[int, int, int]] = []
    file, start = -1, -1
    inside = (Part.CONTEXT, Part.CHANGED, Part.NOTE)
    for i, part in enumerate([*parts, Part.OUTSIDE]):
        if start >= 0 and part not in inside:
            found.append((file, start, i))
            start = -1
        if part is Part.HUNK:
            start = i
        elif part is Part.FILE or (part is Part.META and (i == 0 or parts[i - 1] > Part.PLUMBING)):
            file = i
    return found
