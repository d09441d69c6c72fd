"""The ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence


class MemoryLedger:
    """For tests and for hosts that keep nothing."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[bytes, float]] = {}

    def note(self, key: bytes, state: bytes, at: float) -> None:
        self._known[key] = state, at

    def find(self, keys: Sequence[bytes]) -> tuple[int, bytes, float] | None:
        for index in range(len(keys) - 1, -1, -1):
            if (found := self._known.get(keys[index])) is not None:
                return index, *found
        return None
