"""What is no HTTP, or has no end of headers, is answered as everything else is."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aicontext.entrypoints.api.problems import of_http

LARGEST = 2**16
"""Bytes of a request's head at most, but for the piece that it begins in."""


class Connection(HttpToolsProtocol):
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._heading, self._head, self._piece = False, 0, 0

    def data_received(self, data: bytes) -> None:
        self._piece = len(data)
        super().data_received(data)
        self._head += len(data)
        if self._heading and self._head > LARGEST and not self.transport.is_closing():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        self._heading, self._head = True, -self._piece
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._heading = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """msg: the library's words, which the client gets none of."""
        answer = of_http(400)
        head = b"".join(b"%s: %s\r\n" % one for one in answer.raw_headers)
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\n%sconnection: close\r\n\r\n%s" % (head, answer.body)
        )
        self.transport.close()
