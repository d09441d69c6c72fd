"""Calls to the providers, each with its circuit breaker."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from multidict import CIMultiDict
from yarl import URL

from aicontext.domain.errors import InvalidInput
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.message.bodies import Body
from aicontext.entrypoints.proxy.message.piping import Source
from aicontext.entrypoints.proxy.message.problems import Problem
from aicontext.kit.breaker import Breaker
from aicontext.kit.clock import Clock
from aicontext.kit.web.hosts import loopback

UNREACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""The upstream got nothing of the request."""

_DROPPED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
_REUSED: ContextVar[bool] = ContextVar("reused", default=False)
_TRIES = 3
_PAUSE = 0.1
_LONGEST_PAUSE = 20.0
_HEADER_BYTES = 64 * 2**10


class Unreached(Problem):
    """No upstream got anything of the request."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request for an upstream. target: path and query, as they came."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: Body


class Upstream:
    """One address of the allow-list, and the web proxy before it. Raises InvalidInput where it is
    none."""

    def __init__(self, name: str, address: str, options: ProxyOptions) -> None:
        scheme, host = _placed(name, address)
        self.name = name
        self.near = loopback(host)
        self.breaker = Breaker()
        self.over = _over(options, scheme, host)
        self._base = URL(address.rstrip("/"), encoded=True)

    def url(self, target: str) -> URL:
        """The target goes in as a path with its query: nothing of it is parsed or re-quoted."""
        return _joined(self._base, target)


def _placed(name: str, address: str) -> tuple[str, str]:
    """(scheme, host) of an address to which the targets of requests can be joined."""
    with suppress(ValueError):
        parts = urlsplit(address)
        plain = not (parts.query or parts.fragment or "@" in parts.netloc) and parts.port != 0
        if plain and parts.hostname and parts.scheme in ("http", "https"):
            return parts.scheme, parts.hostname
    raise InvalidInput(
        f"The upstream {name!r} has no usable address.",
        hint="Give http(s)://host[:port][/path]: without credentials, which callers bring, and"
        " without a query.",
    )


def _over(options: ProxyOptions, scheme: str, host: str) -> URL | None:
    """The web proxy to that host; this machine needs none."""
    around = (name.strip().lower().lstrip(".") for name in options.no_web_proxy.split(","))
    found = options.web_proxies.get(scheme, "")
    if not found or loopback(host) or any(_within(host, name) for name in around if name):
        return None
    return URL(found)


def _within(host: str, name: str) -> bool:
    return name == "*" or f".{host.lower()}".endswith(f".{name}")


@lru_cache(maxsize=256)
def _joined(base: URL, target: str) -> URL:
    return URL.build(
        scheme=base.scheme,
        host=base.raw_host or "",
        port=base.port,
        path=base.raw_path.rstrip("/") + target,
        encoded=True,
    )


class Upstreams:
    """The upstreams by name. To be made in a running event loop, and closed."""

    def __init__(self, options: ProxyOptions, clock: Clock) -> None:
        self._known = {
            name: Upstream(name, url, options) for name, url in options.upstreams.items()
        }
        for name in chain(*options.fallbacks.items()):
            if name not in self._known:
                raise InvalidInput(
                    f"AICONTEXT_FALLBACKS names {name!r}, which is no upstream.",
                    hint=f"Give it an address: AICONTEXT_UPSTREAMS={name}=https://host.",
                )
        self._fallbacks = options.fallbacks
        self._retried = options.retried
        self._clock = clock
        bounds = options.bounds
        self._idle = bounds.upstream_idle
        self._connector = _Connector(
            limit=0, limit_per_host=0, ttl_dns_cache=60, socket_factory=_socket
        )
        self.session = aiohttp.ClientSession(
            connector=self._connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=bounds.connect),
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )

    async def close(self) -> None:
        await self.session.close()

    def named(self, name: str) -> Upstream:
        """Raises Problem for a name that is not on the list."""
        found = self._known.get(name)
        if found is None:
            raise Problem(
                404,
                "unknown_upstream",
                f"No upstream is named {name[:40]!r}. Add it to AICONTEXT_UPSTREAMS as"
                " name=https://host.",
            )
        return found

    def breakers(self) -> Iterator[tuple[str, bool]]:
        """Each upstream's name, and whether it is left alone."""
        return ((one.name, not one.breaker.closed) for one in self._known.values())

    def near(self, name: str) -> bool:
        """Whether the upstream of that name is on this machine."""
        return self.named(name).near

    async def send(self, name: str, outgoing: Outgoing) -> tuple[aiohttp.ClientResponse, str]:
        """The answer's head, and who gave it.

        What never reached an upstream is sent again, to it and then to its fallback. Raises
        Unreached where there was none, aiohttp.ClientError and TimeoutError for a failure
        after that.
        """
        error: Exception | None = None
        for upstream in self._candidates(self.named(name)):
            try:
                answer = await self._tried(upstream, outgoing)
            except UNREACHED as failure:
                error = failure
                upstream.breaker.failed(self._clock.tick())
                continue
            upstream.breaker.succeeded()
            return answer, upstream.name
        raise unreachable(name, error, Unreached)

    def _candidates(self, first: Upstream) -> Iterator[Upstream]:
        """The upstream and its fallbacks. Where there is no other, an open circuit is no reason to
        refuse: that would fail a request because of us."""
        at: Upstream | None = first
        seen: set[str] = set()
        while at is not None and at.name not in seen:
            seen.add(at.name)
            following = self._known.get(self._fallbacks.get(at.name, ""))
            if following is None or at.breaker.allows(self._clock.tick()):
                yield at
            at = following

    async def _tried(self, upstream: Upstream, outgoing: Outgoing) -> aiohttp.ClientResponse:
        url, body, tries = upstream.url(outgoing.target), outgoing.body, _TRIES
        while True:
            tries -= 1
            again = tries > 0 and upstream.breaker.closed
            _REUSED.set(False)
            try:
                async with asyncio.timeout(self._idle):
                    answer = await self.session.request(
                        outgoing.method,
                        url,
                        headers=outgoing.headers,
                        data=body.payload(),
                        allow_redirects=False,
                        proxy=upstream.over,
                    )
            except UNREACHED:
                if not again or not body.repeatable:
                    raise
                await asyncio.sleep(_PAUSE)
                continue
            except _DROPPED:
                if not again or not body.repeatable or not _REUSED.get():
                    raise
                continue
            if not again or answer.status not in self._retried or not body.repeatable:
                return answer
            wait = _retry_after(answer)
            if wait > _LONGEST_PAUSE:
                return answer
            answer.close()
            await asyncio.sleep(wait)


def unreachable(name: str, error: Exception | None, kind: type[Problem] = Problem) -> Problem:
    if isinstance(error, TimeoutError) and not isinstance(error, UNREACHED):
        return Problem(504, "upstream_timeout", f"The upstream {name!r} did not answer in time.")
    return kind(
        502,
        "upstream_unreachable",
        f"The upstream {name!r} did not answer ({_failure(error)}). Check the network and"
        " AICONTEXT_UPSTREAMS.",
    )


def _failure(error: Exception | None) -> str:
    """The kind of failure only: its own text may hold what was sent."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name could not be looked up"
    if isinstance(error, aiohttp.ClientSSLError):
        return "no connection by TLS, or its certificate is not trusted"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it closed the connection"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()
    return type(error).__name__


def _retry_after(answer: aiohttp.ClientResponse) -> float:
    """Seconds the upstream asks to wait."""
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else 1.0


class _Connector(aiohttp.TCPConnector):
    """Tells whether a connection had been used before: one that the upstream closed while it lay
    idle fails without having carried the request."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        kind: type[ResponseHandler] = Source
        self._factory = partial(kind, loop=asyncio.get_running_loop())
        self._used: WeakSet[Any] = WeakSet()

    async def connect(self, *given: Any, **named: Any) -> Any:
        connection = await super().connect(*given, **named)
        protocol = connection.protocol
        _REUSED.set(protocol in self._used)
        self._used.add(protocol)
        return connection


def _socket(address: Any) -> socket.socket:
    """A socket that notices a dead peer by itself, so that answers may take as long as they do."""
    made = socket.socket(family=address[0], type=address[1], proto=address[2])
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return made
