"""Lines that already stand in the session: found in linear time, shown as references.

What can be referred to is only what was really emitted. Lines are compared without the line
numbers of file reads, so that a read after an edit, or of an overlapping range, still matches:
the run references around the changed lines are the delta.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aicontext.domain.context import Count
from aicontext.engine.condense.marks import Marks
from aicontext.engine.detect.numbering import NUMBERED, numbered

WINDOW = 4
LONG = 240
"""A match starts with WINDOW equal lines, or with one of at least LONG characters."""

MARGIN = 24
"""Tokens that a reference must save beyond its own, to be worth the detour it sends readers on."""

_CANDIDATES = 4
"""Places tried for a window: its first and its latest ones."""
_SAMPLE = 200
_QUOTE = 40
_EDGE, _UNKNOWN = -1, -2


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines without their numbers, and the numbers (0 where a line has none)."""

    keys: Sequence[str]
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Run:
    """Lines [first, last) of a text equal the emitted lines from `at` on."""

    first: int
    last: int
    at: int


@dataclass(frozen=True, slots=True)
class _Block:
    label: str
    ordinal: int
    start: int
    end: int


def read_lines(text: str) -> Lines:
    """The lines of a text; numbers are taken off where nearly all lines carry them in order."""
    lines = text.split("\n")
    if not numbered([lines[:_SAMPLE]]):
        return Lines(lines, [0] * len(lines))
    keys, numbers, before = [], [], 0
    for line in lines:
        match = NUMBERED.match(line)
        number = int(match[1]) if match else 0
        if match and number > before:
            keys.append(line[match.end() :])
            numbers.append(number)
            before = number
        else:
            keys.append(line if line.strip() else "")
            numbers.append(0)
    return Lines(keys, numbers)


def shown_lines(shown: str, original: Lines) -> Lines:
    """The lines of a rendition; those of a numbered original get its keys and numbers.

    A rendition may number fewer lines than its original, or other lines in another style. A line
    counts as one of the original only where it equals one, with or without a number before it.
    """
    lines = shown.split("\n")
    if not any(original.numbers):
        return Lines(lines, [0] * len(lines))
    places: dict[str, list[int]] = {}
    for place, key in enumerate(original.keys):
        places.setdefault(key, []).append(place)
    keys, numbers, after = [], [], 0
    for line in lines:
        key = line
        if line not in places and (match := NUMBERED.match(line)):
            key = line[match.end() :]
        found = places.get(key, ())
        keys.append(key if found else line)
        if (rank := bisect_left(found, after)) < len(found):
            numbers.append(original.numbers[found[rank]])
            after = found[rank] + 1
        else:
            numbers.append(0)
    return Lines(keys, numbers)


@dataclass(slots=True)
class Emitted:
    """Every line that stands in the session so far, with an index of windows of lines.

    A window goes by its hash and is in the index with its place, or its places where there are
    more: sessions stay in memory, and tuples and lists would double what a line takes there.
    """

    _ids: dict[str, int] = field(default_factory=dict)
    _stream: array[int] = field(default_factory=lambda: array("i"))
    _numbers: array[int] = field(default_factory=lambda: array("i"))
    _windows: dict[int, int | list[int]] = field(default_factory=dict)
    _blocks: list[_Block] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _labels: dict[str, int] = field(default_factory=dict)

    def add(self, lines: Lines, label: str) -> None:
        """A text that was emitted, under the name by which references call it."""
        start = len(self._stream)
        ids = [self._ids.setdefault(key, len(self._ids)) for key in lines.keys]
        for place, window in enumerate(zip(*(ids[i:] for i in range(WINDOW)), strict=False), start):
            self._note(window, place)
        for place, key in enumerate(lines.keys):
            if len(key) >= LONG:
                self._note((ids[place],), start + place)
        self._stream.extend((*ids, _EDGE))
        self._numbers.extend((*lines.numbers, 0))
        ordinal = self._labels[label] = self._labels.get(label, 0) + 1
        self._blocks.append(_Block(label, ordinal, start, start + len(ids)))
        self._starts.append(start)

    def find(self, lines: Lines) -> Iterator[Run]:
        """The longest runs of lines that stand in the session, in order, not overlapping."""
        ids = [self._ids.get(key, _UNKNOWN) for key in lines.keys]
        at = done = 0
        while at < len(ids):
            starts = self._starts_of(ids, at, lines.keys[at])
            if not starts:
                at += 1
                continue
            reach = {
                there: self._equal(ids, lines.numbers, at, there, reach=range(at, len(ids)))
                for there in starts
            }
            there = max(starts, key=lambda place: (reach[place], place))
            if not reach[there]:  # Only a hash was equal.
                at += 1
                continue
            back = self._equal(ids, lines.numbers, at, there, reach=range(at, done - 1, -1)) - 1
            yield Run(at - back, at + reach[there], there - back)
            at = done = at + reach[there]

    def _note(self, window: tuple[int, ...], place: int) -> None:
        key = hash(window)
        found = self._windows.setdefault(key, place)
        if found == place:
            return
        if isinstance(found, int):
            self._windows[key] = [found, place]
        else:
            found.append(place)
            del found[1 : 1 - _CANDIDATES]

    def _starts_of(self, ids: list[int], at: int, line: str) -> Sequence[int]:
        if ids[at] == _UNKNOWN:
            return ()
        found = self._windows.get(hash(tuple(ids[at : at + WINDOW])))
        if found is None and len(line) >= LONG:
            found = self._windows.get(hash((ids[at],)))
        if found is None:
            return ()
        return (found,) if isinstance(found, int) else found

    def _equal(
        self, ids: list[int], numbers: Sequence[int], at: int, there: int, *, reach: range
    ) -> int:
        """How many lines of `reach`, from `at` on, equal emitted ones, their numbers in step."""
        offset = None
        for place in reach:
            other = there + place - at
            if ids[place] != self._stream[other]:
                return abs(place - at)
            if numbers[place] and self._numbers[other]:
                if offset not in (None, numbers[place] - self._numbers[other]):
                    return abs(place - at)
                offset = numbers[place] - self._numbers[other]
        return len(reach)

    def reference(self, run: Run, lines: Lines, marks: Marks) -> str:
        """`[… 69 lines: 15-83 are lines 12-80 of Read src/x.py above]`.

        Lines go by their own numbers where they show them; else they are counted in what was
        emitted, and the first one is quoted.
        """
        block = self._blocks[bisect_right(self._starts, run.at) - 1]
        name = block.label
        if self._labels[name] > 1:
            name += f" #{block.ordinal}"
        amount = run.last - run.first
        here = _span(lines.numbers[run.first : run.last])
        there = _span(self._numbers[run.at : run.at + amount])
        if (run.at, run.at + amount) == (block.start, block.end):
            note = f"all of {name} above"
        elif here and here == there:
            note = f"{here} as in {name} above"
        elif there:
            note = f"{here and here + ' are '}lines {there} of {name} above"
        else:
            first = run.at - block.start + 1
            keys = (key.strip() for key in lines.keys[run.first : run.last])
            quote = next(filter(None, keys), "")[:_QUOTE]
            note = f"lines {first}-{first + amount - 1} of {name} above, from {quote!r}"
        return marks.gap(amount, note=note)


def refer(text: str, lines: Lines, emitted: Emitted, marks: Marks, count: Count) -> tuple[str, int]:
    """(text with references, how many there are); 0 where none pays for itself.

    lines: those of the text, one for one. marks: those of the original. Linear in the text's
    length.
    """
    source = text.split("\n")
    pieces: list[str] = []
    at = used = 0
    for run in emitted.find(lines):
        mark = emitted.reference(run, lines, marks)
        if count("\n".join(source[run.first : run.last])) < count(mark) + MARGIN:
            continue
        pieces += [*source[at : run.first], mark]
        at, used = run.last, used + 1
    return "\n".join([*pieces, *source[at:]]), used


def _span(numbers: Sequence[int]) -> str:
    """`12-80` where the lines' numbers run without a leap; empty otherwise."""
    known = [number for number in numbers if number]
    if not known or known[-1] - known[0] + 1 != len(known):
        return ""
    return f"{known[0]}-{known[-1]}"
