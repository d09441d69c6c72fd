"""Stand-ins for a vocabulary: a text's tokens by rules that can be followed on paper."""

from __future__ import annotations

import re
from collections.abc import Callable

Count = Callable[[str], int]


def _of(pattern: str) -> Count:
    token = re.compile(pattern)
    return lambda text: len(token.findall(text))


def quarters(text: str) -> int:
    """One for every four characters."""
    return (len(text) + 3) // 4


def words(text: str) -> int:
    """What blanks part; they and marks are free."""
    return len(text.split())


words_and_marks = _of(r"\w+|[^\w ]")
"""One for each word, mark and line end; blanks are free."""

all_that_stands = _of(r"\w+|\s+|[^\w\s]")
"""One for each word, mark and run of blanks."""

pieces_of_six = _of(r"\w{1,6}|\s|[^\w\s]")
"""One for each mark and blank, and for every six characters of a word."""

pieces_of_four = _of(r"\w{1,4}|[^\w\s]{1,2}|\s+")
"""One for each run of blanks, for two marks, and for every four characters of a word."""
