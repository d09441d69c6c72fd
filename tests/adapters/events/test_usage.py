"""What events add up to, the same in every store, summed anew or kept summed up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usage_events import CALL, EVENTS, NOON, QUERIES

from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.analytics.usage import (
    Dimension,
    Grain,
    OptimizationRow,
    UsageQuery,
    UsageRow,
    UsageSums,
)
from aicontext.domain.context import Kind, Level
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed, micro_cents
from aicontext.ports.stores.events import Events

FAILED = replace(CALL, id="2", at=NOON + 3599.999, status=529, billed=None, cost=None)
IMPORTED = replace(
    CALL, id="3", at=NOON + 13 * 3600, caller=Caller("codex"), outcome=Outcome.IMPORTED, cost=2.0
)
OTHERS = replace(CALL, id="4", owner=Owner("evil", "", "ann"), key="k2")


def sums(*rows: UsageRow) -> list[tuple[int | None, tuple[str, ...], int]]:
    return [(row.at, row.keys, row.sums.calls) for row in rows]


@pytest.fixture(params=[False, True], ids=["kept", "raw"])
def raw(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_every_sum_is_of_what_it_says(make: Callable[[], Events], raw: bool) -> None:
    make().append([CALL, FAILED, CALL])
    make().append([IMPORTED, CALL])
    assert make().usage(UsageQuery(), raw=raw) == [
        UsageRow(
            None,
            (),
            UsageSums(
                calls=3,
                failed=1,
                direct_tokens=3000,
                sent_tokens=1200,
                reported=2,
                billed=Billed(2, 4, 6, 8, 10),
                predicted_read=14,
                priced=2,
                cost=200_000_003,
                direct_cost=100_000_000,
            ),
        )
    ]


def test_nothing_adds_up_to_nothing(make: Callable[[], Events], raw: bool) -> None:
    assert make().usage(UsageQuery(), raw=raw) == []
    make().append([CALL])
    nobody = UsageQuery(where={Dimension.USER: ()})
    assert make().usage(nobody, raw=raw) == []
    assert make().usage(UsageQuery(since=NOON, until=NOON), raw=raw) == []


def test_time_is_told_apart_in_utc(make: Callable[[], Events], raw: bool) -> None:
    make().append([IMPORTED, FAILED, CALL, replace(CALL, id="old", at=-0.5)])
    noon = int(NOON)
    grains = {grain: sums(*make().usage(UsageQuery(grain=grain), raw=raw)) for grain in Grain}
    assert grains == {
        Grain.HOUR: [(-3600, (), 1), (noon, (), 2), (noon + 13 * 3600, (), 1)],
        Grain.DAY: [(-86400, (), 1), (noon - 12 * 3600, (), 2), (noon + 12 * 3600, (), 1)],
        Grain.MONTH: [
            (-31 * 86400, (), 1),
            (int(datetime(2026, 2, 1, tzinfo=UTC).timestamp()), (), 2),
            (int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()), (), 1),
        ],
        Grain.WHOLE: [(None, (), 4)],
    }


def test_rows_are_told_apart_by_every_dimension(make: Callable[[], Events], raw: bool) -> None:
    make().append([CALL, OTHERS, IMPORTED])
    found = {one: sums(*make().usage(UsageQuery(by=(one,)), raw=raw)) for one in Dimension}
    assert found == {
        Dimension.ORGANISATION: [(None, ("acme",), 2), (None, ("evil",), 1)],
        Dimension.TEAM: [(None, ("",), 1), (None, ("payments",), 2)],
        Dimension.USER: [(None, ("ann",), 3)],
        Dimension.KEY: [(None, ("k1",), 2), (None, ("k2",), 1)],
        Dimension.PROJECT: [(None, ("",), 1), (None, ("shop",), 2)],
        Dimension.TOOL: [(None, ("claude-code",), 2), (None, ("codex",), 1)],
        Dimension.SESSION: [(None, ("",), 1), (None, ("s1",), 2)],
        Dimension.UPSTREAM: [(None, ("anthropic",), 3)],
        Dimension.MODEL: [(None, ("opus",), 3)],
        Dimension.OUTCOME: [(None, ("imported",), 1), (None, ("optimized",), 2)],
    }


def test_a_tenant_sees_its_own(make: Callable[[], Events], raw: bool) -> None:
    make().append([CALL, OTHERS, IMPORTED])
    mine = UsageQuery(by=(Dimension.TOOL, Dimension.USER), where={Dimension.ORGANISATION: ["evil"]})
    assert sums(*make().usage(mine, raw=raw)) == [(None, ("claude-code", "ann"), 1)]


def test_what_was_done_to_blocks_is_summed_up(make: Callable[[], Events], raw: bool) -> None:
    log = Change(3, "Bash", Kind.LOG, Level.CONDENSED, 900, 90, "counted", "0123456789ab")
    table = replace(log, kind=Kind.JSON, level=Level.LOSSLESS)
    make().append([replace(CALL, changes=(log, table, log)), OTHERS])
    make().append([replace(IMPORTED, changes=(log,))])
    by_tool = UsageQuery(by=(Dimension.TOOL,))
    assert make().optimizations(by_tool, raw=raw) == [
        OptimizationRow(None, ("claude-code",), Kind.JSON, Level.LOSSLESS, 1, 900, 90),
        OptimizationRow(None, ("claude-code",), Kind.LOG, Level.CONDENSED, 2, 1800, 180),
        OptimizationRow(None, ("codex",), Kind.LOG, Level.CONDENSED, 1, 900, 90),
    ]


def test_the_edges_of_a_span_are_exact(make: Callable[[], Events], raw: bool) -> None:
    edge = NOON + 3600
    make().append(
        [replace(CALL, id=str(at), at=at) for at in (edge - 1e-6, edge, edge + 1800, edge + 7200)]
    )
    for since, until, calls in (
        (NOON, edge, 1),
        (edge, edge + 1800, 1),
        (edge - 1e-6, edge + 1800.5, 3),
        (edge + 1, edge + 7200, 1),
        (edge + 1, edge + 7201, 2),
    ):
        (row,) = make().usage(UsageQuery(since=since, until=until), raw=raw)
        assert row.sums.calls == calls, (since, until)


@pytest.mark.parametrize(
    ("dollars", "units"),
    [
        (0.0, 0),
        (1.0, 10**8),
        (4e-9, 0),
        (5e-9, 1),
        (-5e-9, -1),
        (0.1 + 0.2, 3 * 10**7),
    ],
)
def test_money_is_rounded_to_micro_cents(dollars: float, units: int) -> None:
    assert micro_cents(dollars) == units


WRITES = st.lists(st.lists(EVENTS, max_size=6), max_size=4)
"""With duplicates, late and early ones, in any order."""


@settings(max_examples=60, deadline=None)
@given(WRITES, st.lists(QUERIES, min_size=1, max_size=4))
def test_all_stores_add_up_the_same(
    writes: list[list[UsageEvent]], queries: list[UsageQuery]
) -> None:
    with TemporaryDirectory() as folder:
        memory, sqlite = MemoryEvents(), SqliteEvents(Path(folder) / "usage.db", kept=True)
        for events in writes:
            memory.append(events)
            sqlite.append(events)
        for query in queries:
            expected = memory.usage(query)
            assert sqlite.usage(query, raw=True) == expected
            assert sqlite.usage(query) == expected
            done = memory.optimizations(query)
            assert sqlite.optimizations(query, raw=True) == done
            assert sqlite.optimizations(query) == done
        sqlite.close()
