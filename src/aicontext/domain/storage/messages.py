"""What one part of the platform tells another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aicontext.domain.errors import InputTooLarge, InvalidInput

LONGEST_PAYLOAD = 900_000
"""Bytes; Kafka takes a megabyte with what is around it."""

LONGEST_NAME = 255
"""Characters of an id and of a key."""

_TOPIC = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")


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


def check(messages: Iterable[Message]) -> None:
    """Raises InvalidInput and InputTooLarge where one of them is not fit for every bus."""
    for message in messages:
        if not _TOPIC.fullmatch(message.topic):
            raise InvalidInput(f"{message.topic[:100]!r} is no name of a topic.")
        if not message.id or not _is_name(message.id):
            raise InvalidInput(f"{message.id[:100]!r} is no id of a message.")
        if not _is_name(message.key):
            raise InvalidInput(f"{message.key[:100]!r} is no key of a message.")
        if (size := len(message.payload)) > LONGEST_PAYLOAD:
            raise InputTooLarge(f"A message has {size:,} bytes; {LONGEST_PAYLOAD:,} are the most.")


def _is_name(value: str) -> bool:
    """Whether every bus can hold it: no NUL, no half of a surrogate pair."""
    encodable = value.isascii() or value == value.encode("utf-8", "replace").decode()
    return encodable and len(value) <= LONGEST_NAME and "\0" not in value
