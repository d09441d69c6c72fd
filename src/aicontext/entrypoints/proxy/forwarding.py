"""Requests through to the provider and answers back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import aiohttp
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from multidict import CIMultiDict

from aicontext.domain.proxy import Bounds
from aicontext.domain.requests import Outcome
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.proxy.budgets import ProxyBudgets
from aicontext.entrypoints.proxy.calls import Accounts, Call, project_of
from aicontext.entrypoints.proxy.message import answers, headers
from aicontext.entrypoints.proxy.message.bodies import Body, Buffers
from aicontext.entrypoints.proxy.message.problems import Problem
from aicontext.entrypoints.proxy.planning import Planned, Planner
from aicontext.entrypoints.proxy.routes import Route
from aicontext.entrypoints.proxy.upstreams import Outgoing, Unreached, Upstreams, unreachable
from aicontext.kit.clock import Clock
from aicontext.kit.web.hosts import loopback
from aicontext.services.context.requests import Forwarding
from aicontext.services.integrations.callers import recognise
from aicontext.services.integrations.usage import Meter

_SMALL = 2**20
"""Bytes of a body that is read whole although it is passed on unread: one write is cheaper."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What requests pass through."""

    upstreams: Upstreams
    planner: Planner
    accounts: Accounts
    clock: Clock
    budgets: ProxyBudgets | None = None


class Forwarder:
    """Passes requests on. Every answer that is not the upstream's is a Problem."""

    def __init__(self, backend: Backend, bounds: Bounds) -> None:
        self._upstreams = backend.upstreams
        self._planner = backend.planner
        self._accounts = backend.accounts
        self._clock = backend.clock
        self._budgets = backend.budgets
        self._bounds = bounds
        self._buffers = Buffers(bounds.body, bounds.buffered, bounds.client_idle)
        self._unread = Buffers(_SMALL, bounds.buffered, bounds.client_idle)

    async def forward(
        self, request: BaseRequest, route: Route, principal: Principal | None
    ) -> StreamResponse:
        """The upstream's answer, passed on. Raises Problem before it has begun."""
        if not route.planned or route.wire is None:
            return await self._pass(request, route)
        if route.counts:
            counted = self._accounts.opened(route.wire, "", principal)
            return await self._call(request, route, counted)
        call = self._accounts.opened(route.wire, route.upstream, principal)
        try:
            return await self._call(request, route, call)
        except Problem as problem:
            call.trouble = call.trouble or problem.words
            raise
        except asyncio.CancelledError:
            call.trouble = "the client went away"
            raise
        finally:
            self._accounts.close(call)

    async def _pass(self, request: BaseRequest, route: Route) -> StreamResponse:
        """Everything that holds no conversation."""
        body = await self._unread.read(request)
        try:
            going = headers.asked(request.raw_headers, signed=_signed(request))
            answer, _ = await self._sent(request, route, going, body)
        finally:
            self._unread.release(body)
        try:
            return (await answers.relay(request, answer, len, self._bounds))[0]
        finally:
            answer.close()

    async def _call(self, request: BaseRequest, route: Route, call: Call) -> StreamResponse:
        came = await self._buffers.read(request)
        try:
            self._recognise(request, route, call, came)
            budgets = await self._budgets_of(call, route)
            going, made = await self._planned(
                request, route, call, came, sent=budgets is None and not route.counts
            )
            if budgets is not None:
                free = self._upstreams.near(route.upstream)
                await budgets.hold(call, _sent_body(call, came), free=free)
                made = await self._planner.sent(made)
            body = Body(made.body) if made.plain else came
            try:
                answer, call.upstream = await self._sent(request, route, going, body)
            except Unreached:
                if made.unsent is not None:
                    made.unsent()
                raise
        finally:
            self._buffers.release(came)
        call.status = answer.status
        if made.unsent is not None and _turned_away(answer.status):
            made.unsent()
        if answer.ok:
            coding = answer.headers.get("Content-Encoding", "").strip().lower()
            tier = answer.headers.get("x-gemini-service-tier", "")
            call.meter = Meter(call.wire, answer.content_type, coding, tier)
        try:
            response, call.trouble = await answers.relay(
                request, answer, call.seen(self._clock), self._bounds
            )
            return response
        finally:
            answer.close()

    async def _budgets_of(self, call: Call, route: Route) -> ProxyBudgets | None:
        """What may still refuse the call."""
        if self._budgets is None or route.counts or not await self._budgets.concern(call):
            return None
        return self._budgets

    def _recognise(self, request: BaseRequest, route: Route, call: Call, came: Body) -> None:
        call.caller = recognise(
            request.headers,
            came.whole,
            tag=route.tool,
            project=project_of(call.principal, route.project),
            local=call.principal is None and loopback(request.remote or ""),
        )
        call.traceparent = request.headers.get("Traceparent", "")

    async def _planned(
        self, request: BaseRequest, route: Route, call: Call, came: Body, *, sent: bool
    ) -> tuple[CIMultiDict[str], Planned]:
        """The headers that go out, and the plan; sent: as the planner's."""
        began, signed = self._clock.tick(), _signed(request)
        coding = request.headers.get("Content-Encoding", "").strip().lower()
        if came.rest is not None:
            why = "the body is too large to be read whole"
            made = Planned(Forwarding(came.whole, Outcome.PASSED, why), came.whole)
        elif signed:
            why = "the request is signed: a change would break that"
            made = await self._planner.given_up(came.whole, coding, why, call.at, sent=sent)
        else:
            made = await self._planner.plan(
                came.whole,
                coding,
                call.caller,
                call.at,
                asked=route.model,
                sent=sent,
                fetches=call.principal is None,
            )
        call.forwarding = made.forwarding
        if route.model and not made.forwarding.model:
            call.forwarding = replace(made.forwarding, model=route.model)
        call.held = self._clock.tick() - began
        going = headers.asked(request.raw_headers, signed=signed, plain=made.plain)
        return going, made

    async def _sent(
        self, request: BaseRequest, route: Route, going: CIMultiDict[str], body: Body
    ) -> tuple[aiohttp.ClientResponse, str]:
        """The head of the answer. Raises Problem where there is none."""
        length = len(body.whole) if body.rest is None else request.content_length
        if length:
            going["Content-Length"] = str(length)
        try:
            return await self._upstreams.send(
                route.upstream, Outgoing(request.method, route.target, going, body)
            )
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(route.upstream, error) from error


def _turned_away(status: int) -> bool:
    """Whether no model read the request, so that no cache holds anything of it."""
    return 400 <= status < 500 or status == 529


def _sent_body(call: Call, came: Body) -> bytes:
    """The body without its coding, where it was read."""
    return call.forwarding.body if call.forwarding is not None else came.whole


def _signed(request: BaseRequest) -> bool:
    """Whether headers and body are under a signature (AWS SigV4)."""
    return request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256")
