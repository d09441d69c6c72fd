"""A map of a repository: the signatures that matter most, file by file, under a budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Count, Level
from aicontext.domain.errors import BudgetTooSmall
from aicontext.domain.repository.names import written
from aicontext.domain.repository.results import Pack, Place, RankedDefinition, Slice
from aicontext.engine.condense.code.definition import Definition

SMALLEST = 6
"""Tokens that no signature with its line number is below."""
_ROUNDS = 2


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
    """As many of the definitions, those that stand first, as fit `budget` tokens of the finished
    text; one that does not fit is passed over.

    files: those that may be shown. Lines stand as `NUMBER:TEXT`, verbatim. The model of the result
    is empty. Raises BudgetTooSmall where not one fits.
    """
    entries = [entry for one in ranked for entry in _located(one, files)]
    taken = _taken(entries, files, budget, count)
    if entries and not taken:
        raise BudgetTooSmall(
            f"Not one signature fits {budget:,} tokens.", hint="Give a larger budget."
        )
    content = _text(taken.values(), files)
    slices = tuple(_slice(entry, files, count) for entry in taken.values())
    left_out = tuple(entry.ranked for i, entry in enumerate(entries) if i not in taken)
    return Pack(content, slices, left_out, count(content), budget, "")


def _taken(
    entries: Sequence[_Entry], files: Mapping[str, Outlined], budget: int, count: Count
) -> dict[int, _Entry]:
    """Those that fit by their places, in order. Lines count by themselves about as much as in the
    text; what that leaves over is filled once more."""
    taken: dict[int, _Entry] = {}
    shown: dict[str, set[int]] = {}
    room = budget
    for _ in range(_ROUNDS):
        for i, entry in enumerate(entries):
            path = entry.ranked.place.path
            rows = _rows(entry, files[path]) - shown.get(path, set())
            head = [] if path in shown else [written(path), ""]
            cost = 0 if i in taken else count("\n".join([*head, *_numbered(rows, files[path]), ""]))
            if i not in taken and cost <= room:
                room -= cost
                taken[i] = entry
                shown.setdefault(path, set()).update(rows)
        taken = dict(sorted(taken.items()))
        room = budget - count(_text(taken.values(), files))
    while taken and count(_text(taken.values(), files)) > budget:
        taken.popitem()
    return taken


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


def _text(entries: Iterable[_Entry], files: Mapping[str, Outlined]) -> str:
    shown: dict[str, set[int]] = {}
    for entry in entries:
        path = entry.ranked.place.path
        shown.setdefault(path, set()).update(_rows(entry, files[path]))
    parts = []
    for path, rows in shown.items():
        parts += [written(path), *_numbered(rows, files[path]), ""]
    return "\n".join(parts)


def _rows(entry: _Entry, file: Outlined) -> set[int]:
    """The lines of a signature and of those that enclose it."""
    wanted = (file.definitions[index] for index in (*entry.outer, entry.index))
    return {row for d in wanted for row in range(d.first, d.head + 1)}


def _numbered(rows: Iterable[int], file: Outlined) -> list[str]:
    return [f"{row}:{file.lines[row - 1]}" for row in sorted(rows)]


def _slice(entry: _Entry, files: Mapping[str, Outlined], count: Count) -> Slice:
    file, path = files[entry.ranked.place.path], entry.ranked.place.path
    definition = file.definitions[entry.index]
    place = Place(path, definition.first, definition.head, entry.ranked.place.symbol)
    text = "\n".join(definition.signature(file.lines))
    return Slice(
        place, Level.SKELETON, text, count(text), "; ".join(entry.ranked.why) or "defined here"
    )
