"""Which of many texts hold some words, by one search over all of them for each word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate


def holding(texts: Sequence[str], words: Collection[str], *, any_case: bool = False) -> list[int]:
    """Indices of the texts that hold one of `words`, as a part of longer words too, ascending.

    A word that begins with a newline is found where a text begins. any_case: the words are in lower
    case, the texts in any. Linear for each word.
    """
    whole = "\n" + "\n".join(texts)
    if any_case:
        length, whole = len(whole), whole.lower()
        if len(whole) != length:
            return holding([text.lower() for text in texts], words)
    if not any(map(whole.__contains__, words)):
        return []
    starts = list(accumulate(map((1).__add__, map(len, texts)), initial=1))
    found: set[int] = set()
    for word in words:
        ahead = word[:1] == "\n"
        at = whole.find(word)
        while at >= 0:
            i = bisect_right(starts, at + ahead) - 1
            found.add(i)
            at = whole.find(word, starts[i + 1] - ahead)
    return sorted(found)
