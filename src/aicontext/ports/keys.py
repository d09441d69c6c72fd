"""The master key under which other keys are sealed. It never leaves where it is kept."""

from __future__ import annotations

from typing import Protocol


class Keys(Protocol):
    """Every method raises Unavailable where the key's keeper gives no answer."""

    async def seal(self, key: bytes, about: str) -> bytes:
        """The key, at most 64 bytes of it, sealed under the newest master key.

        about: what it is for; it must be said again to open it.
        """

    async def open(self, sealed: bytes, about: str) -> bytes:
        """The key again, whichever master key sealed it. Raises InvalidInput where it was changed,
        was sealed for something else, or under a master key that is gone."""

    async def close(self) -> None: ...
