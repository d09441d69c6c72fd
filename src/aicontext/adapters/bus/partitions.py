"""To which partition a message goes, and for how long it is with one consumer."""

from __future__ import annotations

from zlib import crc32

PARTITIONS = 16
"""Of each topic. With another number, messages of one key may change their order once."""

LEASE = 5.0
"""Seconds for which a partition stays with a consumer that gives no sign of life."""

LONGEST_DELAY = 3600.0
"""Seconds until messages are taken again."""


def partition(key: str) -> int:
    return crc32(key.encode()) % PARTITIONS
