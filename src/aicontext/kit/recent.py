"""A mapping of what was used lately, bounded by weight."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Two generations make it bounded without a list to keep in order: when the young one is full
    the old one is dropped, and a hit in the old one moves to the young one.

    limit: of all weights together; what alone weighs over half of it is not kept. Threads may
    share it: every step is one operation on a dictionary, and at worst something is forgotten.
    """

    def __init__(self, limit: int) -> None:
        self._generation = limit // 2
        self._young: dict[Key, tuple[Value, int]] = {}
        self._old: dict[Key, tuple[Value, int]] = {}
        self._held = 0

    def get(self, key: Key, default: Value) -> Value:
        if (found := self._young.get(key)) is not None:
            return found[0]
        if (found := self._old.get(key)) is None:
            return default
        self.put(key, *found)
        return found[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        if weight > self._generation:
            self._young.pop(key, None)
            self._old.pop(key, None)
            return
        if self._held + weight > self._generation:
            self._old, self._young, self._held = self._young, {}, 0
        self._young[key] = value, weight
        self._held += weight

    def take(self, key: Key) -> Value | None:
        """The value, which whoever takes it now has alone."""
        if (found := self._young.pop(key, None)) is not None:
            self._held -= found[1]
            return found[0]
        return found[0] if (found := self._old.pop(key, None)) is not None else None
