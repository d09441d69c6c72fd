"""What of the cache ledger outlives a process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Ledger(Protocol):
    """How conversations last went out, by digest. It may be lost: then one cache is written anew.

    Kept without waiting for the disk: `kill -9` may undo its last moment, a power cut more.
    """

    def note(self, key: bytes, state: bytes, at: float) -> None:
        """Keep the state of the conversation under `key` that went out `at` (epoch seconds).

        Raises Unavailable.
        """

    def find(self, keys: Sequence[bytes]) -> tuple[int, bytes, float] | None:
        """(index, state, at) of the last of `keys` that is known. Raises Unavailable."""
