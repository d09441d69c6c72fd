"""Events out of Amazon's binary stream, as Bedrock sends them."""

from __future__ import annotations

import base64
import binascii
import json

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_LONGEST = 16 * 2**20
_PRELUDE, _AROUND = 12, 16
"""Bytes before a message's headers, and in all beside headers and payload."""


class Frames:
    """Cuts the stream into messages: total length, headers' length, checksum, headers, payload,
    checksum. Checksums are left to the client."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> bytes:
        """The events that end in this piece, each on a line. Raises ValueError where it is no such
        stream."""
        rest, lines = self._rest, []
        rest += piece
        while len(rest) >= _PRELUDE:
            total, head = (int.from_bytes(rest[at : at + 4], "big") for at in (0, 4))
            if not _AROUND + head <= total <= _LONGEST:
                raise ValueError("no message of an event stream")
            if len(rest) < total:
                break
            lines.append(_event(bytes(rest[_PRELUDE + head : total - 4])))
            del rest[:total]
        return b"".join(line + b"\n" for line in lines)


def _event(payload: bytes) -> bytes:
    """A payload holds the provider's own event as `bytes` in base64."""
    try:
        held = json.loads(payload)["bytes"]
        return base64.b64decode(held).replace(b"\n", b" ")
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return b""
