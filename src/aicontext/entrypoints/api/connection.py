"""What is no HTTP, or whose head has no end, is answered as everything else is."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aicontext.entrypoints.api.problems import of_http, problem

LARGEST = 2**16
"""Bytes of a request's head at most."""

FIELDS = 100
"""Headers of a request at most."""

MOST = 1000
"""Connections, and requests under way; what is asked beyond is told to come again."""

PATIENCE = 20.0
"""Seconds in which a head must be there, from the connection's or the head's own beginning."""

LINGER = 2.0
"""Seconds in which what a refused request still sends is read: else the refusal might be lost."""


class Connection(HttpToolsProtocol):
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._heading, self._head, self._piece = False, 0, 0
        self._fields, self._large, self._refused = 0, False, False
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._piece = len(data)
        super().data_received(data)
        self._head += len(data)
        if self._heading and self._head > LARGEST and not self._refused:
            self._large = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        self._heading, self._head, self._fields = True, -self._piece, 0
        self._wait()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._fields += 1
        if self._fields > FIELDS:
            self._large = True
            raise ValueError("too many headers")

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > LARGEST:
            self._large = True
            raise ValueError("too long a head")
        if not self.url.startswith(b"/") and _named(self.url) not in (b"", *self._hosts()):
            raise ValueError("another host than its header says")
        self._heading = False
        self._come()
        # As the library would, but in words that our clients read.
        full = max(len(self.connections), len(self.tasks) + 1) > MOST
        app, self.app = self.app, (_full if full else self.app)
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def _hosts(self) -> list[bytes]:
        return [value for name, value in self.headers if name == b"host"]

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(PATIENCE, self._give_up)

    def _come(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        if self._heading and not self.transport.is_closing():
            self.send_400_response("")
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """msg: the library's words, which the client gets none of."""
        self._come()
        self._refused = True
        answer = of_http(431 if self._large else 400)
        said = HTTPStatus(answer.status_code)
        head = b"".join(b"%s: %s\r\n" % one for one in answer.raw_headers)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\n%sconnection: close\r\n\r\n%s"
            % (said, said.phrase.encode(), head, answer.body)
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._late = self.loop.call_later(LINGER, self.transport.close)
        else:
            self.transport.close()


def _named(url: bytes) -> bytes:
    """The host that a whole address names; empty for `*`."""
    return re.split(rb"[/?#]", url.partition(b"://")[2], maxsplit=1)[0]


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    refused = problem(
        503,
        "overloaded",
        "The server has too much to do.",
        hint="Try again in a second.",
        headers={"retry-after": "1", "connection": "close"},
    )
    await refused(scope, receive, send)
