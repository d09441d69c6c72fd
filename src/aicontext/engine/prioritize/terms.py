"""Search terms of any text: words, parts of identifiers, character pairs of unspaced scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeVar

LONGEST_WORD = 128
"""Characters; longer runs (keys, encoded data) are one term, cut to this length."""

_MOST_KNOWN = 1 << 17
Found = TypeVar("Found")

_runs = re.compile(r"\w+").findall
_WORDS_AND_LINES = bytes(
    i if i > 127 or i == 10 or chr(i).isalnum() or i == 95 else 32 for i in range(256)
)


def blanked(text: str) -> str:
    """The text with a blank for each ASCII character that belongs to no word, save line ends."""
    plain = text.encode("utf-8", "surrogatepass").translate(_WORDS_AND_LINES)
    return plain.decode("utf-8", "surrogatepass")


def words(text: str) -> list[str]:
    """Runs of letters, digits and underscores in a text."""
    # A fifth of the expression's time.
    return blanked(text).split() if text.isascii() else _runs(text)


def words_of(lines: Sequence[str]) -> list[list[str]]:
    """The `words` of each of many lines, which hold no line ends: at once, since it is faster."""
    rows = blanked("\n".join(lines)).split("\n") if lines else []
    return [
        row.split() if row.isascii() else words(line) for row, line in zip(rows, lines, strict=True)
    ]


STOP_WORDS = frozenset(
    words(
        "a about after all also am an and any are as at be been before being but by can could did "
        "do does doing don during each for from going had has have having he her here him his how "
        "i if in into is it its just know let like ll me more most my no not now of on or other "
        "our out over own re said say she should so some such than that the their them then there "
        "these they thing think this those to too up us very ve want was we were what when where "
        "whether which while who whom why will with would yes you your"
    )
)

_part = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+").findall
_unicode_part = re.compile(r"[^\W\d_]+|\d+").findall
_UNSPACED = (
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]+)"
)
"""Han, kana, Hangul, Thai, Lao, Khmer and Myanmar are written without blanks between words.

Compiled by whoever meets other than ASCII: that takes as long as a small file's scan."""


def terms(text: str) -> list[str]:
    """Lower-case, stemmed search terms of `text`, in order, with repeats, without stop words.

    A compound identifier (snake, camel, kebab, path) gives itself and its parts; a run of an
    unspaced script gives its pairs of characters. Linear in the text's length.
    """
    return list(chain.from_iterable(map(word_terms, words(text))))


class Known(dict[str, Found]):
    """What a function gives for words; half as dear as a cache that knows what was used last.

    Words longer than LONGEST_WORD are hardly met again: they are not remembered.
    """

    def __init__(self, of: Callable[[str], Found]) -> None:
        self._of = of

    def __missing__(self, word: str) -> Found:
        found = self._of(word)
        if len(self) >= _MOST_KNOWN:
            self.clear()
        if len(word) <= LONGEST_WORD:
            self[word] = found
        return found


def stem(word: str) -> str:
    """A lower-case word without its English inflection: Porter's steps 1a and 1b, and final e."""
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) >= len(ending) + 3:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def split_word(word: str) -> tuple[str, ...]:
    """The terms of one run of `words`."""
    if word.isascii():
        return _ascii_terms(word)
    found: list[str] = []
    for i, run in enumerate(re.split(_UNSPACED, word)):
        if i % 2:
            found += [run[j : j + 2] for j in range(len(run) - 1)] or [run]
        else:
            for part in [run] if run.isalnum() else _unicode_part(run):
                found += _ascii_terms(part) if part.isascii() else [part.casefold()[:LONGEST_WORD]]
    return tuple(found)


def _ascii_terms(word: str) -> tuple[str, ...]:
    if len(word) > LONGEST_WORD:
        return (word[:LONGEST_WORD].lower(),)
    lower = word.lower()
    if word != lower:
        parts = list(map(str.lower, _part(word)))
    else:
        lower = word  # One string for both: what is counted again and again stays near.
        # Letters alone need no search for parts.
        parts = word.split("_") if word.replace("_", "").isalpha() else _part(word)
    if len(parts) == 1 and len(parts[0]) == len(word):
        return () if len(word) < 2 or lower in STOP_WORDS else (stem(lower),)
    kept = tuple(filter(None, map(_part_terms, parts)))
    whole = lower.strip("_")
    if len(kept) == 1 and len(parts) - parts.count("") == 1:
        return kept
    return (whole, *kept) if whole else ()


def _part_term(part: str) -> str:
    """Empty where a part of an identifier is none."""
    return stem(part) if len(part) > 1 and part not in STOP_WORDS else ""


_part_terms = Known(_part_term).__getitem__
word_terms = Known(split_word).__getitem__
"""As `split_word`, remembered."""
