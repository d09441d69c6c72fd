"""Lists in pages, by cursors that nobody can make or carry elsewhere."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256

_SIGNED = 16
"""Bytes of a signature."""


class Cursors:
    """key: a secret of 32 bytes, the same wherever a cursor is to be good; empty: not known yet."""

    def __init__(self, key: bytes = b"") -> None:
        self.key = key

    def written(self, about: str, after: str) -> str:
        """about: the list, and whose it is. after: where its next page begins."""
        signed = self._signature(about, after) + after.encode()
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")

    def read(self, about: str, cursor: str) -> str:
        """Where the page begins. Raises ValueError for a cursor that is of no such list."""
        try:
            signed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            after = signed[_SIGNED:].decode()
        except (binascii.Error, UnicodeError):
            raise ValueError("no cursor") from None
        if not hmac.compare_digest(signed[:_SIGNED], self._signature(about, after)):
            raise ValueError("no cursor of this list")
        return after

    def _signature(self, about: str, after: str) -> bytes:
        said = f"{len(about)}:{about}{after}".encode()
        return hmac.digest(self.key, said, sha256)[:_SIGNED]
