"""The API, as the tests start it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aicontext import settings
from aicontext.entrypoints.api.parts import Options, Parts, Tls
from aicontext.entrypoints.api.server import ApiService
from aicontext.kit.web.forwarded import Network
from aicontext.wiring.platform import api

Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> tuple[int, str]:
        """(its status, the code of the problem document that it must be)."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        assert self.json["type"].endswith(self.json["code"])
        return self.status, self.json["code"]


class Api:
    """A server in a thread of this process, on a port of this machine."""

    def __init__(
        self,
        home: Path,
        parts: Parts | None = None,
        tls: Tls | None = None,
        proxies: tuple[Network, ...] = (),
    ) -> None:
        chosen = settings.load({"AICONTEXT_HOME": str(home)})
        self.parts = parts or api.parts(chosen)
        self._service = ApiService(Options(port=0, tls=tls, proxies=proxies), self.parts)
        self._listens = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._listens.wait(60)

    async def _serve(self) -> None:
        running = await self._service.start()
        self.url = running.address
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._listens.set()
        await self._end.wait()
        await running.stop()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(60)

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What the work gives in the server's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """body: bytes as they are, anything else as JSON."""
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {"content-type": "application/json"} if body is not None else {}
        try:
            connection.request(method, path, sent, {**given, **(headers or {})})
            found: HTTPResponse = connection.getresponse()
            named = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, named, found.read())
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """All that comes back for these bytes until the connection ends or is quiet."""
        parts = urlsplit(self.url)
        found = b""
        with socket.create_connection((parts.hostname or "", parts.port or 0), 60) as connection:
            connection.sendall(request)
            try:
                while part := connection.recv(2**16):
                    found += part
                    connection.settimeout(0.5)
            except TimeoutError:
                pass
        return found
