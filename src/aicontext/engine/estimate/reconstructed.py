"""Counts in vocabularies that are not public but were reconstructed from outside.

A text is cut into words, digits, punctuation and white space; each run is written with the marks
the vocabulary uses for word borders and capitals, and costs the fewest pieces that tile it. The
pieces come from `ctok`; docs/adr/0001-tokenizers.md says how good they are.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files
from itertools import groupby

from aicontext.domain.context import Count
from aicontext.engine.estimate.cache import CountCache

FAMILIES = ("claude-3", "claude-4.7")

_OPEN, _CLOSE, _SHIFT, _CAPS = "\ufdd0", "\ufdd1", "\ufdd3", "\ufdd4"
# Classes are written as what they leave out, which the matcher tests with one bitmap.
_LETTER = r"[^\x00-@\[-`{-\x7f]"
_SIGN = r"[!-/:-@\[-`{-~]"
# One space between two marked runs is no token: the run on its left takes it into its match,
# or the sign on its right, so that a match alone says what it costs.
# Python 3.11.2 matches possessive groups with a look-around wrongly, so there are none.
_RUN = re.compile(
    rf"{_LETTER}++(?: (?={_LETTER})|)"
    rf"|(?<=[^\x00-/:-@\[-`{{-\x7f])'(?:[stdm]|ll|re|ve)(?!{_LETTER})(?: (?={_LETTER})|)"
    rf"|(?:(?<=[^\x00-\x1f0-9]) |){_SIGN}++(?: (?={_LETTER})|)"
    rf"|[0-9]{{1,3}}+|\n++|\t++| ++(?= {_SIGN})| ++|.",
    re.DOTALL,
)
_WINDOW = 1 << 18
_DISTINCT = 500_000
_TILED = 4096
_REMEMBERED = 64
_MEMORY = 400_000
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_HARD = (
    (0x3005, 0x3006),
    (0x3031, 0x303C),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0x10000, 0x10FFFF),
)


@cache
def reconstruction(family: str) -> Count:
    """A cached count of tokens in one of FAMILIES; loaded on first use, then resident."""
    data = files("aicontext.engine.estimate").joinpath("data", f"{family}.json")
    document = json.loads(data.read_text(encoding="utf-8"))
    costs = _RunCosts(
        frozenset(document["pieces"]),
        frozenset(document["bytes"]),
        fold_quotes=document["fold_quotes"],
        caps_from=document["caps_from"],
    )
    return CountCache(costs.count)


class _RunCosts(dict[str, int]):
    """Tokens by run, as `_RUN` cuts them; remembers the short ones."""

    def __init__(
        self, pieces: frozenset[str], spelled: frozenset[str], *, fold_quotes: bool, caps_from: int
    ) -> None:
        super().__init__()
        self._pieces = pieces
        self._prefixes = frozenset(p[:end] for p in pieces for end in range(1, len(p)))
        self._spelled = spelled
        self._fold_quotes = fold_quotes
        self._caps_from = caps_from

    def count(self, text: str) -> int:
        """Tokens of the text; linear in its length.

        A text with more than `_DISTINCT` characters of different runs (base64, mostly) has those
        that come later priced by what the earlier ones cost a character.
        """
        if len(self) > _MEMORY:
            self.clear()
        text = text.replace("\0", " ")
        priced: dict[str, int] = {}
        tokens = tiled = rest = 0
        for start in range(0, len(text), _WINDOW):
            for run, times in Counter(_RUN.findall(text, start, start + _WINDOW)).items():
                cost = priced.get(run)
                if cost is None and tiled < _DISTINCT:
                    cost = priced[run] = self[run]
                    tiled += len(run)
                if cost is None:
                    rest += len(run) * times
                else:
                    tokens += cost * times
        return tokens + (round(rest * sum(priced.values()) / tiled) if rest else 0)

    def __missing__(self, run: str) -> int:
        cost = self._cost(run) if len(run) <= _TILED else self._long(run)
        if len(run) <= _REMEMBERED:
            self[run] = cost
        return cost

    def _long(self, run: str) -> int:
        """A run without a border, up to a window long, is priced by its head."""
        return round(self._cost(run[:_TILED]) * len(run) / _TILED)

    def _cost(self, run: str) -> int:
        head = run[0]
        if not run.isascii():
            return self._foreign(run.removesuffix(" "))
        if head.isdigit():
            return 1
        if head.isalpha():
            return self._word(run.removesuffix(" "))
        if head == "'" and run[1:2].isalpha():
            return self._tiles(run.removesuffix(" ") + _CLOSE)
        if run.isspace():
            return self._tiles(run) if head in "\n\t " else 0
        return self._sign(run) if head.isprintable() else 0

    def _sign(self, run: str) -> int:
        opened = _OPEN if run[0] == " " else ""
        closed = _CLOSE if run[-1] == " " else ""
        return self._tiles(f"{opened}{run.strip(' ')}{closed}")

    def _word(self, word: str) -> int:
        """A word's capitals are a mark of their own where the whole word has them."""
        if self._caps_from and len(word) >= self._caps_from and word.isupper():
            return self._tiles(f"{_CAPS}{_OPEN}{word.lower()}{_CLOSE}")
        if word[0].isupper() and not any(map(str.isupper, word[1:])):
            return self._tiles(f"{_SHIFT}{_OPEN}{word.lower()}{_CLOSE}")
        return self._tiles(f"{_OPEN}{word}{_CLOSE}")

    def _foreign(self, run: str) -> int:
        text = unicodedata.normalize("NFC", run)
        if self._fold_quotes:
            text = text.translate(_QUOTES)
        total = 0
        for kind, group in groupby(text, _script):
            part = "".join(group)
            if kind == "word":
                total += self._word(part)
            elif kind == "sign":
                total += self._tiles(part)
            elif kind == "hard":
                total += sum(map(self._character, part))
        return total

    def _tiles(self, marked: str) -> int:
        """The fewest pieces that tile the marked run; what no piece covers costs its bytes."""
        pieces, prefixes = self._pieces, self._prefixes
        if marked in pieces:
            return 1
        size = len(marked)
        best = [0, *[4 * size] * size]
        for start, char in enumerate(marked):
            so_far, end = best[start], start + 1
            alone = so_far + (1 if char in pieces else self._character(char))
            best[end] = min(best[end], alone)
            while end < size and marked[start:end] in prefixes:
                end += 1
                if best[end] > so_far + 1 and marked[start:end] in pieces:
                    best[end] = so_far + 1
        return best[size]

    def _character(self, char: str) -> int:
        if char in self._pieces or char in (_OPEN, _CLOSE, _SHIFT, _CAPS):
            return 1
        spelling = char.encode("utf-8", "replace")
        best = [0]
        for end in range(1, len(spelling) + 1):
            starts = (s for s in range(end) if spelling[s:end].hex() in self._spelled)
            best.append(min([best[-1], *(best[s] for s in starts)]) + 1)
        return best[-1]


def _script(char: str) -> str:
    code = ord(char)
    category = unicodedata.category(char)
    if category == "Cc" or category == "Co":
        return "nothing"
    if any(low <= code <= high for low, high in _HARD):
        return "hard"
    return {"L": "word", "M": "word", "P": "sign", "S": "sign"}.get(category[0], "hard")
