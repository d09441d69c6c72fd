"""Bills a session twice: as its tool sends it, and as it goes out through us."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.ledger.memory import MemoryLedger
from aicontext.domain.context import Count
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.usage import Billed, Prices
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter
from aicontext.services.context.requests import Forwarding, RequestService
from fake_provider.billing import AnthropicCache, Cache, PrefixCache, Prompt
from fake_provider.prompts import Renderer

from sessions import Session  # isort: skip
from timeline import Call  # isort: skip
from wire import GPT, Prelude, answered, body, forget, prelude  # isort: skip


@dataclass(frozen=True, slots=True)
class OpenAI:
    """The model that Codex asks, and what bills it."""

    model: str = GPT
    cache: Callable[[], Cache] = PrefixCache


@dataclass(slots=True)
class Arm:
    """What one way of sending cost. billed: over all calls."""

    billed: Billed = field(default_factory=Billed)
    cost: float = 0.0
    input_cost: float = 0.0

    def add(self, charge: Billed, prices: Prices) -> None:
        one, all_ = charge, self.billed
        self.billed = Billed(
            all_.input + one.input,
            all_.cache_read + one.cache_read,
            all_.cache_write + one.cache_write,
            all_.cache_write_1h + one.cache_write_1h,
            all_.output + one.output,
        )
        self.cost += one.cost(prices)
        self.input_cost += one.cost(prices) - one.output * prices.output / 1e6


@dataclass(frozen=True, slots=True)
class Sent:
    """A call as the tool sent it and as it went out. billed: for what went out."""

    call: Call
    raw: bytes
    direct: Prompt
    ours: Prompt
    forwarding: Forwarding
    billed: Billed = field(default_factory=Billed)


@dataclass(slots=True)
class Bill:
    """A session's two bills.

    predicted, read, error: cached tokens that the ledger expected, that the provider read, and the
    differences call by call. misses: calls in which the provider held more of what we had sent for
    this conversation than it could read of what we sent now; unplanned: those of them without a
    decision to rewrite that knew it. passed: calls that were not looked at. unlike: calls whose
    parts do not stand one to one. recorded: input tokens that the real provider billed, simulated:
    those of the same calls here. fetches, fetch_cost: what `fetches.py` charges, in neither arm.
    cpu_ms: planning, call by call.
    """

    session: str
    agent: str
    direct: Arm = field(default_factory=Arm)
    ours: Arm = field(default_factory=Arm)
    calls: int = 0
    predicted: int = 0
    error: int = 0
    misses: int = 0
    unplanned: int = 0
    passed: int = 0
    unlike: int = 0
    rewritings: int = 0
    recorded: int = 0
    simulated: int = 0
    fetches: int = 0
    fetch_cost: float = 0.0
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def saved(self) -> float:
        """Share of the input side of the bill."""
        return 1 - self.ours.input_cost / self.direct.input_cost

    @property
    def saved_net(self) -> float:
        """The same share with fetching what is hidden charged."""
        return self.saved - self.fetch_cost / self.direct.input_cost


class Replay:
    """One session through one service, as a fresh installation would see it."""

    def __init__(
        self, session: Session, calls: Sequence[Call], tokens: int, openai: OpenAI
    ) -> None:
        self.session = session
        self.archive = MemoryArchive()
        self._service = RequestService(self.archive, MemoryLedger())
        self._calls = calls
        self._prelude = partial(prelude, session, tokens, counter("gpt-4o"), gpt=openai.model)
        self.start = self._prelude()
        self.count: Count = counter(self.start.model)
        self._renderer = Renderer(self.count)
        known = model(self.start.model)
        assert known.prices
        self.prices = known.prices
        cache = AnthropicCache if self.start.form == "anthropic" else openai.cache
        self._caches = cache(), cache()
        self.bill = Bill(session.id, session.agent)
        self._sent_as: dict[bytes, set[bytes]] = {}

    def run(self) -> Iterator[Sent]:
        """Sends and bills every call; the bill is whole when the iterator is at its end."""
        for call in self._calls:
            yield self._sent(call)
        forget()

    def _sent(self, call: Call) -> Sent:
        start = self.start
        if call.thread.agent:
            start = self._prelude(agent=call.thread.agent)
        turns = call.thread.turns[: call.turn + 1]
        raw = body(start, self.session.id, turns)
        caller = Caller("claude-code" if start.form == "anthropic" else "codex", self.session.id)
        begun = time.process_time()
        forwarding = self._service.plan(raw, caller, call.at)
        self._service.sent(forwarding, call.at)
        self.bill.cpu_ms.append(1000 * (time.process_time() - begun))
        direct = self._render(raw, start)
        ours = direct if forwarding.body == raw else self._render(forwarding.body, start)
        sent = Sent(call, raw, direct, ours, forwarding)
        return replace(sent, billed=self._account(sent, self.count(answered(turns[-1]))))

    def _account(self, sent: Sent, output: int) -> Billed:
        now, bill, turn = sent.call.at, self.bill, sent.call.thread.turns[sent.call.turn]
        held = self._held(sent, now)
        direct = self._caches[0].bill(sent.direct, now, output)
        ours = self._caches[1].bill(sent.ours, now, output)
        account = self._service.billed(sent.forwarding, ours.billed, now)
        bill.direct.add(direct.billed, self.prices)
        bill.ours.add(ours.billed, self.prices)
        rewriting = getattr(sent.forwarding, "rewriting", None)
        bill.calls += 1
        bill.predicted += account.predicted_read
        bill.error += abs(account.predicted_read - ours.billed.cache_read)
        bill.rewritings += rewriting is not None
        bill.passed += sent.forwarding.outcome is Outcome.PASSED
        bill.unlike += len(sent.direct.parts) != len(sent.ours.parts)
        if ours.read < held:
            bill.misses += 1
            bill.unplanned += rewriting is None or rewriting.why == "lapsed"
        if turn.usage:
            bill.recorded += turn.usage
            bill.simulated += direct.billed.all_input
        for as_came, as_sent in zip(sent.direct.keys, sent.ours.keys, strict=False):
            self._sent_as.setdefault(as_came, set()).add(as_sent)
        return ours.billed

    def _held(self, sent: Sent, now: float) -> int:
        """Parts of the longest prefix that was sent in any way before, that the provider holds,
        and that it would look for."""
        cache = self._caches[1]
        return max(
            (
                at + 1
                for at in cache.looked_at(sent.direct)
                if any(cache.lives(key, now) for key in self._sent_as.get(sent.direct.keys[at], ()))
            ),
            default=0,
        )

    def _render(self, raw: bytes, start: Prelude) -> Prompt:
        return getattr(self._renderer, start.form)(raw)
