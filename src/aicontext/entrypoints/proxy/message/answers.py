"""Answers on their way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
from aiohttp import web
from aiohttp.http_writer import StreamWriter

from aicontext.entrypoints.proxy.message import headers

_OURS = ("Content-Type", "Date", "Server")
"""Headers that aiohttp adds to every answer."""


class _Relayed(web.StreamResponse):
    """An answer with the upstream's headers and no others."""

    _send_headers_immediately = False

    async def _prepare_headers(self) -> None:
        added = [name for name in _OURS if name not in self.headers]
        await super()._prepare_headers()
        for name in added:
            self.headers.popall(name, None)


async def relay(
    request: web.BaseRequest,
    answer: aiohttp.ClientResponse,
    seen: Callable[[bytes], object],
    idle: float,
) -> tuple[web.StreamResponse, str]:
    """Passes the answer on as it comes, and shows each piece to `seen` after it was sent.

    Gives what was sent and, where it is not whole, why. It breaks off where the upstream does, for
    the client must be able to tell, and where the client takes nothing for `idle` seconds.
    """
    response = _Relayed(
        status=answer.status, reason=answer.reason, headers=headers.answered(answer.raw_headers)
    )
    try:
        await _pieces(request, answer, response, seen, idle)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        cut(request)
        return response, f"the answer broke off: {type(error).__name__}"
    return response, ""


async def _pieces(
    request: web.BaseRequest,
    answer: aiohttp.ClientResponse,
    response: _Relayed,
    seen: Callable[[bytes], object],
    idle: float,
) -> None:
    writer = await response.prepare(request)
    assert isinstance(writer, StreamWriter)
    content = answer.content
    if not content.is_eof():
        writer.send_headers()
    while piece := await content.readany():
        await writer.write(piece, drain=False)
        if request.protocol.writing_paused:
            async with asyncio.timeout(idle):
                await writer.drain()
        seen(piece)
    await response.write_eof()


def cut(request: web.BaseRequest) -> None:
    """Ends the connection without the mark of a whole answer. What was written still goes out."""
    if request.version < (1, 1) and request.transport is not None:
        request.transport.abort()
    request.protocol.force_close()
