"""A request to a model as it should go out, and what was billed for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import BoundedSemaphore
from typing import Any, TypeVar

from aicontext.domain.events import HookEvent, Moment, UsageEvent
from aicontext.domain.proxy import UPSTREAMS
from aicontext.domain.requests import Caller, Outcome
from aicontext.engine.ledger.account import Account
from aicontext.kit.clock import CLOCK
from aicontext.kit.ids import time_ordered
from aicontext.kit.patience import within
from aicontext.services.context.requests import Forwarding, accounted
from aicontext.services.integrations.hooks.service import REASON
from aicontext.services.integrations.usage import Meter
from aicontext.services.integrations.wire import Wire
from aicontext.wiring.context import own_request_service
from aicontext.wiring.usage import own_recorder, own_sink

LOG = logging.getLogger(__name__)
LARGEST = 64 * 2**20
"""Bytes of a request that is looked at."""

PATIENCE = 5.0
"""Seconds for the plan of a request of up to 1 MiB, more in proportion; then it goes as it came.
A process's first plan loads what the proxy has loaded before."""

_ROOM, _LATE = BoundedSemaphore(32), BoundedSemaphore(32)
"""Plans under way, and those that came too late for one, those given up included: they cannot be
ended."""

_CALLER = Caller(tool="middleware")
_NAMES = {url.removeprefix("https://"): name for name, url in UPSTREAMS.items()}
"""By host, of providers that are known."""

Result = TypeVar("Result")
Json = Mapping[str, Any]
_PATHS = {
    "/messages": Wire.ANTHROPIC,
    "/chat/completions": Wire.CHAT,
    "/responses": Wire.RESPONSES,
}


class Call:
    """One request, planned and noted as sent; then its answer, read while it passes by, and its
    account, which `savings` shows."""

    def __init__(self, forwarding: Forwarding, wire: Wire, upstream: str, started: float) -> None:
        """upstream: the host that is asked. started: the tick at which we held the request."""
        self._forwarding, self._wire = forwarding, wire
        self._upstream = _NAMES.get(upstream, upstream)
        self._at, self._started = CLOCK.now(), started
        self._held, self._first = CLOCK.tick() - started, 0.0
        self._meter: Meter | None = None
        self._status, self._over = 0, False

    @property
    def body(self) -> bytes:
        return self._forwarding.body

    @property
    def changed(self) -> bool:
        return self._forwarding.outcome is Outcome.OPTIMIZED

    def answered(self, status: int, content_type: str, coding: str) -> None:
        self._status = status
        self._meter = Meter(self._wire, content_type.partition(";")[0].strip(), coding)

    def feed(self, piece: bytes) -> None:
        self._first = self._first or CLOCK.tick()
        if self._meter is not None:
            self._meter.feed(piece)

    def ended(self) -> None:
        """Takes note of what was billed, and records the call, once."""
        if self._over:
            return
        self._over = True
        meter, account, service = self._meter, Account(), own_request_service()
        billed = meter.billed() if meter else None
        if meter and billed:
            service.called(meter.calls)
            account = service.billed(
                self._forwarding,
                billed,
                CLOCK.now(),
                upstream=self._upstream,
                tier=meter.tier,
                region=meter.region,
            )
        event = partial(
            UsageEvent,
            id=time_ordered(self._at),
            at=self._at,
            caller=_CALLER,
            protocol=self._wire,
            upstream=self._upstream,
            status=self._status,
            billed=billed,
            added_ms=self._held * 1e3,
            first_ms=(self._first - self._started) * 1e3 if self._first else 0.0,
            total_ms=(CLOCK.tick() - self._started) * 1e3,
        )
        why = meter.trouble if meter else ""
        own_recorder().record(accounted(event, self._forwarding, account, why=why))


def begun(method: str, host: str, path: str, body: bytes) -> Call | None:
    """The call that a request is; None where it is no call of a model that is known."""
    wire = next((wire for end, wire in _PATHS.items() if path.endswith(end)), None)
    if method != "POST" or wire is None or len(body) > LARGEST:
        return None
    started = CLOCK.tick()
    return safely(lambda: Call(_planned(body), wire, host, started), None)


def smaller(request: Json, library: str = "") -> Json:
    """A request of OpenAI's or Anthropic's API as Python values, or the same object where nothing
    of it is shorter. It is taken as sent: call this right before it is.

    library: its id in the catalogue, under which `savings` counts what was made smaller.
    """

    def planned() -> Json:
        made = _planned(json.dumps(request, ensure_ascii=False).encode())
        if made.outcome is not Outcome.OPTIMIZED:
            return request
        if made.changes:
            safely(lambda: _noted(made, library), None)
        found: Json = json.loads(made.body)
        return found

    return safely(planned, request)


def smaller_messages(
    messages: Sequence[Json], model: str = "", library: str = "", **more: Any
) -> Sequence[Json]:
    """The same for messages alone, as many and in the same order. more: of the request, such as
    its tools."""
    found = smaller({"model": model, "messages": list(messages)} | more, library)
    shown: Sequence[Json] = found["messages"]
    return shown if len(shown) == len(messages) else messages


def safely(work: Callable[[], Result], otherwise: Result) -> Result:
    """No request may fail because of us."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the edge that keeps requests alive
        LOG.warning("A request goes out as it came: %s: %s", type(error).__name__, error)
        return otherwise


def _planned(body: bytes) -> Forwarding:
    """What goes out, noted as sent: in time; else with its past as it went out before and what is
    new as it came; in the end all as it came."""
    service, seconds = own_request_service(), PATIENCE * max(1.0, len(body) / 2**20)
    made = _made(_ROOM, seconds, partial(service.plan, body, _CALLER, CLOCK.now()))
    if made is None:
        why = f"no plan in {seconds:.1f} s"
        late = partial(service.plan, body, _CALLER, CLOCK.now(), late=why)
        made = _made(_LATE, seconds / 4, late) or service.given_up(body, why, CLOCK.now())
    service.sent(made, CLOCK.now())
    return made


def _made(
    room: BoundedSemaphore, seconds: float, plan: Callable[[], Forwarding]
) -> Forwarding | None:
    """The plan; None where it is not made in so many seconds, fails, or finds no room."""
    if not room.acquire(blocking=False):
        return None

    def work() -> Forwarding:
        try:
            return plan()
        finally:
            room.release()

    try:
        return within(seconds, work)
    except TimeoutError:
        return None
    except Exception as error:  # noqa: BLE001 - no request fails because of us
        LOG.warning("A plan failed: %s: %s", type(error).__name__, error)
        return None


def _noted(made: Forwarding, library: str) -> None:
    """What was newly made smaller, as of a hook: the library tells us of no answer."""
    now = CLOCK.now()
    event = HookEvent(
        time_ordered(now),
        now,
        replace(_CALLER, tool=library or _CALLER.tool),
        Moment.AFTER_TOOL,
        Outcome.OPTIMIZED,
        original_tokens=sum(one.original_tokens for one in made.changes),
        optimized_tokens=sum(one.optimized_tokens for one in made.changes),
        changes=tuple(replace(one, source="", why=one.why[:REASON]) for one in made.changes),
    )
    own_sink().append_hooks([event])
