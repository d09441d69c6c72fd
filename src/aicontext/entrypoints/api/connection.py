"""What is no HTTP is answered as everything else is."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aicontext.entrypoints.api.problems import of_http


class Connection(HttpToolsProtocol):
    def send_400_response(self, msg: str) -> None:
        """msg: the library's words, which the client gets none of."""
        answer = of_http(400)
        head = b"".join(b"%s: %s\r\n" % one for one in answer.raw_headers)
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\n%sconnection: close\r\n\r\n%s" % (head, answer.body)
        )
        self.transport.close()
