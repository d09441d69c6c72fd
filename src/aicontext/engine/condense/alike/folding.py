"""A log in full but for lines that are like others: they become counts and ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aicontext.engine.condense.alike.rows import Row, shorten
from aicontext.engine.condense.alike.severity import severity
from aicontext.engine.condense.alike.templates import Template, mine, ranges, template, templates
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.traces import is_frame, is_library

FEW = 3
"""So many lines alike all stay."""
RARE = 8
"""Of warnings and errors alike so many stay."""
WORTH = 90
"""Characters that must go before a mark pays."""
FRAMES = 4


def fold(rows: Sequence[Row], marks: Marks) -> Iterator[str]:
    """The rows' texts; of open rows that are alike the first, the last and a mark."""
    rows = list(_traces(rows, marks))
    texts = [row.text for row in rows]
    loose = [at for at, row in enumerate(rows) if row.open and row.text.strip()]
    distinct: dict[str, str] = {}
    masked = zip(loose, templates([texts[at] for at in loose]), strict=True)
    masks = {at: distinct.setdefault(mask, mask) for at, mask in masked}
    said = {mask: texts[at] for at, mask in masks.items()}
    levels = {mask: severity(text) for mask, text in said.items()}
    serious = frozenset(at for at in loose if levels[masks[at]] >= 1)
    gone: set[int] = set()
    notes: dict[int, str] = {}
    for one in mine(masks, serious):
        middle = _middle(texts, one, serious)
        if middle:
            gone.update(middle)
            varies = ", ".join(ranges(texts, one))
            notes[one.lines[0]] = marks.gap(len(middle), "lines like it", varies)
    for at, text in enumerate(texts):
        if at not in gone:
            yield shorten(text, marks)
        if at in notes:
            yield notes[at]


def _middle(texts: Sequence[str], one: Template, serious: frozenset[int]) -> list[int]:
    """The lines of a template that go: all but the first and the last, where that pays."""
    few = RARE if one.lines[0] in serious else FEW
    if len(one.lines) <= few:
        return []
    middle = one.lines[1:-1]
    return middle if sum(len(texts[at]) for at in middle[:WORTH]) > WORTH else []


def _traces(rows: Sequence[Row], marks: Marks) -> Iterator[Row]:
    """Rows with library frames counted and with stacks seen before as a number."""
    seen: set[str] = set()
    at = 0
    while at < len(rows):
        if not (rows[at].open and is_frame(rows[at].text)):
            yield rows[at]
            at += 1
            continue
        end = at
        while end < len(rows) and rows[end].open and is_frame(rows[end].text):
            end += 1
        if end - at < FRAMES:
            yield from rows[at : end + 1]
            at = end + 1
            continue
        stack = rows[at:end]
        key = template("\n".join(row.text for row in stack)[:4_000]) + str(len(stack))
        if key in seen:
            yield Row(marks.gap(len(stack), "frames", "as before"), lines=len(stack))
        else:
            seen.add(key)
            yield from _own_frames(stack, marks)
        at = end


def _own_frames(stack: Sequence[Row], marks: Marks) -> Iterator[Row]:
    """The innermost frame and the project's own; others as numbers."""
    library = 0
    for place, row in enumerate(stack):
        if place and is_library(row.text):
            library += 1
            continue
        if library:
            yield Row(marks.gap(library, "library frames"), lines=library)
            library = 0
        yield Row(row.text)
    if library:
        yield Row(marks.gap(library, "library frames"), lines=library)
