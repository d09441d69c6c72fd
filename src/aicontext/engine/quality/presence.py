"""Which evidence stands in what is shown.

Words of our own marks do not count: they tell of what is left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from aicontext.domain.context import Evidence, Form
from aicontext.engine.prioritize.terms import words_of
from aicontext.engine.quality.reading import fold, lines_of

OPENING = "[…"
"""How our marks begin where the source does not hold this itself."""
CANDIDATES = 1_000
"""Lines looked at for one phrase; what is not found there counts as missing."""
EFFORT = 20
"""Characters looked at in all, for each character shown."""
_LINE, _PHRASE, _PLACE = Form
"""Looked up once: an enumeration's attributes take as long as all else that a check does."""
_SEQUENCE = re.compile(r"\{(\d{1,9})\.\.(\d{1,9})\}")
_LONGEST_SEQUENCE = 2_000
_PLACED = re.compile(r"((?:[A-Za-z]:)?[^\s:][^:\t\n]{0,300}?):(?: ([\d,-]+)\Z|(\d{1,9})[:-])")
_GOES_ON = re.compile(r"\.\d|,\d{3}(?!\d)")
_NUMBERED = re.compile(r"(\d{1,9})[:-]")
_SPOT = r"\d{1,9}(?::\d{1,9})?"
_SPOTS = re.compile(
    rf"(?:((?:[A-Za-z]:)?[^\s:][^:\t\n]{{0,300}}?):)??({_SPOT}(?: {_SPOT})*)(?:: |\Z)"
)
_RANGES = re.compile(r"\d{1,9}(?:[,-]\d{1,9})*\Z")


def missing(needed: Sequence[Evidence], shown: str, opening: str = OPENING) -> tuple[Evidence, ...]:
    """Those of `needed` that `shown` lacks, in their order.

    A line must stand there as a whole; a phrase not as a part of a longer word or number; white
    space is folded. Evidence listed n times must stand there n times. opening: how the marks of
    this rendition begin. Linear in the evidence and the text shown.
    """
    page = _Page(shown, opening)
    wanted = Counter(needed)
    page.expect({s for e in wanted if e.form is _PHRASE for s in e.strings})
    left = {
        item: standing
        for item, often in wanted.items()
        if (standing := page.times(item, often)) < often
    }
    lost = []
    for item in needed if left else ():
        stands = left.get(item, -1)
        if stands > 0:
            left[item] = stands - 1
        elif stands == 0:
            lost.append(item)
    return tuple(lost)


class _Page:
    """What is shown, indexed as far as the evidence asks."""

    def __init__(self, shown: str, opening: str) -> None:
        mark = re.compile(re.escape(opening) + r"[^\n\]]*+\]?")
        text = mark.sub(" ", shown) if opening in shown else shown
        lines = lines_of(text)
        self._lines = _expanded(lines) if _SEQUENCE.search(text) else lines
        self._whole = Counter(self._lines)
        self._folded: Counter[str] | None = None
        self._places: set[tuple[str, str]] | None = None
        self._holding: dict[str, list[int]] = defaultdict(list)
        self._smooth: dict[int, str] = {}
        self._keys: dict[str, str] = {}
        self._effort = EFFORT * len(shown) + 100_000

    def expect(self, phrases: set[str]) -> None:
        """Notes the lines that hold the words of each phrase, and its rarest word."""
        said = words_of(self._lines) if phrases else []
        every = set(chain.from_iterable(said))
        apart = words_of([phrase.replace("\n", " ") for phrase in phrases])
        likely = {p: w for p, w in zip(phrases, apart, strict=True) if w and every.issuperset(w)}
        wanted = set(chain.from_iterable(likely.values()))
        for at, held in enumerate(said) if wanted else ():
            for word in wanted.intersection(held):
                self._holding[word].append(at)
        often = {word: len(rows) for word, rows in self._holding.items()}
        self._keys = {phrase: min(held, key=often.__getitem__) for phrase, held in likely.items()}

    def times(self, item: Evidence, enough: int) -> int:
        """How often all strings of the item stand here; `enough` or more are as good."""
        if item.form is _PHRASE and item.strings[0] not in self._keys:
            return 0
        if item.form is _PLACE:
            return enough * ((item.strings[0], item.strings[-1]) in self.places)
        stands = self._as_line if item.form is _LINE else self._as_phrase
        if len(item.strings) == 1:
            return stands(item.strings[0], enough)
        return min((stands(string, enough) for string in item.strings), default=0)

    def _as_line(self, line: str, enough: int) -> int:
        """Exact lines first: only renditions that change blanks have their lines folded."""
        if self._folded is None:
            if self._whole[line] >= enough:
                return enough
            self._folded = Counter(map(fold, self._lines))
        return self._folded[fold(line)]

    def _as_phrase(self, phrase: str, enough: int) -> int:
        key = self._keys.get(phrase)
        if key is None:
            return 0
        lines = self._holding[key]
        if len(lines) >= enough and phrase == key and _is_apart(phrase):
            return enough
        found, phrase = 0, fold(phrase)
        for at in lines[:CANDIDATES]:
            line = self._smooth.get(at)
            if line is None:
                line = self._smooth[at] = fold(self._lines[at])
            self._effort -= len(line)
            if self._effort < 0:
                break
            found += _standing(phrase, line, enough)
            if found >= enough:
                break
        return found

    @property
    def places(self) -> set[tuple[str, str]]:
        if self._places is None:
            self._places = set(_places(self._lines))
        return self._places


def _standing(phrase: str, line: str, enough: int) -> int:
    """How often the phrase stands in the line by itself; `enough` or more are as good."""
    found, at = 0, line.find(phrase)
    while at >= 0 and found < enough:
        found += _parted(line, at, at + len(phrase))
        at = line.find(phrase, at + len(phrase))
    return found


def _parted(line: str, start: int, end: int) -> bool:
    """Whether neither a word nor a number goes on over the ends of line[start:end]."""
    first, last, before, after = line[start], line[end - 1], line[start - 1 : start], line[end:][:1]
    if before and _wordlike(before) and _wordlike(first):
        return False
    if after and _wordlike(after) and _wordlike(last):
        return False
    if before and before in ".," and first.isdigit() and line[max(0, start - 2)].isdecimal():
        return False
    return not (after and after in ".," and last.isdigit() and _GOES_ON.match(line, end))


def _is_apart(word: str) -> bool:
    """Whether a word as a whole is never a part of a number."""
    return not (word[0].isdigit() or word[-1].isdigit())


def _wordlike(char: str) -> bool:
    return char.isalnum() or char == "_"


def _expanded(lines: Sequence[str]) -> list[str]:
    """`page_{1..3}.py` as the three names that it stands for."""
    return [one for line in lines for one in _names(line)]


def _names(line: str) -> Iterator[str]:
    found = _SEQUENCE.search(line)
    first, last = (int(found[1]), int(found[2])) if found else (0, -1)
    if found is None or not first <= last < first + _LONGEST_SEQUENCE:
        yield line
        return
    for number in range(first, last + 1):
        yield f"{line[: found.start()]}{str(number).zfill(len(found[1]))}{line[found.end() :]}"


def _places(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(path, number) of `path:12:text`, `path: 3,8-10`, and `12:text` below a path; with columns
    too of `path:12:5 14:2`, and `12:5 14:2: text` below a path.

    Where the tool named no file, `3,8-10` are lines of that file.
    """
    path = ""
    for line in lines:
        if spots := _SPOTS.match(line):
            path = spots[1] or path
            yield from ((path, spot) for spot in spots[2].split(" "))
            if " " in spots[2]:
                continue
        if not path and _RANGES.match(line):
            yield from (("", number) for number in _numbers(line))
        elif under := _NUMBERED.match(line):
            yield path, under[1]
        elif match := _PLACED.match(line):
            path = match[1]
            if match[3]:
                yield path, match[3]
            yield from ((path, number) for number in _numbers(match[2] or ""))
        elif line.strip() and not line.startswith("  "):
            path = line.strip().rstrip(":")


def _numbers(ranges: str) -> Iterator[str]:
    """Each number of `3,8-10`."""
    for span in ranges.split(","):
        first, _, last = span.partition("-")
        if first.isdigit() and (last or first).isdigit():
            yield from map(str, range(int(first), int(last or first) + 1)[:_LONGEST_SEQUENCE])
