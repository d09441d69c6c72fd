"""The proxy's server."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response, StreamResponse, json_response

from aicontext.domain.analytics.measures import Family
from aicontext.domain.errors import AiContextError, InvalidInput, NotFound
from aicontext.domain.events import UsageEvent
from aicontext.domain.proxy import Bounds, ProxyOptions
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.proxy.budgets import ProxyBudgets
from aicontext.entrypoints.proxy.calls import Accounts, Recorder
from aicontext.entrypoints.proxy.forwarding import Backend, Forwarder
from aicontext.entrypoints.proxy.guard import Guard
from aicontext.entrypoints.proxy.listener import Listener
from aicontext.entrypoints.proxy.message.problems import Problem
from aicontext.entrypoints.proxy.numbers import numbers
from aicontext.entrypoints.proxy.planning import Planner
from aicontext.entrypoints.proxy.routes import Route, route
from aicontext.entrypoints.proxy.sockets import Sockets
from aicontext.entrypoints.proxy.upstreams import Upstreams
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.web.hosts import reached
from aicontext.services.context.requests import RequestService
from aicontext.services.enterprise.admission import Admission

LOG = logging.getLogger(__name__)
_OWN = "/aicontext/"
_HOOKS = f"{_OWN}hooks/"
_OF_ALL = ("/", f"{_OWN}health")
_ECHOED = ("TRACE", "CONNECT")
"""Answered with what was sent, keys included, or with a way to anywhere."""

_LARGEST = 2**23
"""Bytes of a tool's event that is read."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the proxy works with. retrieve: as the context service's. savings, health: the content
    of `/aicontext/savings`, and of `/aicontext/health` beside its status, ready for JSON. hook: the
    answer to a tool's event, from the tool's id, the event's name and its JSON; None is one that is
    too large. budgets: hold calls to what they may cost. admission: of who shows a credential of
    the platform. metrics: media type and content of `/aicontext/metrics`. ended: is told of each
    call and its caller's `traceparent`. watch: is given what tells the proxy's own numbers."""

    requests: RequestService
    retrieve: Callable[..., str]
    recorder: Recorder
    savings: Callable[[], object] = dict
    clock: Clock = CLOCK
    health: Callable[[], dict[str, object]] = dict
    hook: Callable[[str, str, bytes | None], bytes] = lambda tool, event, payload: b""
    budgets: ProxyBudgets | None = None
    admission: Admission | None = None
    metrics: Callable[[], tuple[str, bytes]] | None = None
    ended: Callable[[UsageEvent, str], object] | None = None
    watch: Callable[[Callable[[], Iterable[Family]]], None] = lambda numbers: None


@dataclass(frozen=True, slots=True)
class Running:
    """A proxy that this machine reaches at `address`."""

    address: str
    port: int
    stop: Callable[[], Coroutine[Any, Any, None]]
    """Awaited: no new calls, those under way are let finish, the rest is cut."""

    hasten: Callable[[], None]
    """Cuts what `stop` waits for."""


async def start(options: ProxyOptions, parts: Parts) -> Running:
    """Starts a proxy. Raises InvalidInput for options that would let strangers in, OSError where
    the port cannot be had."""
    guard = Guard(options, parts.admission)
    upstreams = Upstreams(options, parts.clock)
    bounds = options.bounds
    planner = Planner(parts.requests, parts.clock, bounds.plan_seconds, bounds.body)
    accounts = Accounts(
        parts.requests, parts.recorder, parts.clock, budgets=parts.budgets, ended=parts.ended
    )
    backend = Backend(upstreams, planner, accounts, parts.clock, parts.budgets)
    parts.watch(partial(numbers, upstreams, planner))
    proxy = Proxy(parts, guard, backend, bounds)
    server = Listener(proxy.handle, bounds)

    async def stop() -> None:
        await server.stop()
        planner.close()
        for one in (parts.budgets, parts.admission):
            if one is not None:
                await one.close()
        await upstreams.close()

    try:
        port = await server.listen(options.host, options.port)
    except OSError:
        await stop()
        raise
    return Running(f"http://{reached(options.host, port)}", port, stop, server.cut)


class Proxy:
    """One request in, one answer out."""

    def __init__(self, parts: Parts, guard: Guard, backend: Backend, bounds: Bounds) -> None:
        self._guard = guard
        self._parts = parts
        self._http = Forwarder(backend, bounds)
        self._sockets = Sockets(backend, bounds)

    async def handle(self, request: BaseRequest) -> StreamResponse:
        """The edge: whatever fails is answered in the shape that the client understands."""
        found = _routed(request)
        wire = found.wire if isinstance(found, Route) else None
        try:
            principal = await self._guard.admitted(
                request.headers, request.remote or "", own=found is None
            )
            if found is None:
                return await self._own(request, principal)
            if isinstance(found, AiContextError):
                raise found
            return await self._passed_on(request, found, principal)
        except Problem as problem:
            return problem.response(wire)
        except NotFound as error:
            return Problem(404, error.code, str(error)).response(None)
        except AiContextError as error:
            status = 400 if isinstance(error, InvalidInput) else 503
            return Problem(status, error.code, str(error)).response(None)
        except Exception as error:  # noqa: BLE001 - the edge
            LOG.error("A request failed: %s", type(error).__name__)
            ours = Problem(500, "internal", "The proxy failed. Send the request again.")
            return ours.response(wire)

    async def _passed_on(
        self, request: BaseRequest, found: Route, principal: Principal | None
    ) -> StreamResponse:
        if request.method in _ECHOED:
            raise Problem(405, "method_not_allowed", "No provider needs this method.")
        if request.headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
            raise Problem(501, "transfer_coding_unknown", "A body may be chunked, not encoded so.")
        upgrade = request.headers.get("Upgrade", "").lower()
        if upgrade == "websocket" and request.method == "GET":
            return await self._sockets.forward(request, found, principal)
        expects = request.headers.get("Expect", "").lower() == "100-continue"
        if expects and request.version >= (1, 1) and request.transport:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return await self._http.forward(request, found, principal)

    async def _own(self, request: BaseRequest, principal: Principal | None) -> Response:
        """What the proxy itself tells. Raises NotFound, InvalidInput."""
        path = request.path
        if principal is not None and path not in _OF_ALL:
            raise Problem(403, "forbidden", "This is for the user of the proxy's own machine.")
        if path.startswith(_HOOKS) and request.method == "POST":
            return await self._hooked(request)
        if request.method not in ("GET", "HEAD"):
            raise Problem(405, "method_not_allowed", "Use GET.")
        if path == "/":
            return Response(text="The AI Context proxy is running.\n")
        if path == f"{_OWN}health":
            return json_response({"status": "ok", **self._parts.health()})
        if path == f"{_OWN}savings":
            body = await asyncio.to_thread(lambda: json.dumps(self._parts.savings()))
            return Response(text=body, content_type="application/json")
        if path == f"{_OWN}metrics" and self._parts.metrics is not None:
            kind, page = await asyncio.to_thread(self._parts.metrics)
            return Response(body=page, headers={"Content-Type": kind})
        if path.startswith(f"{_OWN}retrieve/"):
            return await self._retrieved(path.rpartition("/")[2], request.query)
        raise NotFound(
            "There is no such page.",
            hint="See /aicontext/health, /savings, /metrics and /retrieve/<handle>.",
        )

    async def _hooked(self, request: BaseRequest) -> Response:
        """The answer to `/aicontext/hooks/<tool>/<event>`; empty where nothing is said."""
        tool, _, event = request.path.removeprefix(_HOOKS).partition("/")
        payload: bytearray | None = bytearray()
        async for part in request.content.iter_any():
            if payload is not None:
                payload += part
                payload = payload if len(payload) <= _LARGEST else None
        said = None if payload is None else bytes(payload)
        answer = await asyncio.to_thread(self._parts.hook, tool, event, said)
        return Response(body=answer, content_type="application/json")

    async def _retrieved(self, handle: str, query: Any) -> Response:
        wanted = {key: query[key] for key in ("lines", "path", "query") if key in query}
        text = await asyncio.to_thread(self._parts.retrieve, handle, **wanted)
        body = text.encode("utf-8", "surrogatepass")
        return Response(body=body, content_type="text/plain", charset="utf-8")


def _routed(request: BaseRequest) -> Route | AiContextError | None:
    """The request's route, what is wrong with its address, or None for a page of our own."""
    target = request.raw_path
    if target.startswith(_OWN) or target == "/":
        return None
    try:
        return route(request.method, target, request.headers)
    except AiContextError as error:
        return error
