"""Corrections of past prices, over every store."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from usage_events import CALL as ANY

from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.analytics.corrections import corrected
from aicontext.domain.analytics.usage import Dimension, Grain, UsageQuery
from aicontext.domain.context import Kind, Level
from aicontext.domain.requests import Change
from aicontext.domain.usage import Billed, Prices, Quote, dollars, micro_cents
from aicontext.engine.estimate.catalogue import model
from aicontext.ports.stores.events import Events
from aicontext.services.analytics.accounting.focus import charges
from aicontext.services.analytics.accounting.reconciling import reconcile
from aicontext.services.analytics.accounting.repricing import Repriced
from aicontext.services.analytics.accounting.repricing import reprice as repriced

NOON, DAY = 1_795_003_200.0, 86_400
BILLED = Billed(100, 15_000, 4_900, 0, 300)
OLD = Quote(Prices(1, 2, 0.1, 1.25, 2), "anthropic", "claude-sonnet-4-5", source="an older one")
CALL = replace(
    ANY,
    id="call",
    at=NOON,
    model="claude-sonnet-4-5-20250929",
    direct_tokens=50_000,
    sent_tokens=20_000,
    billed=BILLED,
    cost=BILLED.cost(OLD.prices),
    direct_cost=BILLED.cost(OLD.prices) + 0.03,
    changes=(Change(3, "Bash", Kind.TEST, Level.CONDENSED, 30_000, 1_000, "counted"),),
    quote=OLD,
)
NOW = model("claude-sonnet-4-5").quote(BILLED.all_input, NOON)
assert NOW is not None
RIGHT = replace(CALL, id="right", quote=NOW, cost=BILLED.cost(NOW.prices), direct_cost=1.0)
TOLD = replace(CALL, id="told", quote=None)
UNPRICED = replace(CALL, id="unpriced", quote=None, cost=None, direct_cost=None, at=NOON + DAY)
EVENTS = [CALL, RIGHT, TOLD, UNPRICED, replace(CALL, id="later", at=NOON + DAY + 1)]


def reprice(events: Events, *, unpriced: bool = False, keep: bool = True) -> Repriced:
    return repriced(events, float("-inf"), float("inf"), unpriced=unpriced, keep=keep)


def test_a_newer_price_corrects_sums_and_ledger_and_changes_no_event(
    make: Callable[[], Events],
) -> None:
    events = make()
    events.append(EVENTS)
    by_day = UsageQuery(by=(Dimension.OUTCOME,), grain=Grain.DAY)
    blocks = events.optimizations(UsageQuery())
    before = events.usage(UsageQuery())[0].sums
    planned = reprice(events, keep=False)
    assert list(events.since(0, raw=True)) == EVENTS
    done = reprice(events)
    assert done == planned
    assert (done.calls, done.corrected, done.told, done.unpriced) == (5, 2, 1, 1)
    (change,) = done.models.values()
    assert change.cost_before == 2 * micro_cents(CALL.cost or 0)
    assert change.cost_after == 2 * micro_cents(RIGHT.cost or 0)
    assert change.direct_after - change.cost_after == 2 * micro_cents(0.09)  # Input: 1 -> 3.
    raw = list(events.since(0, raw=True))
    assert [one for one in raw if one.correction is None] == EVENTS
    assert len(raw) == len(EVENTS) + 4
    calls = {one.id: one for one in events.since(0)}
    assert calls["right"] == RIGHT
    assert (calls["call"].quote, calls["call"].cost) == (NOW, RIGHT.cost)
    assert calls["call"].changes == CALL.changes
    after = events.usage(UsageQuery())[0].sums
    money = {"cost": after.cost, "direct_cost": after.direct_cost}
    assert replace(before, **money) == after
    assert after.cost == before.cost + change.cost_after - change.cost_before
    assert after.direct_cost == before.direct_cost + change.direct_after - change.direct_before
    assert events.usage(by_day) == events.usage(by_day, raw=True)
    assert [row.sums.calls for row in events.usage(by_day)] == [3, 2]
    assert events.optimizations(UsageQuery()) == blocks
    assert reprice(events).corrected == 0
    due = dollars(after.cost)
    assert sum(float(one.BilledCost) for one in charges(events.since(0))) == pytest.approx(due)
    assert reprice(events, unpriced=True).corrected == 1
    assert events.usage(UsageQuery())[0].sums.priced == 5
    ledger = events.ledger(UsageQuery())
    assert events.ledger(UsageQuery(), raw=True) == ledger
    events.rebuild(NOON, NOON + 2 * DAY)
    assert events.ledger(UsageQuery()) == ledger
    proof = reconcile(events)
    assert (proof.agrees, proof.calls, proof.owed["unpriced"].tokens) == (True, 5, 0)
    assert proof.owed["anthropic"].micro_cents == 4 * micro_cents(RIGHT.cost or 0)


def test_what_is_corrected_twice_or_cut_short_is_one_call(tmp_path: Path) -> None:
    events = SqliteEvents(tmp_path / "u.db")
    events.append([CALL])
    dear = replace(OLD, prices=Prices(9, 9, 9, 9, 9))
    first = corrected(CALL, dear, BILLED.cost(dear.prices), 1.0)
    events.append(first[:1])
    assert reconcile(events).unbalanced == ["call"]
    events.append(first)
    (call,) = events.since(0)
    assert (call.id, call.quote) == ("call", dear)
    assert reprice(events).corrected == 1
    (call,) = events.since(0)
    assert (call.quote, call.correction and call.correction.revision) == (NOW, 2)
    assert reconcile(events).agrees
    assert events.usage(UsageQuery())[0].sums.cost == micro_cents(RIGHT.cost or 0)


def test_a_call_that_is_gone_is_not_brought_back_by_its_corrections(tmp_path: Path) -> None:
    """It may be kept for less long than they are."""
    events = SqliteEvents(tmp_path / "u.db")
    events.append(corrected(CALL, OLD, CALL.cost or 0, 0.5))
    assert list(events.since(0)) == []
    assert events.usage(UsageQuery())[0].sums.calls == 0
    assert reconcile(events).agrees


def test_an_altered_correction_is_found(tmp_path: Path) -> None:
    events = SqliteEvents(tmp_path / "u.db")
    events.append([CALL])
    reversal, again = corrected(CALL, OLD, CALL.cost or 0, 0.5)
    wrong = replace(reversal, quote=None, cost=0.5)
    events.append([wrong, again])
    assert reconcile(events).unbalanced == ["call"]


def test_many_calls_of_one_moment(tmp_path: Path) -> None:
    events = SqliteEvents(tmp_path / "u.db")
    events.append([replace(CALL, id=f"call {n}") for n in range(1200)])
    assert reprice(events).corrected == 1200
    assert reprice(events).corrected == 0
    assert len(list(events.since(0))) == 1200
    assert reconcile(events).agrees
