"""A provider that costs as little as it can: one fixed answer, or a stream of fixed events.

    python benchmarks/proxy/upstream.py PORT CHUNKS GAP_MS

A body that holds `"stream":true` gets CHUNKS events, GAP_MS apart; any other a completion.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import uvloop

ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-5",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Done. " * 100},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 500, "completion_tokens": 100, "total_tokens": 600},
    }
).encode()
WHOLE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER)
    + ANSWER
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def _event(payload: bytes) -> bytes:
    line = b"data: " + payload + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(line), line)


DELTA = _event(
    b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5",'
    b'"choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}'
)
LAST = (
    _event(
        b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5",'
        b'"choices":[],"usage":{"prompt_tokens":500,"completion_tokens":100,"total_tokens":600}}'
    )
    + _event(b"[DONE]")
    + b"0\r\n\r\n"
)


class Upstream(asyncio.Protocol):
    def __init__(self, chunks: int, gap: float) -> None:
        self.chunks, self.gap = chunks, gap
        self.buffer = bytearray()
        self.pieces: list[bytes] = []
        self.wanted = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.wanted:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).lower()
            _, found, rest = head.partition(b"content-length:")
            self.wanted = end + 4 + (int(rest.split(b"\r\n")[0]) if found else 0)
        if len(self.buffer) >= self.wanted:
            streamed = b'"stream":true' in self.buffer or b'"stream": true' in self.buffer
            del self.buffer[: self.wanted]
            self.wanted = 0
            if streamed:
                asyncio.get_running_loop().create_task(self._stream())
            else:
                self.transport.write(WHOLE)

    async def _stream(self) -> None:
        self.transport.write(HEAD)
        for _ in range(self.chunks):
            await asyncio.sleep(self.gap)
            self.transport.write(DELTA)
        self.transport.write(LAST)


async def main() -> None:
    port, chunks, gap = (int(word) for word in sys.argv[1:])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Upstream(chunks, gap / 1000), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
