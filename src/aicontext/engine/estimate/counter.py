"""Tokens of a text for a model: exact where its vocabulary is public, calibrated where not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from aicontext.domain.context import Count
from aicontext.domain.errors import MissingExtra
from aicontext.domain.usage import TokenCount
from aicontext.engine.estimate import reconstructed, vocabulary
from aicontext.engine.estimate.catalogue import model as lookup


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a provider bills around a text of its own: tokens, fitted to real bills.

    billed = counted + offset, and nine times of ten within counted + [low, high]. A text shorter
    than full_from tokens gets its share. benchmarks/estimate/fit_claude.py makes the figures.
    """

    offset: int
    low: int
    high: int
    full_from: int

    def count(self, counted: int) -> TokenCount:
        share = min(1.0, counted / self.full_from)
        low, tokens, high = (
            counted + round(share * around) for around in (self.low, self.offset, self.high)
        )
        return TokenCount(tokens, min(low, tokens), max(high, tokens), exact=False)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A vocabulary that is not at hand, as shares of one that is: tokens, lowest and highest."""

    family: str
    point: float
    low: float
    high: float


_O200K = "o200k"
# Measured on files of 25 kinds (5th, 50th, 95th percentile), except for the last four, whose
# vocabularies nobody publishes: there the range is an assumption.
LIKENESSES = {
    "llama3": Likeness(_O200K, 1.0, 0.97, 1.05),
    "llama": Likeness(_O200K, 1.12, 0.95, 1.3),
    "qwen": Likeness(_O200K, 1.05, 0.98, 1.22),
    "mistral": Likeness(_O200K, 1.11, 1.01, 1.35),
    "deepseek": Likeness(_O200K, 1.03, 0.89, 1.15),
    "openai": Likeness(_O200K, 1.0, 0.85, 1.2),
    "gemini": Likeness(_O200K, 1.05, 0.85, 1.3),
    "grok": Likeness(_O200K, 1.05, 0.85, 1.3),
    "unknown": Likeness(_O200K, 1.1, 0.85, 1.6),
}


@lru_cache(maxsize=512)
def counter(model: str) -> Count:
    """The best count of tokens for the model as a function; cached by text, never an error.

    It counts the text alone; `estimate` adds what is billed around it.
    """
    return _counter(lookup(model).family)


def estimate(text: str, model: str) -> TokenCount:
    """Tokens the model's provider bills for `text` as one block of a conversation."""
    family = lookup(model).family
    counted = _counter(family)(text)
    if family in reconstructed.FAMILIES:
        return calibration().count(counted)
    if _is_exact(family):
        return TokenCount(counted, counted, counted, exact=True)
    like = LIKENESSES[family]
    low, high = round(counted * like.low / like.point), round(counted * like.high / like.point)
    return TokenCount(counted, min(low, counted), max(high, counted), exact=False)


@cache
def calibration() -> Calibration:
    """The calibration of this release; loaded on first use."""
    path = files("aicontext.engine.estimate").joinpath("data", "calibration.json")
    return Calibration(**json.loads(path.read_text(encoding="utf-8")))


@cache
def _counter(family: str) -> Count:
    if family in reconstructed.FAMILIES:
        return reconstructed.reconstruction(family)
    if _is_exact(family):
        return vocabulary.tokenizer(family)
    like = LIKENESSES[family]
    base = vocabulary.tokenizer(like.family)
    return lambda text: round(base(text) * like.point)


@cache
def _is_exact(family: str) -> bool:
    if family not in vocabulary.EXACT:
        return False
    try:
        vocabulary.tokenizer(family)
    except MissingExtra:
        return False
    return True
