"""To which partition a message goes, and how long that stays with one consumer."""

from __future__ import annotations

from zlib import crc32

from aicontext.domain.storage.messages import Message

PARTITIONS = 16
"""Of each topic. With another number, messages of one key may change their order once."""

LEASE = 5.0
"""Seconds for which a partition stays with a consumer that gives no sign of life."""

LONGEST_DELAY = 3600.0
"""Seconds until messages are taken again."""


COMMIT = 4 * 2**20
"""Bytes that are written at a time at most."""


def size(message: Message) -> int:
    """About the bytes that it takes."""
    return len(message.payload) + 1000


def partition(key: str) -> int:
    return crc32(key.encode()) % PARTITIONS
