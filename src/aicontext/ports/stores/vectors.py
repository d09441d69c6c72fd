"""Vectors of tenants, found again by their direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aicontext.domain.storage.vectors import Filter, Item, Match


class Vectors(Protocol):
    """Vectors of one space: made by one model, of one dimension. What is of another organisation
    does not exist for who asks.

    Every method raises InvalidInput where what is kept was made by another model, and Unavailable
    where the store gives no answer.
    """

    async def put(self, items: Sequence[Item]) -> None:
        """Keep the items durably, all or none: on return they survive `kill -9`. An item takes the
        place of that of the same organisation and id.

        Raises InvalidInput where one has another dimension or no direction, and InputTooLarge.
        """

    async def search(
        self, vector: Sequence[float], where: Filter, limit: int = 10
    ) -> Sequence[Match]:
        """The items most alike, the best first. Raises InvalidInput."""

    async def remove(self, organisation: str, ids: Sequence[str]) -> int:
        """Forget the items durably; how many there were."""

    async def forget(self, where: Filter) -> int:
        """Forget all that is meant durably; how many there were."""

    async def count(self, where: Filter) -> int:
        """How many there are."""

    async def every(self, after: tuple[str, str], limit: int) -> Sequence[Item]:
        """Some items of all organisations, each vector as it is kept: to the last bit what another
        store keeps of it. after: organisation and id of the last one before; ("", "") at first."""

    async def close(self) -> None: ...
