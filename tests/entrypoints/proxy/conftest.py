"""A proxy on a free port before an upstream that keeps what it gets, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.ledger.memory import MemoryLedger
from aicontext.adapters.secrets.detect_secrets import DetectSecrets
from aicontext.domain.events import UsageEvent
from aicontext.domain.proxy import Bounds, ProxyOptions
from aicontext.entrypoints.proxy.app import Parts, Running, start
from aicontext.entrypoints.proxy.budgets import ProxyBudgets
from aicontext.kit.clock import CLOCK, Clock
from aicontext.services.context.requests import RequestService
from aicontext.services.context.service import ContextService
from aicontext.services.enterprise.admission import Admission
from aicontext.wiring.telemetry import Telemetry

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Seen:
    """A request as the upstream got it. head: request line and headers."""

    head: bytes
    body: bytes

    @property
    def target(self) -> bytes:
        return self.head.split(b" ")[1]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        lines = self.head.split(b"\r\n")[1:-2]
        return [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]


Answer = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Upstream:
    """Answers each request with `answer`, bytes or a coroutine; then keeps the connection."""

    answer: bytes | Answer = OK
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    called: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None

    async def start(self) -> str:
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                seen = Seen(head, await body_of(head, reader))
                self.seen.append(seen)
                self.called.set()
                if isinstance(self.answer, bytes):
                    writer.write(self.answer)
                else:
                    answering = asyncio.create_task(self.answer(seen, writer))
                    gone = asyncio.create_task(reader.read(1))
                    await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
                    if gone.done():
                        self.lost.set()
                        answering.cancel()
                        return
                    gone.cancel()
                    await asyncio.gather(gone, return_exceptions=True)
                    await answering
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.lost.set()
        finally:
            writer.close()


async def body_of(head: bytes, reader: asyncio.StreamReader) -> bytes:
    """The body that follows this head."""
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n"))
    }
    if b"chunked" not in fields.get(b"transfer-encoding", b""):
        return await reader.readexactly(int(fields.get(b"content-length", b"0")))
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(pieces)


class Events(list[UsageEvent]):
    def __init__(self) -> None:
        super().__init__()
        self.came = asyncio.Event()

    def record(self, event: UsageEvent) -> None:
        self.append(event)
        self.came.set()


@dataclass
class World:
    upstream: Upstream
    running: Running
    events: Events
    context: ContextService
    service: RequestService

    def post(self, target: str, body: bytes, *headers: str) -> bytes:
        """A request's bytes, as a tool would send them."""
        lines = [f"POST {target} HTTP/1.1", "Host: 127.0.0.1", *headers]
        lines += [f"Content-Length: {len(body)}", "Connection: close"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def get(self, target: str, *headers: str) -> bytes:
        lines = [f"GET {target} HTTP/1.1", "Host: 127.0.0.1", *headers, "Connection: close"]
        return "\r\n".join([*lines, "", ""]).encode()

    async def send(self, request: bytes) -> bytes:
        """All that comes back until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.running.port)
        try:
            writer.write(request)
            return await asyncio.wait_for(reader.read(), 60)
        finally:
            writer.close()

    async def event(self, count: int = 1) -> UsageEvent:
        """The newest event, once there are that many."""
        async with asyncio.timeout(60):
            while len(self.events) < count:
                self.events.came.clear()
                await self.events.came.wait()
        return self.events[-1]


Scenario = Callable[[World], Awaitable[None]]


@dataclass
class Stage:
    """Plays a scenario. service: plans the requests; named: further upstreams' addresses."""

    options: dict[str, Any] = field(default_factory=dict)
    bounds: dict[str, Any] = field(default_factory=dict)
    service: Callable[[MemoryArchive, MemoryLedger], RequestService] = RequestService
    named: dict[str, str] = field(default_factory=dict)
    clock: Clock = CLOCK
    budgets: ProxyBudgets | None = None
    admission: Admission | None = None
    telemetry: Telemetry = field(default_factory=Telemetry)

    def play(self, scenario: Scenario, answer: bytes | Answer = OK) -> None:
        asyncio.run(asyncio.wait_for(self._play(scenario, answer), 300))

    async def _play(self, scenario: Scenario, answer: bytes | Answer) -> None:
        upstream = Upstream(answer)
        address = await upstream.start()
        names = ("anthropic", "openai", "gemini", "ollama", "chatgpt", "code-assist")
        archive, events = MemoryArchive(), Events()
        context = ContextService(archive, DetectSecrets(), "claude-sonnet-4-5")
        service = self.service(archive, MemoryLedger())
        running = await start(
            ProxyOptions(
                port=0,
                upstreams=dict.fromkeys(names, address) | self.named,
                bounds=Bounds(**({"drain": 0.2, "plan_seconds": 30} | self.bounds)),
                **self.options,
            ),
            Parts(
                service,
                context.retrieve,
                events,
                lambda: {"saved": 0},
                self.clock,
                hook=lambda *told: repr(told).encode(),
                budgets=self.budgets,
                admission=self.admission,
                metrics=self.telemetry.exposed,
                ended=self.telemetry.ended,
                watch=self.telemetry.add,
            ),
        )
        try:
            await scenario(World(upstream, running, events, context, service))
        finally:
            await running.stop()
            await upstream.stop()


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def make_stage() -> type[Stage]:
    return Stage
