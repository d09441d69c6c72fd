"""A closed-loop loader over raw sockets: each connection sends when its last answer has ended.

    python benchmarks/proxy/loader.py '{"port": 8787, "path": "/v1/x", "headers": [], ...}'

Prints JSON: requests, failed, seconds, rps, p50, p99 and first (median time to the first byte of
the body), in milliseconds. `fresh` puts a new number into each body in place of @@@@@@@@.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import uvloop


class Loader:
    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.body = Path(given["body"]).read_bytes() if given.get("body") else b""
        lines = [
            f"{given.get('method', 'POST')} {given['path']} HTTP/1.1",
            f"Host: 127.0.0.1:{given['port']}",
        ]
        lines += ["Content-Type: application/json", *given.get("headers", [])]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        self.head = "\r\n".join(lines).encode()
        self.left = given.get("requests", 2**60)
        self.until = time.perf_counter() + given.get("seconds", 3600)
        self.times: list[float] = []
        self.firsts: list[float] = []
        self.failed = 0

    async def run(self) -> dict[str, float]:
        began = time.perf_counter()
        await asyncio.gather(*(self._connection() for _ in range(self.given.get("c", 1))))
        took = time.perf_counter() - began
        times, firsts = sorted(self.times), sorted(self.firsts)
        return {
            "requests": len(times),
            "failed": self.failed,
            "seconds": round(took, 2),
            "rps": round(len(times) / took, 1),
            "p50_ms": round(times[len(times) // 2] * 1e3, 3),
            "p99_ms": round(times[int(len(times) * 0.99)] * 1e3, 3),
            "first_p50_ms": round(firsts[len(firsts) // 2] * 1e3, 3),
        }

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.given["port"])
        while self.left > 0 and time.perf_counter() < self.until:
            self.left -= 1
            body = self.body
            if self.given.get("fresh"):
                body = body.replace(b"@@@@@@@@", b"%08d" % (time.time_ns() % 10**8))
            began = time.perf_counter()
            writer.write(self.head + body)
            ok, first = await self._answer(reader)
            self.times.append(time.perf_counter() - began)
            self.firsts.append(first - began)
            self.failed += not ok
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[bool, float]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        ok = b" 200 " in head[:20]
        _, found, rest = head.partition(b"content-length:")
        if found:
            await reader.readexactly(int(rest.split(b"\r\n")[0]))
            return ok, time.perf_counter()
        first = 0.0
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
            first = first or time.perf_counter()
        await reader.readexactly(2)
        return ok, first


if __name__ == "__main__":
    print(json.dumps(uvloop.run(Loader(json.loads(sys.argv[1])).run())))
