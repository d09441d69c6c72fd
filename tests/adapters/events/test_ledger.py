"""The ledger of every store, and what makes sums anew."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from old_events import of_schema

from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.analytics.ledger import Balance, entries
from aicontext.domain.analytics.usage import Dimension, Grain, UsageQuery
from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed, Prices, Quote, dollars
from aicontext.ports.stores.events import Events
from aicontext.services.analytics.accounting.reconciling import reconcile

QUOTE = Quote(Prices(3.0, 15.0, 0.3, 3.75, 6.0), "anthropic", "claude-sonnet-4-5")
BILLED = Billed(1, 2, 3, 4, 5)
NOON = 1_795_003_200
CALL = UsageEvent(
    id="1",
    at=NOON + 0.5,
    caller=Caller("claude-code", "s1", "shop"),
    protocol="anthropic",
    upstream="anthropic",
    model="claude-sonnet-4-5-20250929",
    status=200,
    outcome=Outcome.OPTIMIZED,
    direct_tokens=100,
    sent_tokens=10,
    billed=BILLED,
    cost=BILLED.cost(QUOTE.prices),
    direct_cost=0.001,
    owner=Owner("acme", "payments", "ann"),
    quote=QUOTE,
)
TOLD = replace(CALL, id="2", cost=0.5, direct_cost=0.5, quote=None, sent_tokens=100)
UNPRICED = replace(CALL, id="3", model="our", cost=None, direct_cost=None, quote=None)
UNREPORTED = replace(UNPRICED, id="4", billed=None, status=0, sent_tokens=100)
BY_HOUR = UsageQuery(by=(Dimension.ORGANISATION,), grain=Grain.HOUR)


def test_a_call_is_entered_by_price_line(make: Callable[[], Events]) -> None:
    make().append([CALL, CALL])
    head = "usage/anthropic/claude-sonnet-4-5"
    due = [
        ("avoided", 90, 88_615),
        ("owed/anthropic", -15, -11_385),
        ("saved", -90, -88_615),
        (f"{head}/cache_read", 2, 60),
        (f"{head}/cache_write", 3, 1_125),
        (f"{head}/cache_write_1h", 4, 2_400),
        (f"{head}/input", 1, 300),
        (f"{head}/output", 5, 7_500),
    ]
    found = make().ledger(BY_HOUR)
    assert found == [Balance(NOON, ("acme",), *one) for one in due]
    assert make().ledger(BY_HOUR, raw=True) == found


def test_what_has_no_price_of_ours_stands_apart(make: Callable[[], Events]) -> None:
    make().append([TOLD, UNPRICED, UNREPORTED])
    found = {one.account: (one.tokens, one.micro_cents) for one in make().ledger(UsageQuery())}
    model = "claude-sonnet-4-5-20250929"
    assert found.pop(f"told/{model}/cost") == (0, 50_000_000)
    assert found.pop("owed/as told") == (-15, -50_000_000)
    assert found.pop("owed/unpriced") == (-15, 0)
    assert found.pop("avoided") == (90, 0)
    assert found.pop("saved") == (-90, 0)
    assert {name.partition("/")[0] for name in found} == {"told", "unpriced"}
    assert not any(money for _, money in found.values())


COUNTS = st.integers(0, 2**33)
PRICES = st.integers(0, 10**9).map(dollars)
MONEY = st.none() | st.integers(0, 10**13).map(dollars)


@st.composite
def events(draw: st.DrawFn) -> UsageEvent:
    billed = draw(st.none() | st.builds(Billed, *[COUNTS] * 5))
    quote = Quote(draw(st.builds(Prices, *[PRICES] * 5)), draw(st.sampled_from(["a", "b"])), "m")
    priced = billed is not None and draw(st.booleans()) and billed.cost(quote.prices) < 1e6
    return replace(
        CALL,
        id=str(draw(st.integers(0, 30))),
        at=draw(st.floats(-1e5, 2e5)),
        owner=Owner(draw(st.sampled_from(["", "acme"]))),
        model=draw(st.sampled_from(["m", "é\ud800", "a/b/input", ""])),
        direct_tokens=draw(COUNTS),
        sent_tokens=draw(COUNTS),
        billed=billed,
        quote=quote if priced else None,
        cost=billed.cost(quote.prices) if priced and billed else draw(MONEY),
        direct_cost=draw(MONEY),
    )


@given(event=events())
def test_the_entries_of_a_call_add_up_to_nothing(event: UsageEvent) -> None:
    found = list(entries(event))
    assert sum(one.tokens for one in found) == sum(one.micro_cents for one in found) == 0
    assert len({one.account for one in found}) == len(found)


@settings(max_examples=40)
@given(held=st.lists(events(), max_size=12), cut=st.integers(0, 12))
def test_every_store_keeps_the_same_ledger(held: list[UsageEvent], cut: int) -> None:
    clean = [replace(one, model=one.model.replace("\ud800", "?")) for one in held]
    with TemporaryDirectory() as folder:
        kept, plain = SqliteEvents(Path(folder) / "usage.db"), MemoryEvents()
        kept.append(held[:cut])
        kept.append(held[cut:])
        plain.append(clean)
        for query in (BY_HOUR, UsageQuery(by=(Dimension.MODEL,)), UsageQuery(since=0, until=5e4)):
            due = plain.ledger(query)
            assert kept.ledger(query) == due
            assert kept.ledger(query, raw=True) == due
            assert sum(one.tokens for one in due) == sum(one.micro_cents for one in due) == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ledger SET micro_cents = micro_cents + 1 WHERE account LIKE '%input'",
        "DELETE FROM ledger",
        "DELETE FROM usage_sessions",
        "UPDATE usage_hours SET output = output - 1",
        "UPDATE usage_days SET cost = 0",
        "UPDATE optimization_metrics SET blocks = 9",
    ],
)
def test_what_is_kept_is_made_anew_from_the_events(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "usage.db"
    SqliteEvents(path).append([CALL, TOLD, replace(CALL, id="next", at=NOON + 86_400)])
    with closing(sqlite3.connect(path)) as base:
        before = list(base.iterdump())
        base.execute(damage)
        base.commit()
    SqliteEvents(path).rebuild(NOON, NOON + 86_400 + 1)
    with closing(sqlite3.connect(path)) as base:
        assert list(base.iterdump()) == before


def test_a_record_without_a_ledger_is_given_one(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    SqliteEvents(path).append([CALL, TOLD])
    due = SqliteEvents(path).ledger(BY_HOUR)
    of_schema(7, path)
    SqliteEvents(path).append([])
    assert SqliteEvents(path).ledger(BY_HOUR) == due


def test_a_cost_that_its_price_does_not_make_is_refused(make: Callable[[], Events]) -> None:
    for wrong in (
        replace(CALL, cost=0.5),
        replace(CALL, billed=Billed(1)),
        replace(CALL, billed=None),
        replace(CALL, cost=None),
    ):
        with pytest.raises(InvalidInput, match="its price"):
            make().append([wrong])


def test_events_sums_and_ledger_of_every_store_agree(make: Callable[[], Events]) -> None:
    make().append([CALL, TOLD, UNPRICED, UNREPORTED])
    found = reconcile(make())
    assert (found.agrees, found.calls, found.days) == (True, 4, 1)
    assert found.owed["anthropic"].micro_cents == 11_385
