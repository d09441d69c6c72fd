"""A map of a repository: the signatures that matter most, file by file, under a budget."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Count, Level
from aicontext.domain.errors import BudgetTooSmall
from aicontext.domain.repository.results import Pack, Place, RankedDefinition, Slice
from aicontext.engine.condense.code.definition import Definition

SMALLEST = 6
"""Tokens that no signature with its line number is below."""


@dataclass(frozen=True, slots=True)
class Outlined:
    """A file's lines and its definitions in their order."""

    lines: Sequence[str]
    definitions: Sequence[Definition]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A signature. outer: the definitions that enclose it, by their index, outermost first."""

    ranked: RankedDefinition
    index: int
    outer: tuple[int, ...]


def overview(
    ranked: Sequence[RankedDefinition], files: Mapping[str, Outlined], budget: int, count: Count
) -> Pack:
    """As many of the definitions, the first ones, as fit `budget` tokens of the finished text.

    files: those that may be shown. Lines stand as `NUMBER:TEXT`, verbatim. The model of the result
    is empty. Raises BudgetTooSmall where not one fits.
    """
    entries = [entry for one in ranked for entry in _located(one, files)]
    every = len(entries)
    while not (fit := _fitting(entries, files, budget, count)) and entries:
        del entries[0]
    if every and not fit:
        raise BudgetTooSmall(
            f"Not one signature fits {budget:,} tokens.", hint="Give a larger budget."
        )
    content = _text(entries[:fit], files)
    slices = tuple(_slice(entry, files, count) for entry in entries[:fit])
    left_out = tuple(entry.ranked for entry in entries[fit:])
    return Pack(content, slices, left_out, count(content), budget, "")


def _fitting(
    entries: Sequence[_Entry], files: Mapping[str, Outlined], budget: int, count: Count
) -> int:
    """How many of the first entries fit."""
    numbers = range(1, len(entries) + 1)
    return bisect_right(numbers, budget, key=lambda n: count(_text(entries[:n], files)))


def _located(one: RankedDefinition, files: Mapping[str, Outlined]) -> Iterator[_Entry]:
    """The definition in the outline of its file, where it is found there."""
    file = files.get(one.place.path)
    name = one.place.symbol.rpartition(".")[2]
    for index, definition in enumerate(file.definitions if file else ()):
        if definition.name == name and definition.first <= one.place.first <= definition.last:
            yield _Entry(one, index, tuple(_outer(file.definitions, index)) if file else ())
            return


def _outer(definitions: Sequence[Definition], index: int) -> list[int]:
    found: list[int] = []
    depth = definitions[index].depth
    for i in range(index - 1, -1, -1):
        if definitions[i].depth < depth:
            depth = definitions[i].depth
            found.insert(0, i)
    return found


def _text(entries: Sequence[_Entry], files: Mapping[str, Outlined]) -> str:
    shown: dict[str, set[int]] = {}
    for entry in entries:
        shown.setdefault(entry.ranked.place.path, set()).update((*entry.outer, entry.index))
    parts = []
    for path, wanted in shown.items():
        parts.append(one_line(path))
        numbers: set[int] = set()
        for index in sorted(wanted):
            definition = files[path].definitions[index]
            numbers.update(range(definition.first, definition.head + 1))
        parts += [f"{n}:{files[path].lines[n - 1]}" for n in sorted(numbers)]
        parts.append("")
    return "\n".join(parts)


def _slice(entry: _Entry, files: Mapping[str, Outlined], count: Count) -> Slice:
    file, path = files[entry.ranked.place.path], entry.ranked.place.path
    definition = file.definitions[entry.index]
    place = Place(path, definition.first, definition.head, entry.ranked.place.symbol)
    text = "\n".join(definition.signature(file.lines))
    return Slice(
        place, Level.SKELETON, text, count(text), "; ".join(entry.ranked.why) or "defined here"
    )


def one_line(path: str) -> str:
    """The path with escapes for what would end the line or is no character."""
    if path.isprintable():
        return path
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)
