"""Large contents, kept by what they hold."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol


class Blobs(Protocol):
    """Contents of tenants by the SHA-256 of their bytes, in hexadecimal. The same content put twice
    by a tenant is kept once; of other tenants' nothing is told.

    Every method raises Unavailable where the store gives no answer or what it gives is damaged.
    """

    async def put(self, tenant: str, content: AsyncIterable[bytes]) -> str:
        """Keep the content durably, whole or not at all, and return its digest.

        Raises InputTooLarge.
        """

    def get(
        self, tenant: str, digest: str, first: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """The content's bytes from `first` on, so many of them. Raises NotFound."""

    async def held(self, tenant: str, digest: str) -> bool:
        """Whether the tenant keeps the content."""

    async def remove(self, tenant: str, digest: str) -> None:
        """Forget the content; nothing happens where it is not kept."""

    def digests(self, tenant: str, start: str = "") -> AsyncIterator[str]:
        """What the tenant keeps, as far as the digests begin with `start`."""

    async def forget(self, tenant: str) -> None:
        """Forget all of the tenant, and make unreadable what copies of the store still hold."""

    async def rotate(self, tenant: str) -> None:
        """Seal the tenant's keys under the newest master key, and use a new one from now on."""

    async def close(self) -> None: ...
