"""Counts of texts seen before, by content, in bounded memory."""

from __future__ import annotations

import hashlib

from aicontext.domain.context import Count

_OWN_KEY_SHARE = 8


class CountCache:
    """A `Count` that remembers: each distinct text is counted once while it stays in the cache.

    limit: characters held as keys, at most. Two generations make it bounded without a list to
    keep in order: when the young one is full the old one is dropped, and a hit in the old one
    moves its text to the young one. A text longer than an eighth of a generation is known by its
    SHA-256 instead of being held. Threads may share a cache; at worst a text is counted twice.
    """

    def __init__(self, count: Count, limit: int = 8_000_000) -> None:
        self._count = count
        self._generation = max(limit // 2, 1)
        self._longest = self._generation // _OWN_KEY_SHARE
        self._young: dict[str | bytes, int] = {}
        self._old: dict[str | bytes, int] = {}
        self._held = 0

    def __call__(self, text: str) -> int:
        if (known := self._young.get(text)) is not None:
            return known
        key = text if len(text) <= self._longest else _digest(text)
        if (known := self._young.get(key)) is not None:
            return known
        if (known := self._old.get(key)) is None:
            known = self._count(text)
        self._keep(key, known)
        return known

    @property
    def held(self) -> int:
        """Characters and digest bytes held as keys now."""
        return sum(map(len, self._young)) + sum(map(len, self._old))

    def _keep(self, key: str | bytes, tokens: int) -> None:
        # A key weighs at least what its slot in the table does, so that empty lines are bounded.
        weight = max(len(key), 64)
        if self._held + weight > self._generation:
            self._old, self._young, self._held = self._young, {}, 0
        self._young[key] = tokens
        self._held += weight


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
