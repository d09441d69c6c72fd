"""What the API is made of, and how it is set up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.ids import NewId, time_ordered
from aicontext.ports.access.policy import Policy
from aicontext.ports.stores.cache import Cache
from aicontext.services.context.service import ContextService


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request shows of who sends it. authorization: the header as it came, empty where
    there is none. address: of the other end of the connection."""

    authorization: str = field(repr=False)
    address: str


Authenticate = Callable[[Presented], Awaitable[Principal]]
"""Raises Unauthenticated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """host, port: where to listen; port 0 takes a free one. hosts: further names of this server."""

    host: str = "127.0.0.1"
    port: int = 8788
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the API works with. version: of the program. loopback_only: there are no accounts, so
    that nobody else may reach it. start, stop: open and close the stores. ready: raises Unavailable
    where one gives no answer. context: the service over what one user keeps."""

    version: str
    loopback_only: bool
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]
    ready: Callable[[], Awaitable[None]]
    authenticate: Authenticate
    policy: Policy
    cache: Cache
    context: Callable[[Principal], ContextService]
    clock: Clock = CLOCK
    new_id: NewId = time_ordered
