"""Messages on their way from one part of the platform to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aicontext.domain.storage.messages import Batch, DeadLetter, Message


class Consumer(Protocol):
    """One of a group; a partition is with one of them at a time.

    Every message comes at least once: again where a process ends, or is too slow, before it said
    that it is done. Who handles them makes that no difference, by their ids.
    """

    async def take(self, limit: int, wait: float) -> Sequence[Batch]:
        """What comes next in the partitions that nobody is at, `limit` messages at most in all, as
        soon as there is some; nothing after `wait` seconds."""

    async def done(self, batches: Sequence[Batch], dead: Mapping[str, str] = {}) -> None:
        """Never take these messages again. One that is no longer ours to settle comes again.

        dead: why some of them were given up, by their ids; they are kept as dead letters.
        """

    async def retry(self, batch: Batch, delay: float, why: str) -> None:
        """Take its messages again, and what follows in its partition, after `delay` seconds, an
        hour at most."""


class Bus(Protocol):
    """A topic is a log of messages in partitions; those of one key are in one, in order. A group
    reads each topic from its first message that is still there, and forgets nothing over restarts.

    Every method raises Unavailable where no answer comes in time.
    """

    async def publish(self, messages: Sequence[Message]) -> None:
        """Keep the messages durably, in order; on return they survive `kill -9`. Where it raises,
        some of them may be kept. Raises InvalidInput, InputTooLarge."""

    def consumer(self, topic: str, group: str) -> AbstractAsyncContextManager[Consumer]:
        """A further consumer of the group. What it has not settled is free for others then."""

    async def waiting(self, topic: str, group: str) -> int:
        """Messages that the group has not settled."""

    async def dead(
        self, topic: str, group: str, *, after: str = "", limit: int = 100
    ) -> Sequence[DeadLetter]:
        """The group's dead letters, by the ids of their messages; those with a larger one than
        `after`."""

    async def replay(self, topic: str, group: str, ids: Sequence[str]) -> int:
        """Have the group take these dead letters as new messages, after all that wait; how many
        there were. Other groups do not see them."""

    async def drop(self, topic: str, group: str, ids: Sequence[str]) -> int:
        """Forget these dead letters; how many there were."""

    async def close(self) -> None:
        """Let go of what is open; it opens again where it is used again."""
