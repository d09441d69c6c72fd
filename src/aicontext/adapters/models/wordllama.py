"""Directions of texts from WordLlama's vectors of words, which come in its package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.vectors import Space

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_PARTS, _PART = 16, 1000
"""A text longer than all of these characters is known by that many parts from all over it."""


class WordLlama:
    """The sum of the words' vectors, each weighted by 1 + ln of how often the word is there.

    Only the package's files are used: its own code loads a web client, fills texts up to the
    longest of a batch, and counts a word as often as it is repeated. Raises ModuleNotFoundError,
    and Unavailable where the files are not those that are known.
    """

    def __init__(self) -> None:
        found = find_spec("wordllama")
        if found is None or not found.submodule_search_locations:
            raise ModuleNotFoundError("No module named 'wordllama'", name="wordllama")
        folder = Path(found.submodule_search_locations[0])
        try:
            self._words = _matrix(folder / _WEIGHTS)
            self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        except Exception as error:  # noqa: BLE001 - the tokenizer raises nothing narrower
            raise Unavailable(
                f"WordLlama {version('wordllama')} does not hold what is expected: {error}.",
                hint="Run: pip install 'wordllama>=0.4,<0.5'.",
            ) from None
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    @property
    def space(self) -> Space:
        return Space("wordllama-l2-supercat-log", self._words.shape[1])

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [self._embed(_sample(text)) for text in texts]

    def _embed(self, text: str) -> list[float]:
        sound = text.encode("utf-8", "replace").decode()
        ids = self._tokenizer.encode(sound, add_special_tokens=False).ids
        words, times = np.unique(np.asarray(ids, np.int64), return_counts=True)
        weights = (1 + np.log(times)).astype(np.float32)
        found: list[float] = (weights @ self._words[words].astype(np.float32)).tolist()
        return found


def _matrix(path: Path) -> NDArray[np.float16]:
    """The one matrix of a file in the form of safetensors, left on disk."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        ((_, told),) = json.loads(file.read(min(size, 2**20))).items()
    if told["dtype"] != "F16":
        raise ValueError(f"{path.name} is not of half floats")
    rows, columns = told["shape"]
    first = 8 + size + int(told["data_offsets"][0])
    return np.memmap(path, np.float16, "r", first, (rows, columns))


def _sample(text: str) -> str:
    if len(text) <= _PARTS * _PART:
        return text
    step = (len(text) - _PART) / (_PARTS - 1)
    return "\n".join(text[round(n * step) :][:_PART] for n in range(_PARTS))
