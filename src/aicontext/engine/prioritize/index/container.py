"""Sections of bytes in one file that tells when it is damaged or of another edition."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterable, Sequence

from aicontext.domain.errors import InvalidInput

EDITION = 8
"""Rises whenever what is kept, or how a text is scanned, changes: older files are made anew."""

LEVEL = 1
"""Of zlib, where something is kept smaller: higher ones cost more time than bytes are worth."""

SMALL = 1 << 16
"""Bytes up to which sections are compressed as a whole and not read where they lie: a file of a
small tree has hardly a word twice, and is mostly numbers that are alike."""

_MAGIC = b"aicindex"
_HEADER = struct.Struct("<8sHHIQ")
_ALIGNMENT = 8
_COMPRESSED = 1 << 15
"""Added to the number of sections."""


def packed(sections: Sequence[bytes]) -> list[bytes]:
    """The parts of the file, to be written one after the other."""
    lengths = struct.pack(f"<{len(sections)}Q", *map(len, sections))
    parts = [lengths]
    for section in sections:
        parts += (section, bytes(-len(section) % _ALIGNMENT))
    count = len(sections)
    if sum(map(len, parts)) <= SMALL:
        parts = [zlib.compress(b"".join(parts))]
        count += _COMPRESSED
    sizes = count, sum(map(len, parts))
    crc = _checksum(sizes, parts)
    return [_HEADER.pack(_MAGIC, _edition(), sizes[0], crc, sizes[1]), *parts]


def unpacked(content: memoryview) -> list[memoryview]:
    """The sections of a file. Raises InvalidInput that says what is wrong with it."""
    if len(content) < _HEADER.size or content[: len(_MAGIC)] != _MAGIC:
        raise InvalidInput("it is no index")
    _, edition, count, crc, size = _HEADER.unpack_from(content)
    if edition != _edition():
        raise InvalidInput("it was written by another version")
    body = content[_HEADER.size :]
    if len(body) != size or _checksum((count, size), [body]) != crc:
        raise InvalidInput("it is damaged")
    if count >= _COMPRESSED:
        body, count = memoryview(zlib.decompress(body)), count - _COMPRESSED
    at = 8 * count
    found: list[memoryview] = []
    for (length,) in struct.iter_unpack("<Q", body[:at]):
        found.append(body[at : at + length])
        at += length + -length % _ALIGNMENT
    return found


def checksum(content: bytes | memoryview) -> str:
    """What a file, of which at least the first part is given, says that its checksum is."""
    return f"{_HEADER.unpack_from(content)[3]:08x}"


def _checksum(sizes: tuple[int, int], parts: Iterable[bytes | memoryview]) -> int:
    crc = zlib.crc32(struct.pack("<HQ", *sizes))
    for part in parts:
        crc = zlib.crc32(part, crc)
    return crc


def _edition() -> int:
    """Numbers are kept in the order of bytes of the machine."""
    return 2 * EDITION + (sys.byteorder == "big")
