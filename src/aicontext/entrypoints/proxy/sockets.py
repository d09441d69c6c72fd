"""WebSockets through to the provider: frames both ways, new requests made smaller."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import WSMsgType
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from aiohttp.web_ws import WebSocketResponse

from aicontext.domain.proxy import Bounds
from aicontext.domain.requests import Caller
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.proxy.calls import Call, project_of
from aicontext.entrypoints.proxy.forwarding import Backend
from aicontext.entrypoints.proxy.message import answers, headers
from aicontext.entrypoints.proxy.message.problems import Problem
from aicontext.entrypoints.proxy.planning import Planned
from aicontext.entrypoints.proxy.routes import Route
from aicontext.entrypoints.proxy.upstreams import unreachable
from aicontext.kit.web.hosts import loopback
from aicontext.services.integrations.callers import recognise
from aicontext.services.integrations.usage import ITEM_DONE, Meter
from aicontext.services.integrations.wire import Wire

_CREATE = b'"response.create"'
_ENDS = re.compile(
    rb'\s*\{\s*"error"\s*:\s*\{'
    rb'|.*?"type"\s*:\s*"(?:error|response\.(?:completed|incomplete|failed))"',
    re.DOTALL,
)
"""Not any `error`: an answer that has just begun says that it has none yet."""

_HEAD = 200
"""Bytes of an event in which its type stands."""

_DATA = (WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG)
_SENDABLE = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})

_REFUSED = 1008
"""A policy was violated (RFC 6455)."""

_REASON = 123
"""Bytes of a reason."""

_BROKEN = (1011, b"the other side broke off")
_ENDED = "the connection ended"

Socket = WebSocketResponse[bool] | aiohttp.ClientWebSocketResponse[bool]
Pass = Callable[[bytes], Awaitable[None]]


@dataclass(slots=True)
class _Talk:
    """One connection. principal: as a call's. open: calls whose answer has not ended, oldest
    first."""

    route: Route
    wire: Wire
    caller: Caller
    principal: Principal | None
    open: deque[Call] = field(default_factory=deque)


class Sockets:
    """Passes WebSockets on."""

    def __init__(self, backend: Backend, bounds: Bounds) -> None:
        self._upstreams = backend.upstreams
        self._planner = backend.planner
        self._accounts = backend.accounts
        self._clock = backend.clock
        self._budgets = backend.budgets
        self._bounds = bounds

    async def forward(
        self, request: BaseRequest, route: Route, principal: Principal | None
    ) -> StreamResponse:
        """Relays until one side ends. A refused handshake is answered as the upstream refuses it.

        Raises Problem where the upstream cannot be reached.
        """
        try:
            theirs = await self._connected(request, route)
        except aiohttp.WSServerHandshakeError:
            return await self._refused(request, route)
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(route.upstream, error) from error
        async with theirs:
            ours: WebSocketResponse[bool] = WebSocketResponse(
                autoclose=False,
                autoping=False,
                protocols=(theirs.protocol,) if theirs.protocol else (),
                compress=False,
                max_msg_size=self._bounds.body,
                decode_text=False,
            )
            ours.headers.extend(headers.opened(theirs._response.raw_headers))
            await ours.prepare(request)
            caller = recognise(
                request.headers,
                tag=route.tool,
                project=project_of(principal, route.project),
                local=principal is None and loopback(request.remote or ""),
            )
            talk = _Talk(route, route.wire or Wire.RESPONSES, caller, principal)
            await self._relayed(ours, theirs, talk)
        return ours

    async def _connected(
        self, request: BaseRequest, route: Route
    ) -> aiohttp.ClientWebSocketResponse[bool]:
        asked = request.headers.get("Sec-WebSocket-Protocol", "")
        upstream = self._upstreams.named(route.upstream)
        return await self._upstreams.session.ws_connect(
            upstream.url(route.target),
            proxy=upstream.over,
            headers=headers.upgraded(request.raw_headers),
            protocols=tuple(filter(None, map(str.strip, asked.split(",")))),
            autoclose=False,
            autoping=False,
            max_msg_size=self._bounds.body,
            decode_text=False,
        )

    async def _refused(self, request: BaseRequest, route: Route) -> StreamResponse:
        """The upstream's refusal, asked for again because the library does not keep its body."""
        going = headers.upgraded(request.raw_headers)
        for name, value in request.headers.items():
            if name.lower() in ("connection", "upgrade") or name.lower().startswith("sec-web"):
                going.add(name, value)
        upstream = self._upstreams.named(route.upstream)
        url, over = upstream.url(route.target), upstream.over
        try:
            async with self._upstreams.session.get(
                url, headers=going, allow_redirects=False, proxy=over
            ) as answer:
                if answer.status == 101:
                    raise Problem(502, "upstream_handshake", "The upstream's handshake failed.")
                return (await answers.relay(request, answer, len, self._bounds))[0]
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(route.upstream, error) from error

    async def _relayed(self, ours: Socket, theirs: Socket, talk: _Talk) -> None:
        async def asked(data: bytes) -> None:
            await self._asked(data, theirs, talk)

        async def answered(data: bytes) -> None:
            self._answered(data, talk)
            await ours.send_frame(data, WSMsgType.TEXT)

        pumps = {
            asyncio.create_task(_pump(ours, theirs, asked)),
            asyncio.create_task(_pump(theirs, ours, answered)),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            ends = await asyncio.gather(*pumps, return_exceptions=True)
            for call in talk.open:
                call.trouble = _ENDED
                self._accounts.close(call)
        code, reason = next(filter(None, map(_end, ends)), _BROKEN)
        for side in (ours, theirs):
            await side.close(code=code, message=reason)

    async def _asked(self, data: bytes, theirs: Socket, talk: _Talk) -> None:
        """Passes a message of the client on; a request for a response is planned like any body."""
        if talk.wire is not Wire.RESPONSES or _CREATE not in data:
            await theirs.send_frame(data, WSMsgType.TEXT)
            return
        call = self._accounts.opened(talk.wire, talk.route.upstream, talk.principal)
        call.caller = talk.caller
        try:
            made = await self._planned(data, talk, call)
        except BaseException as error:
            why = error.words if isinstance(error, Problem) else _ENDED
            call.trouble = call.trouble or why
            self._accounts.close(call)
            raise
        call.status, call.meter = 101, Meter(talk.wire, "text/event-stream")
        talk.open.append(call)
        try:
            await theirs.send_frame(made.body, WSMsgType.TEXT)
        except ConnectionError:
            call.status = 0
            if made.unsent is not None:
                made.unsent()
            raise

    async def _planned(self, data: bytes, talk: _Talk, call: Call) -> Planned:
        """The plan of what goes out next. Raises Problem where a budget refuses the call."""
        budgets = self._budgets
        if budgets is not None and not await budgets.concern(call):
            budgets = None
        made = await self._planner.plan(
            data,
            "",
            talk.caller,
            call.at,
            sent=budgets is None,
            fetches=talk.principal is None,
        )
        call.forwarding = made.forwarding
        call.held = self._clock.tick() - call.started
        if budgets is not None:
            near = self._upstreams.near(talk.route.upstream)
            await budgets.hold(call, made.body, free=near)
            made = await self._planner.sent(made)
        return made

    def _answered(self, data: bytes, talk: _Talk) -> None:
        """Takes note of a message of the upstream."""
        if talk.open:
            call = talk.open[0]
            call.first = call.first or self._clock.tick()
            head = data[:_HEAD]
            ended = _ENDS.match(head) is not None
            if call.meter is not None and (ended or ITEM_DONE in head):
                call.meter.feed(data.replace(b"\n", b" ") + b"\n")
            if ended:
                talk.open.popleft()
                self._accounts.close(call)


def _end(end: object) -> tuple[int, bytes] | None:
    """The code and reason that a pump's end gives."""
    if isinstance(end, Problem):
        return _REFUSED, end.message.encode()[:_REASON].decode(errors="ignore").encode()
    return end if isinstance(end, tuple) else None


async def _pump(source: Socket, sink: Socket, text: Pass) -> tuple[int, bytes]:
    """Frames from one side to the other until the source ends; how it did: code and reason. text:
    passes one on."""
    while True:
        message = await source.receive()
        if message.type is WSMsgType.TEXT:
            await text(message.data)
        elif message.type in _DATA:
            await sink.send_frame(message.data, message.type)
        elif message.type is WSMsgType.CLOSE:
            code = message.data if message.data in _SENDABLE else 1000
            return code, (message.extra or "").encode()
        else:
            return _BROKEN
