"""Answers on their way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
from aiohttp.http_writer import StreamWriter
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse

from aicontext.domain.proxy import Bounds
from aicontext.entrypoints.proxy.message import headers
from aicontext.entrypoints.proxy.message.piping import piped

_OURS = ("Content-Type", "Date", "Server")
"""Headers that aiohttp adds to every answer."""


_SMALL = 2**14
"""Bytes of a piece that is copied into its chunk."""


class _Relayed(StreamResponse):
    """An answer with the upstream's headers and no others."""

    _send_headers_immediately = False

    async def _prepare_headers(self) -> None:
        added = [name for name in _OURS if name not in self.headers]
        await super()._prepare_headers()
        for name in added:
            self.headers.popall(name, None)


class _Watch:
    """Ends an answer of which nothing came for `idle` seconds, or up to twice as many.

    A timer for each piece, as aiohttp would set it, costs a fifth of a piece's whole way.
    """

    def __init__(self, answer: aiohttp.ClientResponse, idle: float) -> None:
        self.pieces = 0
        self._counted = -1
        self._answer = answer
        self._idle = idle
        self._check()

    def _check(self) -> None:
        if self.pieces == self._counted:
            self._answer.close()
        self._counted = self.pieces
        self._timer = asyncio.get_running_loop().call_later(self._idle, self._check)

    def end(self) -> None:
        self._timer.cancel()


async def relay(
    request: BaseRequest,
    answer: aiohttp.ClientResponse,
    seen: Callable[[bytes], object],
    bounds: Bounds,
) -> tuple[StreamResponse, str]:
    """Passes the answer on as it comes, and shows each piece to `seen` after it was sent.

    Gives what was sent and, where it is not whole, why. It breaks off where the upstream does, for
    the client must be able to tell, and where one of them keeps the other waiting for too long.
    """
    response = _Relayed(
        status=answer.status, reason=answer.reason, headers=headers.answered(answer.raw_headers)
    )
    watch = _Watch(answer, bounds.upstream_idle)
    content, protocol = answer.content, request.protocol
    try:
        writer = await response.prepare(request)
        assert isinstance(writer, StreamWriter)
        chunked = False
        if not content.is_eof():
            writer.send_headers()
            chunked = writer.chunked

        def passed(piece: bytes) -> bool:
            """Whether the client takes more at once."""
            watch.pieces += 1
            _write_chunk(writer, piece)
            seen(piece)
            return not protocol.writing_paused

        while piece := await content.readany():
            if chunked:
                if passed(piece):
                    await piped(answer, passed)
            else:
                watch.pieces += 1
                await writer.write(piece, drain=False)
                seen(piece)
            if protocol.writing_paused:
                async with asyncio.timeout(bounds.client_idle):
                    await writer.drain()
        await response.write_eof()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        cut(request)
        return response, f"the answer broke off: {type(error).__name__}"
    finally:
        watch.end()
    return response, ""


def _write_chunk(writer: StreamWriter, piece: bytes) -> None:
    """As the writer's own `write` after the headers, in a quarter of its steps."""
    if (transport := writer.transport) is None or transport.is_closing():
        raise ConnectionResetError("The client went away")
    if len(piece) <= _SMALL:
        transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    else:
        transport.writelines((b"%x\r\n" % len(piece), piece, b"\r\n"))


def cut(request: BaseRequest) -> None:
    """Ends the connection without the mark of a whole answer. What was written still goes out."""
    if request.version < (1, 1) and request.transport is not None:
        request.transport.abort()
    request.protocol.force_close()
