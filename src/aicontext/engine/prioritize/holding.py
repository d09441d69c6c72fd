"""Which of many texts hold some words, by one search over all of them for each word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate


def holding(texts: Sequence[str], words: Collection[str]) -> list[int]:
    """Indices of the texts that hold one of `words`, as a part of longer words too, ascending.

    A word that begins with a newline is found where a text begins. Linear for each word.
    """
    whole = "\n" + "\n".join(texts)
    starts = list(accumulate((len(text) + 1 for text in texts), initial=1))
    found: set[int] = set()
    for word in words:
        ahead = word[:1] == "\n"
        at = whole.find(word)
        while at >= 0:
            i = bisect_right(starts, at + ahead) - 1
            found.add(i)
            at = whole.find(word, starts[i + 1] - ahead)
    return sorted(found)
