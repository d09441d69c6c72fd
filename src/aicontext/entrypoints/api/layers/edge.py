"""The outermost layer: whatever fails is a problem document, and each answer says what it took."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aicontext.domain.analytics.measures import Answered
from aicontext.domain.errors import AiContextError
from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.call import Call
from aicontext.kit.clock import Clock
from aicontext.kit.web.forwarded import Network, origin

LOG = logging.getLogger(__name__)
_ID = re.compile(rb"[A-Za-z0-9._~-]{1,64}")
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_SECURE = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
_CLOSED = (
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)
"""Unless a route says otherwise."""

_OVER_TLS = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),)


class Edge:
    """answered: is told of each answer. proxies: which may say where a request came from."""

    def __init__(
        self,
        app: ASGIApp,
        new_id: Callable[[float], str],
        clock: Clock,
        answered: Callable[[Answered], None],
        *,
        proxies: Sequence[Network] = (),
    ) -> None:
        self._app, self._new_id, self._clock, self._answered = app, new_id, clock, answered
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        tls = scope.get("scheme") == "https"
        answer = _Answer(self._call(scope), send, self._clock, tls=tls)
        try:
            await self._app(scope, receive, answer.send)
        except AiContextError as error:
            if not answer.begun:
                await problems.of(error)(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001 - the edge
            LOG.error("Request %s failed: %s", answer.call.id, type(error).__name__)
            if not answer.begun:
                await problems.internal()(scope, receive, answer.send)
        finally:
            self._answered(self._account(scope, answer))

    def _account(self, scope: Scope, answer: _Answer) -> Answered:
        """Without what the caller made up: a route is one of few."""
        parent = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        took = answer.seconds
        return Answered(
            service="api",
            id=answer.call.id,
            method=scope["method"] if scope["method"] in _METHODS else "_OTHER",
            route=getattr(scope.get("route"), "path", ""),
            status=answer.status,
            at=self._clock.now() - took,
            seconds=took,
            parent=parent.decode("latin-1"),
        )

    def _call(self, scope: Scope) -> Call:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        named = given.decode() if _ID.fullmatch(given) else self._new_id(self._clock.now())
        call = Call(named, self._address(scope), self._clock)
        call.attach(scope)
        return call

    def _address(self, scope: Scope) -> str:
        peer: str = (scope.get("client") or ("",))[0]
        if not self._proxies:
            return peer
        told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        return origin(peer, b",".join(told).decode("latin-1"), self._proxies)


class _Answer:
    """Puts the headers that all answers have on this one."""

    def __init__(self, call: Call, send: Send, clock: Clock, *, tls: bool) -> None:
        self.call, self.begun, self.status = call, False, 0
        self._tls = tls
        self._send, self._clock, self._start = send, clock, clock.tick()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
            message = {**message, "headers": [*message["headers"], *self._headers(message)]}
        await self._send(message)

    @property
    def seconds(self) -> float:
        """Since the request came."""
        return self._clock.tick() - self._start

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        call = self.call
        there = {name.lower() for name, _ in message["headers"]}
        stages = {**call.stages, "total": 1000 * self.seconds}
        timing = ", ".join(f"{name};dur={took:.2f}" for name, took in stages.items())
        own = {"x-request-id": call.id, "server-timing": timing, **call.headers}
        return [
            *((name.encode(), value.encode("latin-1")) for name, value in own.items()),
            *_SECURE,
            *(_OVER_TLS if self._tls else ()),
            *(one for one in _CLOSED if one[0] not in there),
        ]
