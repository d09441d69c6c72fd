"""The HTTP server itself, which tells nobody what a client sent."""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web

from aicontext.domain.proxy import Bounds
from aicontext.entrypoints.proxy.message.problems import Problem

_READ = 2**18
"""Bytes of a body that are taken from a connection before it is told to wait."""


class Listener(web.Server):
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

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)

    def cut(self) -> None:
        """Ends all connections, whatever is under way on them."""
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()


class _Connection(web.RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Without the library's message: it quotes the header that it did not understand."""
        self.log_exception("A request failed", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("An answer has begun.")
        said = "This is no sound HTTP request." if status < 500 else "The proxy failed."
        answer = Problem(status, "bad_request" if status < 500 else "internal", said).response()
        answer.force_close()
        return answer


def _quiet() -> logging.Logger:
    """aiohttp's own log, without what the client sent: a header's value may be a key."""
    logger = logging.getLogger(f"{__name__}.http")
    logger.addFilter(_without_content)
    return logger


def _without_content(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    record.msg, record.args = "%s", (kind.__name__ if kind else record.levelname,)
    record.exc_info = record.exc_text = None
    return True
