"""What is damaged is found and named, and made anew from the events alone."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.context import Kind, Level
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed
from aicontext.engine.estimate.catalogue import model
from aicontext.services.analytics.accounting.reconciling import SHOWN, Amount, Difference, reconcile

NOON, DAY = 1_795_003_200, 86_400
MIDNIGHT = NOON - DAY // 2


def calls() -> list[UsageEvent]:
    """Of three days, by two organisations, and without a price each fifth."""
    found = []
    for i in range(30):
        name = "our/model" if i % 5 == 0 else ("claude-sonnet-4-5", "gpt-5")[i % 2]
        billed = Billed(i, 10 * i, 7, 0, 100 + i)
        quote = model(name).quote(billed.all_input, NOON)
        cost = billed.cost(quote.prices) if quote else None
        found.append(
            UsageEvent(
                id=f"call {i}",
                at=NOON + i * DAY / 10 + 0.5,
                caller=Caller("claude-code", f"s{i % 4}", "shop"),
                protocol="anthropic",
                upstream="anthropic",
                model=name,
                status=200,
                outcome=Outcome.OPTIMIZED,
                direct_tokens=100 + i,
                sent_tokens=50,
                billed=billed,
                cost=cost,
                direct_cost=cost and cost + 0.25,
                changes=(Change(1, "Bash", Kind.LOG, Level.CONDENSED, 90, 9, ""),),
                owner=Owner("acme" if i % 2 else "other", "", "ann"),
                quote=quote,
            )
        )
    return found


def damage(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as base:
        assert base.execute(statement).rowcount
        base.commit()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "usage.db"
    SqliteEvents(path).append(calls())
    return path


def test_what_agrees_is_said_to(path: Path) -> None:
    found = reconcile(SqliteEvents(path))
    assert (found.agrees, found.calls, found.days) == (True, 30, 4)
    plain = MemoryEvents()
    plain.append(calls())
    assert reconcile(plain) == found
    priced = [event for event in calls() if event.quote]
    assert found.owed.keys() == {"anthropic", "openai", "unpriced"}
    assert sum(one.micro_cents for one in found.owed.values()) == found.total.cost
    assert found.total.priced == len(priced)
    assert found.total.direct_cost - found.total.cost == len(priced) * 25_000_000
    tokens = sum(e.billed.all_input + e.billed.output for e in calls() if e.billed)
    assert sum(one.tokens for one in found.owed.values()) == tokens


@pytest.mark.parametrize(
    ("where", "statement"),
    [
        ("ledger", "UPDATE ledger SET tokens = tokens + 1 WHERE account = 'owed/openai'"),
        ("ledger", "DELETE FROM ledger WHERE organisation = 'acme'"),
        ("ledger", "INSERT INTO ledger VALUES (0, 'acme', 'owed/anthropic', -1, -1)"),
        ("sums by hour", "UPDATE usage_hours SET cost = cost + 1 WHERE model = 'gpt-5'"),
        ("sums by hour", "DELETE FROM usage_hours"),
        ("sums by day", "UPDATE usage_days SET user = 'eve'"),
        ("sums by session", "UPDATE usage_sessions SET output = 0"),
        ("sums of blocks", "UPDATE optimization_metrics SET blocks = blocks - 1"),
        (
            "sums of blocks",
            "UPDATE optimization_metrics SET at = at - 864000 WHERE at = ("
            "SELECT MIN(at) FROM optimization_metrics)",
        ),
    ],
)
def test_what_is_damaged_is_named_and_mended(path: Path, where: str, statement: str) -> None:
    before = list(SqliteEvents(path).since(0))
    damage(path, statement)
    found = reconcile(SqliteEvents(path))
    assert not found.agrees
    assert {one.where for one in found.differences} == {where}
    mended = reconcile(SqliteEvents(path), repair=True)
    assert mended.agrees
    assert mended.repaired > 0
    assert reconcile(SqliteEvents(path)).repaired == 0
    assert list(SqliteEvents(path).since(0)) == before


def test_a_difference_says_where_and_how_much(path: Path) -> None:
    damage(path, "UPDATE ledger SET micro_cents = micro_cents - 7 WHERE account = 'owed/openai'")
    before = reconcile(SqliteEvents(path), NOON - 5 * DAY, NOON - 2 * DAY)
    assert (before.days, before.differing) == (0, 0)
    first = reconcile(SqliteEvents(path), NOON, NOON + 1).differences[0]
    assert first.at == int(calls()[1].at) // 3600 * 3600
    assert first == Difference(
        "ledger",
        first.at,
        ("acme", "owed/openai"),
        "micro_cents",
        first.due,
        first.due - 7,
    )


def test_an_event_that_was_changed_is_found_and_never_mended(path: Path) -> None:
    damage(path, "UPDATE usage SET cost = cost + 0.001 WHERE id = 'call 3'")
    found = reconcile(SqliteEvents(path), repair=True)
    assert (found.agrees, found.unbalanced) == (False, ["call 3"])
    damage(path, "UPDATE usage SET output = output + 1 WHERE id = 'call 6'")
    assert reconcile(SqliteEvents(path), repair=True).unbalanced == ["call 3", "call 6"]


def test_an_event_that_is_gone_is_missed(path: Path) -> None:
    damage(path, "DELETE FROM usage WHERE id = 'call 7'")
    found = reconcile(SqliteEvents(path))
    assert found.calls == 29
    assert {one.where for one in found.differences} == {
        "ledger", "sums by hour", "sums by day", "sums by session", "sums of blocks",
    }  # fmt: skip


def test_many_differences_are_counted_and_a_few_kept(path: Path) -> None:
    damage(path, "DELETE FROM usage_hours")
    found = reconcile(SqliteEvents(path))
    assert found.differing > SHOWN == len(found.differences)


def test_amounts_add_up() -> None:
    assert Amount(1, 2) + Amount(3, 4) == Amount(4, 6)


def test_nothing_agrees_with_nothing(tmp_path: Path) -> None:
    found = reconcile(SqliteEvents(tmp_path / "usage.db"))
    assert (found.agrees, found.calls, found.days) == (True, 0, 0)
    assert not (tmp_path / "usage.db").exists()


def test_a_late_call_is_of_its_own_day(path: Path) -> None:
    late = replace(calls()[3], id="late", at=MIDNIGHT - 400 * DAY)
    SqliteEvents(path).append([late])
    assert reconcile(SqliteEvents(path)).days == 5
    assert reconcile(SqliteEvents(path), until=MIDNIGHT).calls == 1
