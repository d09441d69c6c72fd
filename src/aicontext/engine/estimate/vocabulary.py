"""Exact counts in public vocabularies, offline.

The vocabularies of the core are compiled into `toktok-rs`; the others come with the `tokenizers`
extra. Each is loaded on first use and stays resident. Special-token markers count as text.
"""

from __future__ import annotations

from functools import cache

import toktok

from aicontext.domain.context import Count
from aicontext.domain.errors import InvalidInput
from aicontext.engine.estimate.cache import CountCache

_CORE = {
    "o200k": "o200k_base",
    "o200k_harmony": "o200k_harmony",
    "cl100k": "cl100k_base",
}


@cache
def tokenizer(family: str) -> Count:
    """A cached, exact count of tokens in the vocabulary `family`.

    Raises InvalidInput for a family that has no public vocabulary here.
    """
    if family in _CORE:
        return CountCache(_toktok(_CORE[family]))
    raise InvalidInput(
        f"No public vocabulary is known as {family!r}.", hint=f"Known: {', '.join(_CORE)}."
    )


def _toktok(encoding: str) -> Count:
    def count(text: str) -> int:
        try:
            return toktok.batch_count((text,), encoding, 1)[0]
        except UnicodeEncodeError:
            return toktok.batch_count((_without_surrogates(text),), encoding, 1)[0]

    return count


def _without_surrogates(text: str) -> str:
    """Pairs of surrogates joined, lone ones replaced, as tiktoken does before it encodes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
