"""Counts in vocabularies that are not public but were reconstructed from outside.

A text is cut into words, digits, punctuation and white space; each run is written with the marks
the vocabulary uses for word borders and capitals, and costs the fewest pieces that tile it. The
pieces come from `ctok`; docs/adr/0001-tokenizers.md says how good they are.

A word costs the same wherever it stands, and so does what stands between two words. So a text is
taken as the list of its words and the list of what parts them, both cut by a few passes in C.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import groupby
from string import ascii_letters

from aicontext.domain.context import Count
from aicontext.engine.estimate.cache import CountCache
from aicontext.engine.estimate.vocabulary import tokenizer

FAMILIES = ("claude-3", "claude-4.7")
_LIKE = "o200k"

_OPEN, _CLOSE, _SHIFT, _CAPS = "\x01", "\x02", "\x03", "\x04"
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
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_LETTERS = re.compile(rf"{_LETTER}*+")
_SHORTENED = re.compile(rf"(?<=[A-Za-z0-9])'(?:[stdm]|ll|re|ve)(?!{_LETTER})")
_UPPER, _LOWER = bytes(range(65, 91)), bytes(range(97, 123))
_WORD = b"A"
_PARTED = bytes.maketrans(_UPPER + b"123456789", 26 * _WORD + b"000000000")
_WORDS_ONLY = bytes(c if chr(c).isascii() and chr(c).isalpha() else 32 for c in range(256))
_WHOLE = 1 << 16
"""Characters; of longer texts a sample is tiled."""
_WINDOW, _STEP, _WINDOWS = 512, 4093, 1024
"""Characters of a sample's window and from one to the next; a prime meets no period of the text.
So many windows at most."""
_MIXED = 40
"""ASCII letters before a foreign one that are still read as one word with it."""
_TILED = 4096
_HEAD = 3
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
        self._longest: dict[str, int] = {}
        """Characters of the longest piece that begins with these. All prefixes take ten times the
        memory, and no less time."""
        for piece in pieces:
            head = piece[:_HEAD]
            self._longest[head] = max(self._longest.get(head, 0), len(piece))
        self._spelled = spelled
        self._fold_quotes = fold_quotes
        self._caps_from = caps_from
        self._between = _BetweenCosts(self)

    def count(self, text: str) -> int:
        """Tokens of the text; linear in its length.

        Of a text of more than `_WHOLE` characters windows are counted, and the rest in proportion
        to its tokens in a public vocabulary.
        """
        if len(text) <= _WHOLE:
            return self._exact(text)
        step = max(_STEP, len(text) // _WINDOWS)
        sample = "".join([text[at : at + _WINDOW] for at in range(0, len(text), step)])
        known = tokenizer(_LIKE)
        return round(known(text) * self._exact(sample) / known(sample))

    def _exact(self, text: str) -> int:
        if len(self) + len(self._between) > _MEMORY:
            self.clear()
            self._between.clear()
        foreign = 0
        if not text.isascii():
            text, foreign = self._without_foreign(text)
        shortened = sum(map(self._shortened, _SHORTENED.findall(text))) if "'" in text else 0
        plain = text.encode()
        words = plain.translate(_WORDS_ONLY).decode().split()
        first, *parts = plain.title().translate(_PARTED, _LOWER).split(_WORD)
        if not parts:
            return self._between.cost(first)
        between = self._between[first + _WORD] + self._between[_WORD + parts.pop()]
        between += sum(map(self._between.__getitem__, parts))
        return foreign + shortened + between + sum(map(self.__getitem__, words))

    def _without_foreign(self, text: str) -> tuple[str, int]:
        """The text with a word that costs nothing for each run of letters that is not all ASCII;
        and what these cost, less what the word does."""
        kept, at, cost = list[str](), 0, 0
        for found in _FOREIGN.finditer(text):
            start, end = found.span()
            if start < at:
                continue
            head = text[max(at, start - _MIXED) : start]
            start -= len(head) - len(head.rstrip(ascii_letters))
            end = _LETTERS.match(text, end).end()  # type: ignore[union-attr]
            kept.append(text[at:start])
            cost += self[text[start:end]]
            at = end
        stand_in = _WORD.decode()
        return stand_in.join([*kept, text[at:]]), cost - len(kept) * self[stand_in]

    def _shortened(self, run: str) -> int:
        """What `'s` costs over an apostrophe and a word."""
        return self._cost(run) - self._between[b"'"] - self[run[1:]]

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
        if word[0].isupper() and word[1:] == word[1:].lower():
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
        pieces, longest = self._pieces, self._longest
        if marked in pieces:
            return 1
        size = len(marked)
        for cut in range(size - 1, 0, -1):
            if marked[:cut] in pieces and marked[cut:] in pieces:
                return 2
        best = [0, *[4 * size] * size]
        for start, char in enumerate(marked):
            so_far = best[start]
            alone = so_far + (1 if char in pieces else self._character(char))
            best[start + 1] = min(best[start + 1], alone)
            reach = max(_HEAD - 1, longest.get(marked[start : start + _HEAD], 0))
            for end in range(start + 2, min(size, start + reach) + 1):
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


class _BetweenCosts(dict[bytes, int]):
    """Tokens of what stands between two words, with zeros for digits; remembers the short ones.

    A key that holds `_WORD` stands at an end of the text.
    """

    def __init__(self, costs: _RunCosts) -> None:
        super().__init__()
        self._costs = costs

    def __missing__(self, key: bytes) -> int:
        cost = self.cost(key if _WORD in key else _WORD + key + _WORD)
        if len(key) <= _REMEMBERED:
            self[key] = cost
        return cost

    def cost(self, shown: bytes) -> int:
        """Tokens of all runs that are no words."""
        runs = _RUN.findall(shown.decode())
        return sum(self._costs[run] for run in runs if not run[0].isalpha())


def _script(char: str) -> str:
    code = ord(char)
    category = unicodedata.category(char)
    if category == "Cc" or category == "Co":
        return "nothing"
    if any(low <= code <= high for low, high in _HARD):
        return "hard"
    return {"L": "word", "M": "word", "P": "sign", "S": "sign"}.get(category[0], "hard")
