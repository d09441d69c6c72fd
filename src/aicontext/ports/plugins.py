"""Tools that other installed distributions add."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A tool that can be loaded. load: imports it; raises whatever its code does. What it gives is
    a ToolIntegration or, as a class is, a function that makes one, if its author kept to that."""

    name: str
    origin: str
    load: Callable[[], object]


class Plugins(Protocol):
    def all(self) -> Iterable[Found]:
        """Each, by name; nothing of theirs is imported by that."""
