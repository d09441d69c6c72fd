"""Shows listings by folder, once each, and without columns that are all alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.lines import CONDENSER as LINES
from aicontext.engine.condense.listing.columns import short_rows, undrawn
from aicontext.engine.condense.listing.folding import INDENT, fold, unfold
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines

_STATUS = re.compile(r"([ MADRCTU?!]{2}) (?=\S)")
_TOLD = 0.5
"""Share of lines that must be of a form for the listing to be read as that form."""


@dataclass(frozen=True, slots=True)
class ListingCondenser:
    """Keeps every name; what goes is repeated folders, drawing and constant columns."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """The shortest of the forms that fit the listing."""
        lines = plain_lines(text)
        marks = Marks.of(text)
        found = _detailed(lines, marks) or _by_status(lines) or _by_folder(lines, text)
        if found is None or count(found.text) >= count(text):
            return None
        return found

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The entries that the query names, with their neighbours."""
        return LINES.excerpt(text, ask, budget, count)


CONDENSER = ListingCondenser()


def _detailed(lines: Sequence[str], marks: Marks) -> Rendition | None:
    if rows := short_rows(lines, marks):
        why = "usual modes and owners once; link counts, totals, sizes of folders left out"
        return Rendition(Level.CONDENSED, "\n".join(rows), why)
    if rows := undrawn(lines):
        return Rendition(Level.CONDENSED, "\n".join(rows), "the tree's drawing as indentation")
    return None


def _by_status(lines: Sequence[str]) -> Rendition | None:
    """`git status --short`: each status once over its files."""
    status = [_STATUS.match(line) for line in lines]
    if sum(map(bool, status)) < max(3, _TOLD * sum(bool(line.strip()) for line in lines)):
        return None
    rows: list[str] = []
    for key, group in groupby(zip(status, lines, strict=True), lambda pair: _key(pair[0])):
        names = [line[3:] if key else line for _, line in group]
        folded = fold(names) if key else None
        rows += [f"{key}:", *(INDENT + row for row in folded or names)] if key else names
    return Rendition(Level.CONDENSED, "\n".join(rows), "each status and folder once")


def _key(match: re.Match[str] | None) -> str:
    return match[1] if match else ""


def _by_folder(lines: Sequence[str], text: str) -> Rendition | None:
    paths = sum("/" in line and len(line.split()) <= 3 for line in lines)
    if paths < max(2, 0.4 * sum(bool(line.strip()) for line in lines)) and not _counts_up(lines):
        return None
    rows = fold(lines)
    if rows is None or unfold(rows) != list(lines):
        return None
    level = Level.LOSSLESS if "\n".join(lines) == text else Level.CONDENSED
    return Rendition(level, "\n".join(rows), "each folder once, its entries below it")


def _counts_up(lines: Sequence[str]) -> bool:
    return len(lines) >= 3 and all(len(line) < 200 for line in lines)
