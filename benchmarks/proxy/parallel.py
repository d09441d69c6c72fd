"""Many sessions on one proxy: does a slow plan hold up the streams of others?

    python benchmarks/proxy/parallel.py [--sessions 24] [--calls 8]

Each session's requests grow from 40 KB by 2-5 KB a call, each answered with a stream of 200 events
1 ms apart. Meanwhile a watched stream is read, and its gaps are told: alone, beside the sessions,
and beside as many others and requests of 2 MB that were never seen, with all of it new.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import aiohttp

from aicontext.adapters.events.sqlite import SqliteEvents

from overhead import CHUNKS, GAP_MS, HERE, bodies, free_port, ours, started  # isort: skip
from plan import CHAT, Session  # isort: skip


class Caller:
    """Calls the proxy. failed: answers that are not whole."""

    def __init__(self, client: aiohttp.ClientSession, server: Any) -> None:
        self.failed = 0
        self._client = client
        self._url = f"http://127.0.0.1:{server.port}{server.path}"
        self._headers = dict(line.split(": ", 1) for line in server.headers)

    async def call(self, body: bytes) -> list[float]:
        """Seconds to the first piece, and from each piece to the next."""
        last, gaps, whole = time.perf_counter(), [], b""
        async with self._client.post(self._url, data=body, headers=self._headers) as answer:
            async for piece in answer.content.iter_any():
                now = time.perf_counter()
                gaps.append(now - last)
                last, whole = now, piece
        self.failed += answer.status != 200 or b"[DONE]" not in whole
        return gaps


async def session(caller: Caller, calls: list[bytes]) -> list[float]:
    """Seconds to the first piece of each call."""
    return [(await caller.call(body))[0] for body in calls]


def talk(seed: int, calls: int) -> list[bytes]:
    """A session's requests, from 40 KB on."""
    held, found = Session(CHAT, seed), []
    while len(held.body()) < 40_000:
        held.turn()
    for _ in range(calls):
        found.append(held.body())
        held.turn()
    return found


def monsters(count: int) -> list[bytes]:
    """First requests of some 2 MB, in 600 results, all of one turn and so all new."""
    found = []
    for seed in range(count):
        held = Session(CHAT, 1000 + seed)
        for _ in range(600):
            held.turn()
        first, *rest = held.messages
        calls = [call for one in rest for call in one.get("tool_calls") or ()]
        asked = {"role": "assistant", "content": None, "tool_calls": calls}
        held.messages = [first, asked, *(one for one in rest if one["role"] == "tool")]
        found.append(held.body())
    return found


async def watched(caller: Caller, body: bytes, beside: list[Awaitable[list[float]]]) -> Any:
    """Gaps of a stream, read again and again while the others work; of three where none do."""
    others = asyncio.gather(*beside)
    gaps: list[float] = []
    while len(gaps) < 3 * CHUNKS if not beside else not others.done():
        gaps += (await caller.call(body))[1:]
    firsts = [sorted(found) for found in await others]
    every = sorted(value for found in firsts for value in found)
    found = {"gap": _figures(sorted(gaps))}
    return found | {"first": _figures(every)} if every else found


def _figures(ordered: list[float]) -> dict[str, float]:
    at = lambda share: round(ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1e3, 1)  # noqa: E731
    return {"count": len(ordered), "p50_ms": at(0.5), "p99_ms": at(0.99), "longest_ms": at(1.0)}


async def measured(
    server: Any, body: bytes, talks: list[list[bytes]], large: list[bytes]
) -> dict[str, Any]:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=300)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client:
        caller = Caller(client, server)
        await caller.call(body)
        many = lambda some: [session(caller, calls) for calls in some]  # noqa: E731
        half = len(talks) // 2
        return {
            "alone": await watched(caller, body, []),
            "sessions": await watched(caller, body, many(talks[:half])),
            "monsters": await watched(caller, body, many([*talks[half:], large])),
            "failed": caller.failed,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=24)
    parser.add_argument("--calls", type=int, default=8)
    given = parser.parse_args()
    upstream = free_port()
    command = [sys.executable, str(HERE / "upstream.py"), str(upstream), str(CHUNKS), str(GAP_MS)]
    with tempfile.TemporaryDirectory() as name, started(1, command, upstream):
        made = bodies(Path(name))
        with ours(Path(name), upstream) as server:
            body = Path(made["2k-stream"]).read_bytes()
            talks = [talk(seed, given.calls) for seed in range(2 * given.sessions)]
            found = asyncio.run(measured(server, body, talks, monsters(4)))
            found |= {"load_average": os.getloadavg()[0], "rss_mb": server.rss()}
            found["outcomes"] = _outcomes(Path(name) / "home")
    print(json.dumps(found, indent=1))


def _outcomes(home: Path) -> dict[str, int]:
    kept = SqliteEvents(home / "usage.db").since(0)
    return dict(Counter(f"{event.outcome}: {event.why}".rstrip(": ") for event in kept))


if __name__ == "__main__":
    main()
