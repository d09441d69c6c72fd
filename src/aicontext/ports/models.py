"""Models that write text, and that give texts a direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aicontext.domain.storage.vectors import Space

MATERIAL = 12_000
"""Tokens of excerpts that a model is given to write a summary from."""

ANSWER = 4_096
"""Tokens it may write then; those that reason spend most of them before the summary."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote. model: its name, for people. whole: it came to its end by itself."""

    text: str
    model: str
    whole: bool = True


class Models(Protocol):
    """One model behind an address that the user chose."""

    def complete(self, task: str, material: str, most: int) -> Answer:
        """What the model writes when told `task` and given `material`, about `most` tokens.

        Both leave this machine. Raises Unavailable where the model cannot be reached, refuses, is
        too slow, or answers with something else.
        """


class Embeddings(Protocol):
    """One model whose vectors of alike texts point the same way."""

    @property
    def space(self) -> Space:
        """The model's name and dimension. Raises Unavailable where that has to be asked for."""

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text, in order; of a long text, for parts from all over it. A text
        without a word may get one that is zero.

        Raises Unavailable where the model cannot be reached, refuses, is too slow, or answers with
        something else.
        """
