"""What going through us saved: tokens, money, caches, time, and what was done for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from aicontext.domain.context import Kind, Level
from aicontext.domain.events import By, UsageEvent
from aicontext.domain.requests import Outcome
from aicontext.domain.usage import Billed, dollars, micro_cents
from aicontext.services.analytics.births import Births, Session
from aicontext.services.analytics.holdout import Comparison, Holdout
from aicontext.services.analytics.spread import Spread

REASONS = 50
"""Reasons that are told apart; further ones are counted together."""


@dataclass(slots=True)
class Tally:
    """Sums over calls.

    failed: without an answer of status below 400. reported: calls whose provider told its usage,
    billed: that usage. priced: calls whose cost is known both as it was and as it would have been;
    charged, direct: of these, in micro-cents. predicted_read: cached tokens that the ledger
    expected in reported calls; agreed_read: those of them that the provider reported too, and
    either_read: that one of them had. missed: calls that read nothing where a read was expected.
    """

    calls: int = 0
    failed: int = 0
    direct_tokens: int = 0
    sent_tokens: int = 0
    reported: int = 0
    billed: Billed = field(default_factory=Billed)
    priced: int = 0
    charged: int = 0
    direct: int = 0
    predicted_read: int = 0
    agreed_read: int = 0
    either_read: int = 0
    missed: int = 0
    first: float = float("inf")
    last: float = 0.0
    added: Spread = field(default_factory=Spread)

    def add(self, event: UsageEvent) -> None:
        self.calls += 1
        self.failed += not 0 < event.status < 400
        self.direct_tokens += event.direct_tokens
        self.sent_tokens += event.sent_tokens
        if event.cost is not None and event.direct_cost is not None:
            self.priced += 1
            self.charged += micro_cents(event.cost)
            self.direct += micro_cents(event.direct_cost)
        if event.billed is not None:
            self._bill(event.billed, event.predicted_read)
        self.first = min(self.first, event.at)
        self.last = max(self.last, event.at)
        self.added.add(event.added_ms)

    def _bill(self, new: Billed, predicted: int) -> None:
        self.reported += 1
        self.billed += new
        self.predicted_read += predicted
        self.agreed_read += min(predicted, new.cache_read)
        self.either_read += max(predicted, new.cache_read)
        self.missed += predicted > 0 and not new.cache_read

    @property
    def saved_tokens(self) -> int:
        return self.direct_tokens - self.sent_tokens

    @property
    def cost(self) -> float:
        """US dollars."""
        return dollars(self.charged)

    @property
    def direct_cost(self) -> float:
        return dollars(self.direct)

    @property
    def saved(self) -> float:
        """US dollars; negative where going through us was dearer."""
        return dollars(self.direct - self.charged)

    @property
    def saved_share(self) -> float:
        return self.saved / self.direct_cost if self.direct_cost else 0.0

    @property
    def agreement(self) -> float | None:
        """Of cached tokens that the ledger or the provider named, the share that both did."""
        return self.agreed_read / self.either_read if self.either_read else None

    def as_dict(self) -> dict[str, object]:
        """For JSON and CSV; latencies in milliseconds, money in US dollars."""
        return {
            "calls": self.calls,
            "failed": self.failed,
            "direct_tokens": self.direct_tokens,
            "sent_tokens": self.sent_tokens,
            "saved_tokens": self.saved_tokens,
            "priced": self.priced,
            "direct_cost": self.direct_cost,
            "cost": self.cost,
            "saved": self.saved,
            "reported": self.reported,
            "input": self.billed.input,
            "cache_read": self.billed.cache_read,
            "cache_write": self.billed.cache_write,
            "cache_write_1h": self.billed.cache_write_1h,
            "output": self.billed.output,
            "predicted_read": self.predicted_read,
            "agreement": self.agreement,
            "missed": self.missed,
            "added_ms_p50": round(self.added.quantile(0.5), 3),
            "added_ms_p95": round(self.added.quantile(0.95), 3),
            "first": self.first if self.calls else None,
            "last": self.last if self.calls else None,
        }


@dataclass(slots=True)
class Done:
    """What was done to blocks, counted once each, when they were first sent."""

    blocks: int = 0
    original_tokens: int = 0
    optimized_tokens: int = 0


@dataclass(slots=True)
class Rewritten:
    """Calls in which older turns went out other than before. tokens: fewer than otherwise."""

    calls: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Savings:
    """rows: by what was asked for; sessions and days the latest first, others the largest.
    outcomes: calls by outcome and reason. done: by kind and level of block, what saved most first.
    rewritten: by reason. holdout: None where no call was left alone. lost: calls that could not be
    recorded. measured: calls that did not come through us, as their tools wrote them down;
    measured_rows: the same by what was asked for. hooks: what they saved, of which nothing is in
    the other figures. sessions: that the calls belong to."""

    by: By
    total: Tally
    rows: dict[tuple[str, ...], Tally]
    outcomes: list[tuple[tuple[Outcome, str], int]]
    done: dict[tuple[Kind, Level], Done]
    rewritten: dict[str, Rewritten]
    holdout: Comparison | None
    lost: int = 0
    measured: Tally = field(default_factory=Tally)
    measured_rows: dict[tuple[str, ...], Tally] = field(default_factory=dict)
    hooks: Births = field(default_factory=Births)
    sessions: Set[Session] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """What a row's key holds."""
        return ("tool", "session") if self.by is By.SESSION else (str(self.by),)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "by": str(self.by),
            "total": self.total.as_dict(),
            "rows": self.flat_rows(),
            "outcomes": [
                {"outcome": str(outcome), "why": why, "calls": calls}
                for (outcome, why), calls in self.outcomes
            ],
            "blocks": [
                {"kind": str(kind), "level": str(level), **asdict(done)}
                for (kind, level), done in self.done.items()
            ],
            "rewritten": [
                {"why": why, **asdict(rewritten)} for why, rewritten in self.rewritten.items()
            ],
            "holdout": asdict(self.holdout) if self.holdout else None,
            "lost": self.lost,
            "measured": self.measured.as_dict(),
            "measured_rows": self._flat(self.measured_rows),
            "hooks": self.hooks.as_dict(),
        }

    def flat_rows(self) -> list[dict[str, object]]:
        """The rows as flat records, for JSON and CSV."""
        return self._flat(self.rows)

    def _flat(self, rows: dict[tuple[str, ...], Tally]) -> list[dict[str, object]]:
        return [
            {**dict(zip(self.columns, key, strict=True)), **tally.as_dict()}
            for key, tally in rows.items()
        ]


class Books:
    """Sums up events that come in order of time; memory grows with the rows, not the events.

    Days are in UTC, as providers bill, and as `usage` tells them.
    """

    def __init__(self, by: By = By.SESSION) -> None:
        self._by = by
        self._total, self._measured, self._holdout = Tally(), Tally(), Holdout()
        self._rows: dict[tuple[str, ...], Tally] = {}
        self._measured_rows: dict[tuple[str, ...], Tally] = {}
        self._outcomes: Counter[tuple[Outcome, str]] = Counter()
        self._done: dict[tuple[Kind, Level], Done] = {}
        self._rewritten: dict[str, Rewritten] = {}
        self._sessions: set[Session] = set()

    def add(self, event: UsageEvent) -> None:
        key = _key(event, self._by)
        if event.outcome is Outcome.IMPORTED:
            self._measured.add(event)
            self._measured_rows.setdefault(key, Tally()).add(event)
            return
        self._total.add(event)
        self._holdout.add(event)
        self._rows.setdefault(key, Tally()).add(event)
        self._sessions.add((event.caller.tool, event.caller.session))
        reason = event.outcome, event.why
        if reason not in self._outcomes and len(self._outcomes) >= REASONS:
            reason = event.outcome, "other reasons"
        self._outcomes[reason] += 1
        for change in event.changes:
            held = self._done.setdefault((change.kind, change.level), Done())
            held.blocks += 1
            held.original_tokens += change.original_tokens
            held.optimized_tokens += change.optimized_tokens
        if event.rewriting:
            rewritten = self._rewritten.setdefault(event.rewriting.why, Rewritten())
            rewritten.calls += 1
            rewritten.tokens += event.rewriting.tokens

    def savings(self, *, compared: bool = True) -> Savings:
        """The sums so far. compared: with the holdout, which takes a moment."""

        def place(row: tuple[tuple[str, ...], Tally]) -> tuple[float, tuple[str, ...]]:
            late = self._by in (By.SESSION, By.DAY)
            return -(row[1].last if late else row[1].direct_tokens), row[0]

        done = sorted(
            self._done.items(), key=lambda d: d[1].optimized_tokens - d[1].original_tokens
        )
        return Savings(
            self._by,
            self._total,
            dict(sorted(self._rows.items(), key=place)),
            self._outcomes.most_common(),
            dict(done),
            self._rewritten,
            self._holdout.comparison() if compared else None,
            measured=self._measured,
            measured_rows=dict(sorted(self._measured_rows.items(), key=place)),
            sessions=self._sessions,
        )


def savings(events: Iterable[UsageEvent], by: By = By.SESSION) -> Savings:
    """The sums over events that come in order of time."""
    books = Books(by)
    for event in events:
        books.add(event)
    return books.savings()


def _key(event: UsageEvent, by: By) -> tuple[str, ...]:
    if by is By.SESSION:
        return event.caller.tool, event.caller.session
    if by is By.TOOL:
        return (event.caller.tool,)
    if by is By.MODEL:
        return (event.model,)
    if by is By.PROJECT:
        return (event.caller.project,)
    return (datetime.fromtimestamp(event.at, UTC).date().isoformat(),)
