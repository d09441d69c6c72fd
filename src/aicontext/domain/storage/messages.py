"""What one part of the platform tells another."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Message:
    """What is told to other parts of the platform once its transaction is committed.

    id: unique, sorts by time. key: messages of one key stay in order.
    """

    id: str
    topic: str
    key: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """The next messages of one partition, in order. No other consumer of the group has them.

    places: where each stands in the partition. attempt: how often the first one was taken, with
    this time.
    """

    partition: int
    messages: tuple[Message, ...]
    places: tuple[str, ...]
    attempt: int = 1

    def first(self, count: int) -> Batch:
        """Of its first messages alone."""
        return replace(self, messages=self.messages[:count], places=self.places[:count])


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that a group gave up. attempts: how often it was tried. why: in words. at: seconds
    since the epoch."""

    message: Message
    attempts: int
    why: str
    at: float
