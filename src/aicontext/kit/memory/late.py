"""Objects that are made when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

Made = TypeVar("Made")


def late(make: Callable[[], Made]) -> Made:
    """What stands for the object, by its methods; for what takes memory or time to have."""
    stand_in: Any = _Late(make)
    found: Made = stand_in
    return found


class _Late:
    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> object:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)
