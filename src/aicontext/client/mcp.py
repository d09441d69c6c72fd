"""Asking an MCP server, started as a tool would start it, for its tools."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from aicontext.domain.errors import Unavailable

_SECONDS = 20.0
"""For its start and each of its answers."""

_ASKED = (
    {
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "aicontext-doctor", "version": "1"},
        },
    },
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/list", "params": {}},
)


def tools(command: Sequence[str], seconds: float = _SECONDS) -> list[str]:
    """The names of its tools, over standard input and output. Raises Unavailable."""
    said = f"`{' '.join(command)}`"
    try:
        server = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise Unavailable(f"{said} cannot be started: {error.strerror}.") from None
    with server:
        try:
            return _asked(server, seconds, said)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"{said} does not serve MCP: {error}.") from None
        finally:
            server.kill()


def _asked(server: subprocess.Popen[bytes], seconds: float, said: str) -> list[str]:
    assert server.stdin
    assert server.stdout
    lines: Queue[bytes] = Queue()
    Thread(target=_read, args=(server.stdout, lines), daemon=True).start()
    found: dict[str, Any] = {}
    for message in _ASKED:
        server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        server.stdin.flush()
        while "id" in message and found.get("id") != message["id"]:
            try:
                line = lines.get(timeout=seconds)
            except Empty:
                raise Unavailable(f"{said} has not answered in {seconds:g} s.") from None
            if not line:
                raise Unavailable(f"{said} ended before it answered.")
            found = json.loads(line)
    return [str(tool["name"]) for tool in found["result"]["tools"]]


def _read(stream: IO[bytes], lines: Queue[bytes]) -> None:
    """The last line is empty."""
    for line in stream:
        lines.put(line)
    lines.put(b"")
