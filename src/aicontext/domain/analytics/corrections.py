"""Corrections of what calls cost. What was recorded is never changed.

A correction is two events of the call's own time: a reversal, which takes the call back as it
stood, and the call again at its new price. So each sum of events is right, at any time and by any
dimension, and the ledger gets two balanced entries. Their ids are made of the call's and the number
of the correction: made twice, it is kept once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from aicontext.domain.events import Correction, UsageEvent
from aicontext.domain.usage import Quote, micro_cents


def corrected(
    call: UsageEvent, quote: Quote, cost: float, direct_cost: float
) -> tuple[UsageEvent, UsageEvent]:
    """What corrects the call, as `standing` gives it: (the reversal, the call again)."""
    of, revision = _named(call)
    reversal = _correction(call, Correction(of, -revision - 1))
    again = _correction(call, Correction(of, revision + 1))
    return reversal, replace(again, quote=quote, cost=cost, direct_cost=direct_cost)


def standing(events: Iterable[UsageEvent]) -> Iterator[UsageEvent]:
    """Each call once, as it was recorded but at the price of its last correction. events: by
    time."""
    for parts in _calls(events):
        call, last = parts[0], max(parts, key=_revision)
        if last.correction is None:
            yield call
        elif call.correction is None:  # Else the call itself is gone.
            yield replace(
                call,
                quote=last.quote,
                cost=last.cost,
                direct_cost=last.direct_cost,
                correction=last.correction,
            )


def astray(events: Iterable[UsageEvent]) -> Iterator[str]:
    """Ids of calls whose corrections do not add up to one call at its last price, or to nothing
    where the call is gone. events: by time."""
    for parts in _calls(events):
        last, there = max(parts, key=_revision), parts[0].correction is None
        money = sum(one.sign * micro_cents(one.cost or 0) for one in parts)
        wrong = there and money != micro_cents(last.cost or 0)
        if wrong or sum(one.sign for one in parts) != there:
            yield _named(last)[0]


def _calls(events: Iterable[UsageEvent]) -> Iterator[list[UsageEvent]]:
    """The events of each call; what was recorded comes first, where it is there."""
    for _, group in groupby(events, attrgetter("at")):
        found: dict[str, list[UsageEvent]] = {}
        for event in group:
            parts = found.setdefault(_named(event)[0], [])
            parts.insert(len(parts) if event.correction else 0, event)
        yield from found.values()


def _named(event: UsageEvent) -> tuple[str, int]:
    """(the call's id, the number of its correction)."""
    return (event.correction.of, event.correction.revision) if event.correction else (event.id, 0)


def _revision(event: UsageEvent) -> int:
    return _named(event)[1]


def _correction(call: UsageEvent, correction: Correction) -> UsageEvent:
    """What was done to blocks stays the call's alone."""
    name = f"{correction.revision:+d} {correction.of}"
    own = hashlib.sha256(name.encode()).hexdigest()[:32]
    return replace(call, id=own, correction=correction, changes=(), rewriting=None)
