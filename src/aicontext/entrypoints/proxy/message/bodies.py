"""Request bodies: read within bounds, decoded for the plan, sent on."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import StreamReader
from aiohttp.web_request import BaseRequest

from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.entrypoints.proxy.message.problems import Problem

_PIECE = 256 * 2**10
_ZLIB = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass(slots=True)
class Body:
    """A request's body. whole: all of it; or where it is too long its start, `rest` to follow."""

    whole: bytes = b""
    rest: StreamReader | None = None
    idle: float = 60.0
    started: bool = field(default=False, init=False)

    @property
    def repeatable(self) -> bool:
        """Whether it can be sent (again)."""
        return self.rest is None or not self.started

    def payload(self) -> bytes | AsyncIterator[bytes] | None:
        """In the form that aiohttp sends without holding up others."""
        if self.rest is None and len(self.whole) <= _PIECE:
            return self.whole or None
        return self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        self.started = True
        for at in range(0, len(self.whole), _PIECE):
            yield self.whole[at : at + _PIECE]
        while self.rest is not None and (piece := await _next(self.rest, self.idle)):
            yield piece


class Buffers:
    """Reads bodies, within a bound for each and one for all together."""

    def __init__(self, each: int, together: int, idle: float) -> None:
        self._each = each
        self._free = together
        self._idle = idle

    async def read(self, request: BaseRequest) -> Body:
        """The body, whole where it fits; to be given back to `release` when it was sent.

        Raises Problem where the client sends nothing for too long.
        """
        if not request.body_exists:
            return Body()
        limit = min(self._each, self._free)
        if (request.content_length or 0) > limit:
            return Body(b"", request.content, self._idle)
        pieces, size = [], 0
        while piece := await _next(request.content, self._idle):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                break
        self._free -= size
        whole = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return Body(whole, request.content if size > limit else None, self._idle)

    def release(self, body: Body) -> None:
        self._free += len(body.whole)


async def _next(content: StreamReader, idle: float) -> bytes:
    """The next bytes; empty at the end. A timer is set only where they are not here yet."""
    if content.is_eof():
        return await content.readany()
    try:
        async with asyncio.timeout(idle):
            return await content.readany()
    except TimeoutError:
        raise Problem(
            408, "request_timeout", f"The rest of the request did not come within {idle:g} s."
        ) from None


def decoded(body: bytes, coding: str, bound: int) -> bytes:
    """The body without its Content-Encoding.

    Raises InvalidInput where it is broken or in a coding unknown here, InputTooLarge over `bound`.
    """
    if coding in ("", "identity"):
        return body
    try:
        plain = (
            _unzipped(body, _ZLIB[coding], bound)
            if coding in _ZLIB
            else _unzstd(body, coding, bound)
        )
    except zlib.error as error:
        raise InvalidInput(f"The body is not the {coding} that it claims to be.") from error
    if len(plain) > bound:
        raise InputTooLarge(f"The body is over {bound:,} bytes when decoded.")
    return plain


def _unzipped(body: bytes, bits: int, bound: int) -> bytes:
    pieces, size = [], 0
    while body and size <= bound:
        inflate = zlib.decompressobj(bits)
        pieces.append(inflate.decompress(body, bound + 1 - size))
        size += len(pieces[-1])
        if not inflate.eof and size <= bound:
            raise zlib.error("cut short")
        body = inflate.unused_data
    return b"".join(pieces)


def _unzstd(body: bytes, coding: str, bound: int) -> bytes:
    if coding != "zstd":
        raise InvalidInput(f"Bodies in the coding {coding[:20]!r} are not read.")
    import zstandard  # Few tools send it.

    codec = zstandard.ZstdDecompressor(max_window_size=2**27)
    try:
        with codec.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
            return reader.read(bound + 1)
    except zstandard.ZstdError as error:
        raise InvalidInput("The body is not the zstd that it claims to be.") from error
