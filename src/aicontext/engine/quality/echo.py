"""How much is shown of the places where a text says what a query says."""

from __future__ import annotations

from aicontext.engine.prioritize.terms import STOP_WORDS, words

_QUERY = 2_000
_SHORTEST, _MOST = 3, 16
"""Characters of a word that counts; words looked for, the longest, for each costs a search."""


def echo(query: str, text: str, shown: str) -> tuple[float, float]:
    """(weight of the query's words in the text, share of that weight that is shown).

    A word that stands n times in the text, in longer words too, weighs 1 / n: what is rare was
    asked for. Both are 0 where the text holds none. Linear, never raises.
    """
    said = {word for word in words(query[-_QUERY:].lower()) if len(word) >= _SHORTEST}
    longest = sorted(said - STOP_WORDS, key=lambda word: (-len(word), word))[:_MOST]
    if not longest:
        return 0.0, 0.0
    text, shown = text.lower(), shown.lower()
    weight = kept = 0.0
    for word in longest:
        if often := text.count(word):
            weight += 1 / often
            kept += min(often, shown.count(word)) / often**2
    return weight, kept / weight if weight else 0.0
