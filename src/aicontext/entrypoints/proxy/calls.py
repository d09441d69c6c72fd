"""One call of a model and its account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.budgets import Amounts
from aicontext.domain.tenancy.owner import NOBODY, Owner
from aicontext.domain.usage import Billed
from aicontext.engine.ledger.account import Account
from aicontext.entrypoints.proxy.planning import safely
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId, time_ordered
from aicontext.services.context.requests import Forwarding, RequestService, accounted
from aicontext.services.enterprise.budgets.costs import taken
from aicontext.services.integrations.usage import Meter
from aicontext.services.integrations.wire import Wire


class Recorder(Protocol):
    """Takes usage events off the hot path."""

    def record(self, event: UsageEvent) -> None:
        """Never blocks, never raises."""


@dataclass(slots=True)
class Call:
    """What is known of a call so far. Times are ticks; at is seconds since the epoch.

    principal: who showed a credential; None: this machine's user. traceparent: of the caller's
    trace, as it came. held_most: what budgets hold for it; took: what
    it took of them, where that is known.
    """

    id: str
    at: float
    started: float
    wire: Wire
    upstream: str
    principal: Principal | None = None
    caller: Caller = field(default_factory=Caller)
    model: str = ""
    forwarding: Forwarding | None = None
    meter: Meter | None = None
    status: int = 0
    trouble: str = ""
    held: float = 0.0
    first: float = 0.0
    traceparent: str = ""
    held_most: Amounts | None = None
    took: Amounts | None = None

    @property
    def answered(self) -> bool:
        """Whether the provider did what was asked, so that it may be billed."""
        return 100 <= self.status < 400

    def refuse(self, why: str) -> None:
        """It does not go out. why: in words."""
        model = self.forwarding.model if self.forwarding is not None else ""
        self.forwarding = Forwarding(b"", Outcome.REFUSED, model=model)
        self.trouble = why

    def seen(self, clock: Clock) -> Callable[[bytes], None]:
        """Takes the pieces of the answer."""

        def see(piece: bytes) -> None:
            if not self.first:
                self.first = clock.tick()
            if self.meter is not None:
                self.meter.feed(piece)

        return see


class CallBudgets(Protocol):
    """Books what calls took."""

    def settle(self, call: Call) -> None:
        """Never raises."""


class Accounts:
    """Closes calls: tells the service what was billed and records the event."""

    def __init__(
        self,
        service: RequestService,
        recorder: Recorder,
        clock: Clock,
        *,
        budgets: CallBudgets | None = None,
        ended: Callable[[UsageEvent, str], object] | None = None,
        new_id: NewId = time_ordered,
    ) -> None:
        self._service = service
        self._recorder = recorder
        self._clock = clock
        self._budgets = budgets
        self._ended = ended
        self._new_id = new_id

    def opened(self, wire: Wire, upstream: str, principal: Principal | None = None) -> Call:
        now = self._clock.now()
        return Call(self._new_id(now), now, self._clock.tick(), wire, upstream, principal)

    def close(self, call: Call) -> None:
        """Never raises."""
        safely(lambda: self._close(call), None)
        if self._budgets is not None:
            self._budgets.settle(call)

    def _close(self, call: Call) -> None:
        forwarding = call.forwarding or Forwarding(b"", Outcome.PASSED)
        billed = call.meter.billed() if call.meter is not None else None
        unread = call.meter.trouble if call.meter is not None else ""
        account = self._account(call, forwarding, billed)
        if billed is not None:
            call.took = taken(billed, account.cost)
        if call.meter is not None and call.meter.calls:
            self._service.called(call.meter.calls)
        event = partial(
            UsageEvent,
            id=call.id,
            at=call.at,
            caller=call.caller,
            protocol=call.wire,
            upstream=call.upstream,
            status=call.status,
            billed=billed,
            added_ms=call.held * 1e3,
            first_ms=(call.first - call.started) * 1e3 if call.first else 0.0,
            total_ms=(self._clock.tick() - call.started) * 1e3,
            owner=Owner.of(call.principal) if call.principal else NOBODY,
            key=call.principal.key if call.principal else "",
        )
        why = "; ".join(filter(None, (call.trouble, unread)))
        made = accounted(event, forwarding, account, model=call.model, why=why)
        self._recorder.record(made)
        if self._ended is not None:
            self._ended(made, call.traceparent)

    def _account(self, call: Call, forwarding: Forwarding, billed: Billed | None) -> Account:
        if billed is None or call.meter is None:
            return Account()
        now, meter = self._clock.now(), call.meter
        served = partial(
            self._service.billed, upstream=call.upstream, tier=meter.tier, region=meter.region
        )
        return safely(lambda: served(forwarding, billed, now), Account())


def project_of(principal: Principal | None, tag: str) -> str:
    """A credential that is good for one project says more than the address does."""
    return (principal.project if principal else "") or tag
