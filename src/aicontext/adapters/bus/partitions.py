"""What every bus takes, and to which partition it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.domain.storage.messages import Message

PARTITIONS = 16
"""Of each topic. With another number, messages of one key may change their order once."""

LONGEST = 900_000
"""Bytes of a payload; Kafka takes a megabyte with what is around it."""

LEASE = 30.0
"""Seconds that a consumer has to settle what it took."""

LONGEST_DELAY = 3600.0
"""Seconds until messages are taken again."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_KEY = 255


def partition(key: str) -> int:
    return crc32(key.encode()) % PARTITIONS


def checked(messages: Sequence[Message]) -> None:
    """Raises InvalidInput and InputTooLarge where one of them is not fit for every bus."""
    for message in messages:
        if not _NAME.fullmatch(message.topic):
            raise InvalidInput(f"{message.topic[:100]!r} is no name of a topic.")
        if not 0 < len(message.id) <= _KEY or not _text(message.id):
            raise InvalidInput(f"{message.id[:100]!r} is no id of a message.")
        if len(message.key) > _KEY or not _text(message.key):
            raise InvalidInput(f"{message.key[:100]!r} is no key of a message.")
        if len(message.payload) > LONGEST:
            raise InputTooLarge(
                f"A message has {len(message.payload):,} bytes; {LONGEST:,} are the most."
            )


def _text(value: str) -> bool:
    """Whether every bus can hold it."""
    return "\0" not in value and value == value.encode("utf-8", "replace").decode()
