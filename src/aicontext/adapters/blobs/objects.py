"""Named bytes, as folders and S3 stores keep them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class Objects(Protocol):
    """Names are made of parts joined by slashes. Methods raise Unavailable."""

    async def put(self, name: str, file: Path) -> None:
        """Keep the file's bytes durably, whole or not at all."""

    async def size(self, name: str) -> int | None:
        """Bytes of the object; None where there is none."""

    async def read(self, name: str, first: int, length: int) -> bytes:
        """So many bytes from `first` on, fewer at the end. Raises NotFound."""

    async def remove(self, name: str) -> None:
        """Nothing happens where there is none."""

    def names(self, prefix: str) -> AsyncIterator[str]:
        """The names below a prefix that ends with a slash, in order."""

    async def close(self) -> None: ...
