"""What usage adds up to, by whatever it is asked for, and how sure the savings are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from aicontext.domain.analytics.usage import (
    Dimension,
    Grain,
    UsageQuery,
    UsageRow,
    UsageSums,
    asked_for,
)
from aicontext.domain.context import Kind
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Outcome
from aicontext.domain.usage import dollars
from aicontext.ports.stores.events import Events
from aicontext.services.analytics.holdout import Comparison, Holdout
from aicontext.services.analytics.savings import Done


@dataclass(frozen=True, slots=True)
class Usage:
    """rows: by time, then the dearest first. total: of all of them. imported: of these, calls that
    did not come through us: their tools wrote them down, and nothing could be saved. unpriced: by
    model, calls whose usage is known and whose price is not: they are in no sum of money. compared:
    with sessions that were left alone; None where there were none. lost: calls that could not be
    recorded."""

    query: UsageQuery
    rows: tuple[UsageRow, ...]
    total: UsageSums
    imported: UsageSums
    unpriced: Mapping[str, int]
    compared: Comparison | None
    lost: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what a record holds."""
        grain = () if self.query.grain is Grain.WHOLE else (str(self.query.grain),)
        return (*grain, *map(str, self.query.by), *figures(UsageSums()))

    def records(self) -> Iterator[dict[str, object]]:
        """The rows as flat records; money in US dollars, time in seconds since the epoch."""
        for row in self.rows:
            at: dict[str, object] = {} if row.at is None else {str(self.query.grain): row.at}
            yield at | dict(zip(map(str, self.query.by), row.keys, strict=True)) | figures(row.sums)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "by": [str(one) for one in self.query.by],
            "grain": str(self.query.grain),
            "since": _finite(self.query.since),
            "until": _finite(self.query.until),
            "total": figures(self.total),
            "rows": list(self.records()),
            "imported": figures(self.imported),
            "unpriced": dict(self.unpriced),
            "compared": asdict(self.compared) if self.compared else None,
            "lost": self.lost,
        }


def usage(events: Events, query: UsageQuery) -> Usage:
    """The answer. Sessions that were left alone are looked for only where there are any."""
    by = Dimension.MODEL, Dimension.OUTCOME
    outcomes: dict[str, UsageSums] = defaultdict(UsageSums)
    unpriced: Counter[str] = Counter()
    for row in events.usage(replace(query, by=by, grain=Grain.WHOLE)):
        model, outcome = row.keys
        outcomes[outcome] += row.sums
        told = row.sums.calls if outcome == Outcome.IMPORTED else row.sums.reported
        unpriced[model] += told - row.sums.priced
    compared = None
    if Outcome.CONTROL in outcomes:
        compared = _compared(asked_for(events.since(query.since, query.until), query))
    return Usage(
        query,
        tuple(sorted(events.usage(query), key=_place)),
        sum(outcomes.values(), UsageSums()),
        outcomes[Outcome.IMPORTED],
        {model: calls for model, calls in unpriced.most_common() if calls},
        compared,
        events.lost(query.since),
    )


def kinds(events: Events, query: UsageQuery) -> dict[Kind, Done]:
    """What was done to blocks, by their kind, what saved most first; each block is counted once,
    when it was first sent."""
    found: dict[Kind, Done] = defaultdict(Done)
    for row in events.optimizations(replace(query, by=(), grain=Grain.WHOLE)):
        done = found[row.kind]
        done.blocks += row.blocks
        done.original_tokens += row.original_tokens
        done.optimized_tokens += row.optimized_tokens
    return dict(
        sorted(found.items(), key=lambda one: one[1].optimized_tokens - one[1].original_tokens)
    )


def figures(sums: UsageSums) -> dict[str, object]:
    """For JSON and tables; money in US dollars, null where no call has a known price."""
    priced = sums.priced > 0
    return {
        "calls": sums.calls,
        "failed": sums.failed,
        "reported": sums.reported,
        "direct_tokens": sums.direct_tokens,
        "sent_tokens": sums.sent_tokens,
        "saved_tokens": sums.saved_tokens,
        "input": sums.billed.input,
        "cache_read": sums.billed.cache_read,
        "cache_write": sums.billed.cache_write,
        "cache_write_1h": sums.billed.cache_write_1h,
        "output": sums.billed.output,
        "priced": sums.priced,
        "cost": dollars(sums.cost) if priced else None,
        "direct_cost": dollars(sums.direct_cost) if priced else None,
        "saved": dollars(sums.saved) if priced else None,
    }


def _place(row: UsageRow) -> tuple[int, int, int, tuple[str, ...]]:
    return row.at or 0, -row.sums.cost, -row.sums.billed.all_input, row.keys


def _compared(events: Iterable[UsageEvent]) -> Comparison | None:
    holdout = Holdout()
    for event in events:
        if event.outcome is not Outcome.IMPORTED:
            holdout.add(event)
    return holdout.comparison()


def _finite(at: float) -> float | None:
    return None if at in (float("inf"), float("-inf")) else at
