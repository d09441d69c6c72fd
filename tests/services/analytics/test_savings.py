"""Sums over events, and what they must not hide."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.context import Kind, Level
from aicontext.domain.events import By, UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome, Rewriting
from aicontext.domain.usage import Billed
from aicontext.services.analytics.savings import REASONS, Done, Rewritten, savings

PLAIN = UsageEvent("0", 1e9, Caller(), "anthropic", "anthropic", "m", 200, Outcome.UNCHANGED)
SMALLER = replace(
    PLAIN,
    outcome=Outcome.OPTIMIZED,
    direct_tokens=1000,
    sent_tokens=400,
    billed=Billed(100, 200, 50, 50, 10),
    predicted_read=150,
    cost=0.25,
    direct_cost=1.0,
    added_ms=2.0,
    changes=(Change(0, "Bash", Kind.LOG, Level.CONDENSED, 700, 100, ""),),
)


def of(*events: UsageEvent, by: By = By.SESSION):  # type: ignore[no-untyped-def]
    return savings(events, by)


def test_nothing_is_an_honest_zero() -> None:
    found = of()
    assert (found.total.calls, found.total.saved, found.total.saved_share) == (0, 0, 0)
    assert (found.rows, found.outcomes, found.done, found.holdout) == ({}, [], {}, None)
    assert found.total.agreement is None
    json.dumps(found.as_dict())


def test_tokens_money_and_caches_are_summed() -> None:
    total = of(SMALLER, replace(SMALLER, direct_tokens=2000, cost=0.75)).total
    assert (total.direct_tokens, total.sent_tokens, total.saved_tokens) == (3000, 800, 2200)
    assert (total.direct_cost, total.cost, total.saved, total.saved_share) == (2, 1, 1, 0.5)
    assert total.billed == Billed(200, 400, 100, 100, 20)


def test_dearer_is_told_as_such() -> None:
    assert of(replace(SMALLER, cost=1.5)).total.saved == -0.5


def test_a_call_counts_as_money_only_where_both_prices_are_known() -> None:
    total = of(SMALLER, replace(SMALLER, direct_cost=None), replace(SMALLER, cost=None)).total
    assert (total.calls, total.priced, total.cost, total.direct_cost) == (3, 1, 0.25, 1.0)


@pytest.mark.parametrize(
    ("predicted", "read", "agreement", "missed"),
    [(100, 100, 1.0, 0), (100, 50, 0.5, 0), (50, 100, 0.5, 0), (100, 0, 0.0, 1), (0, 0, None, 0)],
)
def test_the_ledgers_forecast_is_scored(
    predicted: int, read: int, agreement: float | None, missed: int
) -> None:
    event = replace(SMALLER, predicted_read=predicted, billed=Billed(cache_read=read))
    total = of(event, replace(event, billed=None)).total
    assert (total.agreement, total.missed, total.reported) == (agreement, missed, 1)


def test_failures_are_counted() -> None:
    assert of(*(replace(PLAIN, status=s) for s in (0, 200, 304, 400, 429, 529))).total.failed == 4


def test_what_was_done_is_summed_by_kind_and_level_the_most_first() -> None:
    lossless = Change(1, "Read", Kind.JSON, Level.LOSSLESS, 60, 50, "")
    found = of(replace(SMALLER, changes=(lossless, *SMALLER.changes)), SMALLER)
    assert list(found.done.items()) == [
        ((Kind.LOG, Level.CONDENSED), Done(2, 1400, 200)),
        ((Kind.JSON, Level.LOSSLESS), Done(1, 60, 50)),
    ]


def test_rewritings_are_summed_by_reason() -> None:
    lapsed = replace(SMALLER, rewriting=Rewriting("lapsed", 500, 9.0, 5.0, 1.0))
    repays = replace(SMALLER, rewriting=Rewriting("repays", 70, 9.0, 5.0, 1.0))
    found = of(SMALLER, lapsed, repays, lapsed)
    assert found.rewritten == {"lapsed": Rewritten(2, 1000), "repays": Rewritten(1, 70)}


def test_outcomes_keep_their_reasons_and_no_call_is_left_out() -> None:
    passed = [replace(PLAIN, outcome=Outcome.PASSED, why=f"reason {i}") for i in range(2 * REASONS)]
    found = of(PLAIN, PLAIN, *passed)
    assert found.outcomes[0] == ((Outcome.PASSED, "other reasons"), REASONS + 1)
    assert found.outcomes[1] == ((Outcome.UNCHANGED, ""), 2)
    assert sum(calls for _, calls in found.outcomes) == 2 * REASONS + 2


def test_rows_by_everything() -> None:
    events = [
        replace(PLAIN, at=1e9, caller=Caller("claude-code", "a", "shop"), model="x"),
        replace(SMALLER, at=1e9 + 86400, caller=Caller("codex-cli", "b", "shop"), model="y"),
        replace(PLAIN, at=1e9 + 86401, caller=Caller("codex-cli", "a"), model="x"),
    ]
    keys = {by: list(savings(events, by).rows) for by in By}
    assert keys[By.SESSION] == [("codex-cli", "a"), ("codex-cli", "b"), ("claude-code", "a")]
    assert keys[By.TOOL] == [("codex-cli",), ("claude-code",)]
    assert keys[By.MODEL] == [("y",), ("x",)]
    assert keys[By.PROJECT] == [("shop",), ("",)]
    day = [datetime.fromtimestamp(1e9 + i * 86400).date().isoformat() for i in (1, 0)]
    assert keys[By.DAY] == [(day[0],), (day[1],)]
    for by in By:
        records = savings(events, by).flat_rows()
        assert sum(int(str(record["calls"])) for record in records) == 3


def test_added_latency_within_its_promise() -> None:
    total = of(*(replace(PLAIN, added_ms=float(i)) for i in range(1001))).total
    assert total.added.quantile(0.5) == pytest.approx(500, rel=0.026)
    assert total.added.quantile(0.95) == pytest.approx(950, rel=0.026)
    assert total.added.quantile(0.0) == 0


def _sessions(
    count: int, scale: float, outcome: Outcome, name: str, calls: int = 4
) -> Iterable[UsageEvent]:
    for i in range(count):
        for turn in range(calls):
            cost = scale * (1 + (i * 7919 % 13) / 13)
            yield replace(
                PLAIN,
                id=f"{name}{i}.{turn}",
                at=1e9 + i,
                caller=Caller("t", f"{name}{i}"),
                outcome=outcome,
                cost=cost,
                direct_cost=cost,
            )


def _in_order(*streams: Iterable[UsageEvent]) -> list[UsageEvent]:
    first = replace(PLAIN, id="first", at=0.0, outcome=Outcome.CONTROL)
    return [first, *sorted((e for s in streams for e in s), key=lambda e: e.at)]


def test_a_holdout_finds_what_was_saved_and_its_interval_holds_it() -> None:
    control = _sessions(60, 1.0, Outcome.CONTROL, "c")
    treated = _sessions(300, 0.6, Outcome.OPTIMIZED, "t")
    found = savings(_in_order(control, treated)).holdout
    assert found
    assert (found.treated.sessions, found.control.sessions, found.left_out) == (300, 60, 0)
    assert found.share
    assert found.share.low < 0.4 < found.share.high
    assert found.share.high - found.share.low < 0.2
    assert found.per_session
    assert found.per_session.low > 0


def test_where_nothing_is_saved_the_interval_says_so() -> None:
    control = _sessions(40, 1.0, Outcome.CONTROL, "c")
    treated = _sessions(40, 1.0, Outcome.OPTIMIZED, "t")
    found = savings(_in_order(control, treated)).holdout
    assert found
    assert found.share
    assert found.share.low <= 0 <= found.share.high


def test_extra_turns_are_charged_to_us() -> None:
    """Half the price a call, but three times the calls: dearer by the session."""
    control = _sessions(40, 1.0, Outcome.CONTROL, "c", calls=4)
    treated = _sessions(80, 0.5, Outcome.OPTIMIZED, "t", calls=12)
    found = savings(_in_order(control, treated)).holdout
    assert found
    assert found.per_call
    assert found.per_call.low > 0
    assert found.per_session
    assert found.per_session.high < 0
    assert found.extra_calls
    assert found.extra_calls.expected == 8


def test_few_sessions_make_no_statement() -> None:
    control = _sessions(19, 1.0, Outcome.CONTROL, "c")
    treated = _sessions(300, 0.6, Outcome.OPTIMIZED, "t")
    found = savings(_in_order(control, treated)).holdout
    assert found
    assert found.share is None


def test_sessions_that_chance_did_not_assign_are_left_out() -> None:
    before = [replace(e, at=-1.0) for e in _sessions(50, 9.0, Outcome.OPTIMIZED, "before")]
    mixed = [
        replace(e, outcome=Outcome.OPTIMIZED if e.id.endswith(".0") else Outcome.CONTROL)
        for e in _sessions(5, 9.0, Outcome.CONTROL, "mixed")
    ]
    unpriced = [
        replace(e, cost=None, billed=Billed(1)) for e in _sessions(3, 1.0, Outcome.OPTIMIZED, "u")
    ]
    control = _sessions(30, 1.0, Outcome.CONTROL, "c")
    counted = _sessions(40, 5.0, Outcome.COUNTED, "n")
    assert savings(counted).holdout is None
    found = savings([*before, *_in_order(mixed, unpriced, control, counted)]).holdout
    assert found
    assert (found.treated.sessions, found.control.sessions, found.left_out) == (0, 30, 8)


@given(st.lists(st.tuples(st.sampled_from(list(Outcome)), st.integers(0, 5), st.floats(0, 9))))
def test_every_call_is_in_every_sum(calls: list[tuple[Outcome, int, float]]) -> None:
    events = [
        replace(
            SMALLER, id=str(i), at=float(i), outcome=outcome, caller=Caller("", str(s)), cost=cost
        )
        for i, (outcome, s, cost) in enumerate(calls)
    ]
    found = savings(events)
    imported = sum(outcome is Outcome.IMPORTED for outcome, _, _ in calls)
    for total, rows, count in (
        (found.total, found.rows, len(calls) - imported),
        (found.measured, found.measured_rows, imported),
    ):
        assert total.calls == count
        assert sum(row.calls for row in rows.values()) == count
        assert sum(row.cost for row in rows.values()) == pytest.approx(total.cost)
    assert sum(count for _, count in found.outcomes) == len(calls) - imported
    json.dumps(found.as_dict())
