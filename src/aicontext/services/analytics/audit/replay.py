"""Sessions sent through the engine again, with the cache ledger's own account of both ways.

The provider's cache is the ledger's: what it may hold of what went out, at the model's prices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

from aicontext.domain.context import Kind, Level
from aicontext.domain.messages import Message, Role
from aicontext.domain.requests import Caller, Change, Rewriting
from aicontext.domain.transcripts import Session
from aicontext.domain.usage import Billed
from aicontext.engine.compress.asks import asks_of, is_read
from aicontext.engine.detect.detector import detect
from aicontext.engine.estimate.counter import counter
from aicontext.engine.estimate.forecast import IMAGE
from aicontext.engine.ledger.billing import Rates, Sent
from aicontext.engine.ledger.trace import Trace
from aicontext.services.analytics.audit.requests import FIRST, Request, requests

SCHEMAS, REPEATS = "instructions and tools", "shown before"
_UNTOLD = "not in the record"
"""What was billed beyond what was said, where a tool writes down no calls of tools (aider): the
files and outputs that its model was told are among it."""

_ROLES = {
    Role.USER: "your messages",
    Role.ASSISTANT: "the model's answers",
    Role.TOOL_CALL: "the model's tool calls",
}
_KINDS = {
    Kind.TEST: "test runs",
    Kind.LOG: "logs",
    Kind.LINT: "lint and type errors",
    Kind.SEARCH: "search results",
    Kind.JSON: "JSON",
    Kind.DIFF: "diffs",
    Kind.CODE: "code",
    Kind.LISTING: "listings",
    Kind.LOCK: "lock files",
    Kind.HISTORY: "histories of versions",
}
_READS, _IMAGES, _OTHER = "files read", "images", "other output"


class Plan(Protocol):
    """What goes out, and what was done."""

    @property
    def trace(self) -> Trace | None: ...
    @property
    def changes(self) -> tuple[Change, ...]: ...
    @property
    def rewriting(self) -> Rewriting | None: ...


PlanT = TypeVar("PlanT", bound=Plan)


class Planner(Protocol[PlanT]):
    """A service that plans requests, and has seen none yet."""

    def plan(self, body: bytes, caller: Caller, now: float, /) -> PlanT: ...
    def sent(self, plan: PlanT, now: float, /) -> object: ...
    def billed(self, plan: PlanT, billed: Billed, now: float, /) -> object: ...


NewPlanner: TypeAlias = Callable[[], Planner[Any]]


@dataclass(slots=True)
class Played:
    """One session. Units are prices of an uncached input token. direct, ours: what its input costs
    as it is and through us. kinds: units by kind of what was sent; saved: those saved at birth.
    whole: it was not given up halfway. prelude: tokens of instructions and tools."""

    calls: int = 0
    direct: float = 0.0
    ours: float = 0.0
    kinds: dict[str, float] = field(default_factory=dict)
    saved: dict[str, float] = field(default_factory=dict)
    whole: bool = True
    prelude: int = 0

    @property
    def share(self) -> float:
        return 1 - self.ours / self.direct if self.direct else 0.0

    def shares(self, units: Mapping[str, float]) -> dict[str, float]:
        """Of all that was sent, by kind."""
        whole = sum(self.kinds.values()) or 1.0
        return {kind: one / whole for kind, one in units.items()}


def play(session: Session, new: NewPlanner, going: Callable[[], bool] = lambda: True) -> Played:
    """All threads of the session through one planner. going: asked before each call whether there
    is time for it."""
    played, planner = Played(), new()
    said = (message for turn in session.turns for message in turn.messages)
    rest = SCHEMAS if any(one.role is Role.TOOL_CALL for one in said) else _UNTOLD
    caller = Caller(session.tool, session.id)
    for thread in session.threads:
        tally = _Tally(session.model, played, rest)
        for request in requests(session, thread):
            if not going():
                played.whole = False
                break
            plan: Plan = planner.plan(request.body, caller, request.at)
            planner.sent(plan, request.at)
            if (trace := plan.trace) is None or not trace.direct.tokens:
                continue
            planner.billed(plan, _billed(trace.sent, trace.read), request.at)
            scale = request.billed / trace.direct.tokens if request.billed else 1.0
            held = trace.read if trace.direct_read is None else trace.direct_read
            played.calls += 1
            if tally.rest == SCHEMAS:
                played.prelude = played.prelude or request.prelude
            played.direct += scale * trace.direct.units(min(held, trace.direct.tokens), trace.rates)
            played.ours += scale * trace.sent.units(trace.read, trace.rates)
            tally.add(request, plan, trace.rates)
        tally.close()
    return played


def _billed(sent: Sent, read: int) -> Billed:
    written = max(sent.cacheable - read, 0) if not sent.automatic else 0
    return Billed(sent.tokens - read - written, read, written)


@dataclass(slots=True)
class _Tally:
    """What the conversation of a thread consists of, by kind. A message costs the price of a write
    where it is first sent, and of a read with every further call. rest: the kind of what was billed
    beyond what was said."""

    model: str
    played: Played
    rest: str = SCHEMAS
    _messages: Sequence[Message] = ()
    _calls: list[int] = field(default_factory=list)
    _changes: dict[int, Change] = field(default_factory=dict)
    _prelude: int = 0
    _requests: int = 0
    _rates: Rates = field(default_factory=Rates)

    def add(self, request: Request, plan: Plan, rates: Rates) -> None:
        if request.messages[: len(self._messages)] != self._messages:
            self.close()
        self._messages, self._rates, self._prelude = request.messages, rates, request.prelude
        self._calls += [self._requests] * (len(request.messages) - len(self._calls))
        self._requests += 1
        if plan.rewriting is None:
            for change in plan.changes:
                self._changes.setdefault(change.block - FIRST, change)

    def close(self) -> None:
        """To be called at the end of a conversation."""
        count, rates = counter(self.model or "claude-sonnet-4-5"), self._rates
        asks = asks_of(self._messages)
        if self._requests:
            units = self._prelude * (rates.write + rates.read * (self._requests - 1))
            self._note(self.played.kinds, self.rest, units)
        for at, message in enumerate(self._messages):
            rides = rates.write + rates.read * (self._requests - self._calls[at] - 1)
            tokens = round(IMAGE.expected) if message.media else count(message.text)
            kind = _kind(message, is_read(asks[at]))
            if message.role is Role.TOOL_RESULT and kind is None:
                kind = _KINDS.get(detect(message.text, asks[at]).kind, _OTHER)
            change = self._changes.get(at)
            if change is not None and change.level is Level.REFERENCE:
                kind = REPEATS
            self._note(self.played.kinds, kind or _OTHER, tokens * rides)
            if change is not None:
                fewer = change.original_tokens - change.optimized_tokens
                self._note(self.played.saved, kind or _OTHER, fewer * rides)
        self._messages, self._calls, self._changes, self._requests = (), [], {}, 0

    @staticmethod
    def _note(sums: dict[str, float], kind: str, units: float) -> None:
        sums[kind] = sums.get(kind, 0.0) + units


def _kind(message: Message, read: bool) -> str | None:
    if message.media:
        return _IMAGES
    if message.role is Role.TOOL_RESULT:
        return _READS if read else None
    return _ROLES.get(message.role, SCHEMAS)
