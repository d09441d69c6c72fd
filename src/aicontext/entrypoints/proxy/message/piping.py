"""Pieces of an answer, handed on in the moment in which they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler


class Source(ResponseHandler):
    """A connection to an upstream that tells, once what came is read or the connection is lost."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.told: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.told is not None:
            self.told()

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self.told is not None:
            self.told()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Nothing where reading goes on: the library parses no bytes with each piece else."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)


async def piped(answer: aiohttp.ClientResponse, take: Callable[[bytes], bool]) -> None:
    """Hands each piece of the answer to `take` until that returns False or none may follow.

    A task that waits for each piece takes a turn of the event loop for it, an eighth of its way.
    Raises what `take` does, and what broke the answer off.
    """
    connection, content = answer.connection, answer.content
    source = connection.protocol if connection is not None else None
    if not isinstance(source, Source):
        return
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def told() -> None:
        if over.done():
            return
        try:
            piece = content.read_nowait()
            more = (not piece or take(piece)) and not content.is_eof()
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            over.set_exception(error)
        else:
            if not more:
                over.set_result(None)

    source.told = told
    try:
        told()
        await over
    finally:
        # At its end the connection may carry another answer already.
        if source.told is told:
            source.told = None
