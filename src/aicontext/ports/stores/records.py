"""The platform's records, in transactions that see one tenant only."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from aicontext.domain.storage.messages import Message
from aicontext.domain.storage.records import Record

Kind = TypeVar("Kind", bound=Record)


class Transaction(Protocol):
    """All of it is done, or nothing. Records of other tenants do not exist in it."""

    async def add(self, record: Record) -> None:
        """Raises Conflict where one that must be unique is there, and InvalidInput where the record
        names another tenant or one that is not there."""

    async def get(self, kind: type[Kind], record_id: str) -> Kind:
        """Raises NotFound."""

    async def find(
        self, kind: type[Kind], /, *, after: str = "", limit: int = 100, **equal: Any
    ) -> Sequence[Kind]:
        """The records whose fields are `equal`, by id; those with a larger id than `after`."""

    async def replace(self, record: Record) -> None:
        """Put it in the place of the record whose version is one less. Raises Conflict where that
        is another by now, NotFound where there is none."""

    async def keep(self, record: Record) -> None:
        """Put it in the place of the record of its id, whichever version that is: for copies of
        another store. Raises as `add` does."""

    async def remove(self, kind: type[Record], record_id: str) -> None:
        """With all that belongs to it. Raises NotFound."""

    async def publish(self, message: Message) -> None:
        """Keep a message, to be sent after the transaction is committed. Raises InvalidInput and
        InputTooLarge where no bus can carry it."""


class Records(Protocol):
    """Every method raises Unavailable where the store gives no answer in time."""

    def transaction(
        self, organisation: str | None, *, reading: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """Committed durably when the block ends without an error, undone when it raises.

        organisation: the tenant; None for the platform's own work, which sees all of them.
        reading: nothing will be changed.
        """

    async def find(
        self,
        organisation: str | None,
        kind: type[Kind],
        /,
        *,
        after: str = "",
        limit: int = 100,
        **equal: Any,
    ) -> Sequence[Kind]:
        """What a transaction that does nothing else would find: the quickest way to read."""

    async def get(self, organisation: str | None, kind: type[Kind], record_id: str) -> Kind:
        """The same for one of them. Raises NotFound."""

    async def migrate(self) -> Sequence[str]:
        """Bring the schema up to date; the names of the steps that were done. Safe while others do
        the same. Raises InvalidInput where the schema is newer than this program."""

    async def check(self) -> None:
        """Raises InvalidInput where the schema is not the one that this program writes."""

    async def waiting(self, limit: int) -> Sequence[Message]:
        """Published messages that were not sent, oldest first."""

    async def sent(self, ids: Sequence[str]) -> None:
        """Forget the messages."""

    async def close(self) -> None: ...
