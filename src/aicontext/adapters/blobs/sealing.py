"""How a content is sealed: AES-256-GCM, chunk by chunk, so that any part can be read alone.

A sealed content is a head and chunks. The head: MAGIC, the id of the tenant's key (16 bytes), a
salt (16), and what binds the content's digest to its key (32). Each content has a key of its own,
by HKDF-SHA256 from the tenant's key and the salt, so the chunks' numbers can be their nonces. The
last chunk's nonce says that it is the last: chunks cannot be left out, added or put in another
order (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aicontext.domain.errors import Unavailable

MAGIC = b"aicblob1"
KEY_ID = 16
_SALT = 16
_BOUND = 32
HEAD = len(MAGIC) + KEY_ID + _SALT + _BOUND
CHUNK = 64 * 1024
SEALED = CHUNK + 16
_RUN = 64
"""Chunks that are read at once."""

Wanted = tuple[int, int, int]
"""A chunk's number, and from where to where its bytes are wanted."""


class Sealing:
    """Writes a sealed content into a file, chunk by chunk. key_id, key: the tenant's."""

    def __init__(self, file: BinaryIO, key_id: bytes, key: bytes) -> None:
        self._file = file
        self._key_id = key_id
        self._salt = secrets.token_bytes(_SALT)
        self._key = _derived(key, self._salt)
        self._cipher = AESGCM(self._key)
        self._digest = hashlib.sha256()
        self._rest = b""
        self._count = 0
        file.write(bytes(HEAD))

    def add(self, content: bytes) -> None:
        self._digest.update(content)
        view = self._rest + content
        whole = max(0, len(view) - 1) // CHUNK  # The last chunk is never known to be one yet.
        for number in range(whole):
            self._seal(view[number * CHUNK : (number + 1) * CHUNK], last=False)
        self._rest = view[whole * CHUNK :]

    def end(self) -> str:
        """The content's digest."""
        self._seal(self._rest, last=True)
        digest = self._digest.hexdigest()
        self._file.seek(0)
        self._file.write(MAGIC + self._key_id + self._salt + _bound(self._key, digest))
        return digest

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count, last=last), chunk, None))
        self._count += 1


class Opening:
    """Reads a sealed content. head: its first HEAD bytes; size: of all of it. Raises Unavailable
    where it is damaged, or another content than the digest says."""

    def __init__(self, head: bytes, size: int, key: bytes, digest: str) -> None:
        start = len(MAGIC) + KEY_ID
        derived = _derived(key, head[start : start + _SALT])
        if not hmac.compare_digest(head[start + _SALT :], _bound(derived, digest)):
            raise damaged()
        self._cipher = AESGCM(derived)
        self._last = max(0, -(-(size - HEAD) // SEALED) - 1)

    def runs(self, first: int, length: int | None) -> Iterator[tuple[int, list[Wanted]]]:
        """Chunks that are read at once: where they lie, and what of each is wanted."""
        end = (self._last + 1) * CHUNK if length is None else first + length
        numbers = range(first // CHUNK, min(self._last, max(0, end - 1) // CHUNK) + 1)
        for run in (numbers[at : at + _RUN] for at in range(0, len(numbers), _RUN)):
            starts = [number * CHUNK for number in run]
            yield (
                HEAD + run[0] * SEALED,
                [
                    (number, max(0, first - start), min(CHUNK, end - start))
                    for number, start in zip(run, starts, strict=True)
                ],
            )

    def open(self, number: int, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number, last=number == self._last), sealed, None)
        except (InvalidTag, ValueError):
            raise damaged() from None


def key_id(head: bytes) -> bytes:
    """The id of the tenant's key that a content was sealed under. Raises Unavailable."""
    if len(head) < HEAD or not head.startswith(MAGIC):
        raise damaged()
    return head[len(MAGIC) : len(MAGIC) + KEY_ID]


def damaged() -> Unavailable:
    return Unavailable(
        "A kept content is damaged.", hint="Take it from another backup; nothing of it was shown."
    )


def _derived(key: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"aicontext blob").derive(key)


def _bound(key: bytes, digest: str) -> bytes:
    return hmac.digest(key, digest.encode(), "sha256")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))
