"""The HTTP server itself, which tells nobody what a client sent."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiohttp.http_exceptions import BadHttpMessage, LineTooLong
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from aiohttp.web_server import Server

from aicontext.domain.proxy import Bounds
from aicontext.entrypoints.proxy.message.problems import Problem

_READ = 2**18
"""Bytes of a body that are taken from a connection before it is told to wait."""


class Listener(Server):
    """Hands requests to `handler`; what is no HTTP is answered here."""

    def __init__(self, handler: Any, bounds: Bounds) -> None:
        super().__init__(
            handler,
            handler_cancellation=True,
            access_log=None,
            logger=_quiet(),
            auto_decompress=False,
            keepalive_timeout=bounds.idle_connection,
            read_bufsize=_READ,
            lingering_time=min(10.0, bounds.client_idle),
            max_line_size=bounds.target,
            max_field_size=bounds.headers,
        )
        self._drain = bounds.drain
        self._listening: asyncio.Server | None = None

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)

    async def listen(self, host: str, port: int) -> int:
        """The port that it listens on from now on. Raises OSError where it cannot be had."""
        listening = await self._loop.create_server(self, host, port, backlog=1024)
        self._listening = listening
        found: int = listening.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        """Takes no new calls, lets those under way finish for a while, and cuts the rest."""
        if self._listening is not None:
            self._listening.close()
        await asyncio.sleep(0)  # What has come by now is begun: it is not idle then.
        self.pre_shutdown()
        await self.shutdown(self._drain)

    def cut(self) -> None:
        """Ends all connections, whatever is under way on them."""
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()


class _Connection(RequestHandler):
    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> StreamResponse:
        """Without the library's message: it quotes the header that it did not understand."""
        self.log_exception("A request failed", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("An answer has begun.")
        if _too_large(exc):
            problem = Problem(431, "head_too_large", self._bounded)
        elif status < 500:
            problem = Problem(status, "bad_request", "This is no sound HTTP request.")
        else:
            problem = Problem(status, "internal", "The proxy failed.")
        answer = problem.response()
        answer.force_close()
        return answer

    @property
    def _bounded(self) -> str:
        return (
            f"The address of a request may have {self.max_line_size:,} bytes, a header"
            f" {self.max_field_size:,}, and there may be {self.max_headers} of these."
        )


def _too_large(error: BaseException | None) -> bool:
    """The library has an error of its own for what is too long, none for what is too many."""
    many = isinstance(error, BadHttpMessage) and error.message.startswith("Too many headers")
    return many or isinstance(error, LineTooLong)


def _quiet() -> logging.Logger:
    """aiohttp's own log, without what the client sent: a header's value may be a key."""
    logger = logging.getLogger(f"{__name__}.http")
    logger.addFilter(_without_content)
    return logger


def _without_content(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    told = kind.__name__ if kind else record.levelname
    record.msg, record.args = "A request could not be served: %s", (told,)
    record.exc_info = record.exc_text = None
    return True
