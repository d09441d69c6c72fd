"""What may be forgotten: bytes by key, for a while."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Forgets when it must, fails never, and does not answer with bytes that were removed or whose
    time is over. Keys are text of at most 512 bytes in UTF-8."""

    async def get(self, key: str) -> bytes | None:
        """The bytes put last, if they are still kept."""

    async def lease(self, key: str) -> str:
        """The right to put what is read elsewhere from now on. It ends when the key is put or
        removed by anyone; callers in between get the same one. "" where there is none to have."""

    async def put(
        self, key: str, value: bytes, seconds: float, *, lease: str | None = None
    ) -> bool:
        """Keep the bytes for so many seconds at most; whether that was done.

        Without a lease the key must determine the value, as a digest of what it was made from does,
        so that it can never become wrong. With one they are kept only while it holds.
        """

    async def remove(self, key: str) -> None:
        """Forget the key, and end its lease."""

    async def close(self) -> None: ...
