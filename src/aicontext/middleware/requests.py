"""A request to a model as it should go out, and what was billed for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from aicontext.domain.requests import Caller, Outcome
from aicontext.kit.clock import CLOCK
from aicontext.services.context.requests import Forwarding, RequestService
from aicontext.services.integrations.usage import Meter
from aicontext.services.integrations.wire import Wire
from aicontext.wiring.context import own_request_service

LOG = logging.getLogger(__name__)
LARGEST = 64 * 2**20
"""Bytes of a request that is looked at."""

Result = TypeVar("Result")
Json = Mapping[str, Any]
_PATHS = {
    "/messages": Wire.ANTHROPIC,
    "/chat/completions": Wire.CHAT,
    "/responses": Wire.RESPONSES,
}


class Call:
    """One request, planned and noted as sent; then its answer, read while it passes by."""

    def __init__(self, service: RequestService, forwarding: Forwarding, wire: Wire) -> None:
        self._service, self._forwarding, self._wire = service, forwarding, wire
        self._meter: Meter | None = None

    @property
    def body(self) -> bytes:
        return self._forwarding.body

    @property
    def changed(self) -> bool:
        return self._forwarding.outcome is Outcome.OPTIMIZED

    def answered(self, content_type: str, coding: str) -> None:
        self._meter = Meter(self._wire, content_type.partition(";")[0].strip(), coding)

    def feed(self, piece: bytes) -> None:
        if self._meter is not None:
            self._meter.feed(piece)

    def ended(self) -> None:
        """Takes note of what was billed, once."""
        meter, self._meter = self._meter, None
        if meter is not None and (billed := meter.billed()) is not None:
            self._service.called(meter.calls)
            self._service.billed(self._forwarding, billed, CLOCK.now())


def begun(method: str, path: str, body: bytes) -> Call | None:
    """The call that a request is; None where it is no call of a model that is known."""
    wire = next((wire for end, wire in _PATHS.items() if path.endswith(end)), None)
    if method != "POST" or wire is None or len(body) > LARGEST:
        return None
    return safely(lambda: _planned(body, wire), None)


def smaller(request: Json) -> Json:
    """A request of OpenAI's or Anthropic's API as Python values, or the same object where nothing
    of it is shorter. It is taken as sent: call this right before it is."""

    def planned() -> Json:
        made = _planned(json.dumps(request, ensure_ascii=False).encode(), Wire.CHAT)
        if made.changed:
            found: Json = json.loads(made.body)
            return found
        return request

    return safely(planned, request)


def smaller_messages(messages: Sequence[Json], model: str = "", **more: Any) -> Sequence[Json]:
    """The same for messages alone, as many and in the same order. more: of the request, such as
    its tools."""
    found = smaller({"model": model, "messages": list(messages)} | more)
    shown: Sequence[Json] = found["messages"]
    return shown if len(shown) == len(messages) else messages


def safely(work: Callable[[], Result], otherwise: Result) -> Result:
    """No request may fail because of us."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the edge that keeps requests alive
        LOG.warning("A request goes out as it came: %s: %s", type(error).__name__, error)
        return otherwise


def _planned(body: bytes, wire: Wire) -> Call:
    service = own_request_service()
    forwarding = service.plan(body, Caller(tool="middleware"), CLOCK.now())
    service.sent(forwarding, CLOCK.now())
    return Call(service, forwarding, wire)
