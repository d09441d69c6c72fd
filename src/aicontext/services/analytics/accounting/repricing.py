"""Past calls at the prices that are known now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from aicontext.domain.analytics.corrections import corrected
from aicontext.domain.events import UsageEvent
from aicontext.domain.usage import Billed, Quote, dollars, micro_cents
from aicontext.engine.estimate.catalogue import model
from aicontext.ports.stores.events import Events

_GROUP = 2000
"""Calls that are corrected at a time."""


@dataclass(slots=True)
class Change:
    """Of calls that are corrected: how many, and what they cost before and after, in micro-cents;
    `direct`: without us."""

    calls: int = 0
    cost_before: int = 0
    cost_after: int = 0
    direct_before: int = 0
    direct_after: int = 0


@dataclass(slots=True)
class Repriced:
    """calls: that were looked at. models: what became of those that are corrected, by the model
    whose price they have now. told: calls whose tool told the cost; unpriced: calls that stay
    without a price."""

    calls: int = 0
    models: dict[str, Change] = field(default_factory=dict)
    told: int = 0
    unpriced: int = 0

    @property
    def corrected(self) -> int:
        return sum(one.calls for one in self.models.values())

    def as_dict(self) -> dict[str, object]:
        """For JSON; money in US dollars."""
        return {
            "calls": self.calls,
            "corrected": self.corrected,
            "told": self.told,
            "unpriced": self.unpriced,
            "models": {
                name: {
                    "calls": one.calls,
                    "cost_before": dollars(one.cost_before),
                    "cost_after": dollars(one.cost_after),
                    "direct_cost_before": dollars(one.direct_before),
                    "direct_cost_after": dollars(one.direct_after),
                }
                for name, one in self.models.items()
            },
        }


def reprice(events: Events, since: float, until: float, *, unpriced: bool, keep: bool) -> Repriced:
    """Append corrections of the calls that cost something else by today's catalogue; cut short, it
    can be done again. unpriced: calls that have no price get that of the standard tier, since which
    they had was not noted. keep: else it is only said what would be done. Raises Unavailable."""
    done = Repriced()
    corrections = _corrections(events, since, until, done, unpriced=unpriced)
    while pairs := list(islice(corrections, _GROUP)):
        if keep:
            events.append([event for pair in pairs for event in pair])
    return done


def _corrections(
    events: Events, since: float, until: float, done: Repriced, *, unpriced: bool
) -> Iterator[tuple[UsageEvent, UsageEvent]]:
    for call in events.since(since, until):
        done.calls += 1
        if call.quote is None and call.cost is not None:
            done.told += 1
        elif call.billed is None or (quote := _quote(call, call.billed, unpriced)) is None:
            done.unpriced += call.quote is None
        elif call.quote is None or quote.prices != call.quote.prices:
            pair = corrected(call, quote, *_costs(call, call.billed, quote))
            _add(done, call, pair[1], quote)
            yield pair


def _quote(call: UsageEvent, billed: Billed, unpriced: bool) -> Quote | None:
    if old := call.quote:
        known = model(old.model, old.provider)
        return known.quote(billed.all_input, call.at, old.tier, old.region)
    return model(call.model, call.upstream).quote(billed.all_input, call.at) if unpriced else None


def _costs(call: UsageEvent, billed: Billed, quote: Quote) -> tuple[float, float]:
    """With and without us. What was saved is so many tokens of input, so it goes with their
    price."""
    cost = billed.cost(quote.prices)
    old = call.quote.prices.input if call.quote else 0
    if not old or call.cost is None or call.direct_cost is None:
        return cost, cost
    saved = (call.direct_cost - call.cost) / old * quote.prices.input
    return cost, dollars(micro_cents(cost + saved))


def _add(done: Repriced, call: UsageEvent, again: UsageEvent, quote: Quote) -> None:
    held = done.models.setdefault(f"{quote.provider}/{quote.model}", Change())
    held.calls += 1
    held.cost_before += micro_cents(call.cost or 0)
    held.cost_after += micro_cents(again.cost or 0)
    held.direct_before += micro_cents(call.direct_cost or 0)
    held.direct_after += micro_cents(again.direct_cost or 0)
