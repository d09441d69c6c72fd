"""Language models that write text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
