"""Exact counts in public vocabularies, offline.

The vocabularies of the core are compiled into `toktok-rs`; of them the two used last stay in
memory. The others come with the `tokenizers` extra, and stay once they were used. Special-token
markers count as text.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

import toktok

from aicontext.domain.context import Count
from aicontext.domain.errors import InvalidInput, MissingExtra
from aicontext.engine.estimate.cache import CountCache
from aicontext.kit.memory.resident import Resident
from aicontext.kit.memory.unused import give_back

_CORE = {"o200k": "o200k_base", "cl100k": "cl100k_base", "qwen3.5": "qwen3.5"}
_EXTRA = {"llama3": "llama3", "qwen": "qwen3"}
_TEKKEN = "tekken_240911.json"
EXACT = (*_CORE, *_EXTRA, "mistral")


@cache
def tokenizer(family: str) -> Count:
    """A cached, exact count of tokens in the public vocabulary of `family`, one of EXACT.

    Raises MissingExtra where the vocabulary comes with an extra that is not installed, and
    InvalidInput for a family without a public vocabulary.
    """
    if family in _CORE:
        return CountCache(_toktok(_CORE[family]))
    if family in _EXTRA:
        return CountCache(_quicktok(_EXTRA[family]))
    if family == "mistral":
        return CountCache(_tekken())
    raise InvalidInput(
        f"No public vocabulary is known as {family!r}.", hint=f"Known: {', '.join(EXACT)}."
    )


def _toktok(encoding: str) -> Count:
    """By way of `truncate`: `batch_count` takes 13 microseconds for a text of any length more."""

    def count(text: str) -> int:
        _LOADED.use(encoding)
        try:
            return int(toktok.truncate(text, sys.maxsize, encoding)[1])
        except UnicodeEncodeError:
            return int(toktok.truncate(_without_surrogates(text), sys.maxsize, encoding)[1])

    return count


def _load(encoding: str) -> None:
    toktok.truncate("", 0, encoding)
    give_back()


def _forget(encoding: str) -> None:
    toktok._CACHE.pop((encoding, ""), None)


_LOADED = Resident(2, _load, _forget)
"""Each takes 40 to 80 MB."""


def loads() -> int:
    """How often loading a vocabulary was begun or ended so far: odd while one is loaded."""
    return _LOADED.turns


def _quicktok(encoding: str) -> Count:
    encoder = _extra("quicktok").get_encoding(encoding)
    return lambda text: len(encoder.encode_ordinary(_without_surrogates(text)))


def _tekken() -> Count:
    tekken = _extra("mistral_common.tokens.tokenizers.tekken")
    path = files("mistral_common").joinpath("data", _TEKKEN)
    encoder = tekken.Tekkenizer.from_file(str(path))
    return lambda text: len(encoder.encode(_without_surrogates(text), bos=False, eos=False))


def _extra(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"Counting in this vocabulary needs the module {module}.",
            hint="Install ai-context-platform[tokenizers].",
        ) from error


def _without_surrogates(text: str) -> str:
    """Pairs of surrogates joined, lone ones replaced, as tiktoken does before it encodes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
