"""What only ClickHouse can get wrong: writes cut short, writers at once, its folder, its schema."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from servers.clickhouse import ClickHouse
from usage_events import CALL, EVENTS, QUERIES

from aicontext import settings
from aicontext.adapters.events.clickhouse import schema
from aicontext.adapters.events.clickhouse.connection import connected
from aicontext.adapters.events.clickhouse.store import ClickHouseEvents
from aicontext.domain.analytics.corrections import corrected
from aicontext.domain.analytics.ledger import balances
from aicontext.domain.analytics.usage import (
    Dimension,
    Grain,
    UsageQuery,
    optimized,
    summed,
)
from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.usage import Prices, Quote

Store = tuple[str, ClickHouseEvents]
KEPT = {"AICONTEXT_EVENTS": "chdb:///somewhere"}


class Died(BaseException):
    """The process did, between two writes."""


@pytest.fixture
def store(clickhouse: dict[str, Store], engine: ClickHouse) -> Iterator[ClickHouseEvents]:
    database, kept = clickhouse["in_process"]
    kept.marks()  # It is open.
    yield kept
    engine.empty(database)


def dies_at(store: ClickHouseEvents, writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    client = store._open
    assert client is not None
    insert, left = client.insert, iter(range(writes))

    def until(*args: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise Died
        return insert(*args, **options)

    monkeypatch.setattr(client, "insert", until)


STEPS = st.lists(
    st.tuples(
        st.lists(EVENTS, min_size=1, max_size=5),
        st.none() | st.integers(0, 3),  # At which write it dies.
        st.booleans(),  # Whether it is tried again.
        st.booleans(),  # Whether it is asked meanwhile.
    ),
    min_size=1,
    max_size=4,
)


@trying(max_examples=5, deadline=None, phases=[Phase.generate])
@given(STEPS, st.lists(QUERIES, min_size=1, max_size=2))
def test_sums_are_those_of_the_events_whatever_was_cut_short(
    clickhouse: dict[str, Store],
    engine: ClickHouse,
    steps: list[tuple[list[UsageEvent], int | None, bool, bool]],
    queries: list[UsageQuery],
) -> None:
    database, _ = clickhouse["in_process"]
    engine.empty(database)
    store = ClickHouseEvents(engine.in_process(database))
    acknowledged: set[str] = set()
    told: dict[str, object] = {}
    for events, dies, again, asked in steps:
        store.marks()
        with pytest.MonkeyPatch.context() as patch:
            if dies is not None:
                dies_at(store, dies, patch)
            try:
                store.append(events, {"read": "to here"})
            except Died:
                store = ClickHouseEvents(engine.in_process(database))
                if again:
                    store.append(events)
                    acknowledged |= {event.id for event in events}
            else:
                acknowledged |= {event.id for event in events}
        if asked:
            version, answer = store.version(UsageQuery()), store.usage(UsageQuery())
            assert not version or told.setdefault(version, answer) == answer
    kept = list(store.since(float("-inf")))
    assert len({event.id for event in kept}) == len(kept)
    assert acknowledged <= {event.id for event in kept}
    for query in queries:
        for raw in (True, False):
            assert store.usage(query, raw=raw) == summed(kept, query)
            assert store.optimizations(query, raw=raw) == optimized(kept, query)
            assert store.ledger(query, raw=raw) == balances(kept, query)
    store.close()
    engine.empty(database)


def test_a_version_is_that_of_the_days_asked_for_and_none_while_one_is_written(
    store: ClickHouseEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, whole = UsageQuery(until=CALL.at), UsageQuery()
    store.append([replace(CALL, id="early", at=CALL.at - 3 * 86400)])
    early, every = store.version(before), store.version(whole)
    client = store._open
    assert client is not None
    insert, seen = client.insert, []

    def looked(table: str, *args: Any, **options: Any) -> Any:
        seen.extend([store.version(whole)] if table == "usage_events" else [])
        return insert(table, *args, **options)

    monkeypatch.setattr(client, "insert", looked)
    store.append([replace(CALL, at=CALL.at + 86400)])
    assert seen == [""]
    assert store.version(before) == early
    assert store.version(whole) not in (every, "")


def test_two_that_write_the_same_at_once_count_it_once(
    store: ClickHouseEvents,
    clickhouse: dict[str, Store],
    engine: ClickHouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = ClickHouseEvents(engine.in_process(clickhouse["in_process"][0]))
    later = replace(CALL, id="later", at=CALL.at + 86400)
    client = store._open
    assert client is not None
    insert = client.insert

    def after_the_other(table: str, *args: Any, **options: Any) -> Any:
        if table == "usage_events":
            other.append([CALL, later])
            other.usage(UsageQuery())
        return insert(table, *args, **options)

    monkeypatch.setattr(client, "insert", after_the_other)
    store.append([CALL, later])
    for raw in (True, False):
        (row,) = store.usage(UsageQuery(), raw=raw)
        assert row.sums.calls == 2
        assert other.usage(UsageQuery(), raw=raw) == [row]
    assert [event.id for event in store.since(0)] == [CALL.id, "later"]
    other.close()


def test_days_are_summed_up_once_and_anew_when_something_comes_late(
    store: ClickHouseEvents, clickhouse: dict[str, Store], engine: ClickHouse
) -> None:
    def runs() -> list[bytes]:
        asked = b"SELECT day, max(run) FROM summed_days GROUP BY day ORDER BY day"
        return engine.ask(asked, clickhouse["in_process"][0])[0].split(b"\n")

    days = [replace(CALL, id=str(day), at=CALL.at + 86400 * day) for day in range(3)]
    store.append(days)
    query = UsageQuery(by=(Dimension.TEAM,), grain=Grain.DAY)
    assert store.usage(query) == summed(days, query)
    first = runs()
    assert [run.split(b"\t")[0] for run in first[:-1]] == [b"20512", b"20513"]
    store.usage(query)
    assert runs() == first
    days.append(replace(CALL, id="late", at=CALL.at + 1))
    store.append(days)
    assert store.usage(query) == summed(days, query)
    assert runs()[0] != first[0]
    assert runs()[1:] == first[1:]


def test_events_that_go_sooner_lie_in_partitions_of_their_own(
    clickhouse: dict[str, Store], engine: ClickHouse, store: ClickHouseEvents
) -> None:
    database, _ = clickhouse["in_process"]
    days = dict(settings.load({"AICONTEXT_KEEP_DAYS": "*=30, evil=65535"}, KEPT).keep_days)
    short = ClickHouseEvents(engine.in_process(database), keep_days=days)
    old = replace(CALL, id="old", at=0.0)
    kept = replace(old, id="kept", owner=replace(CALL.owner, organisation="evil"))
    short.append([old, kept])
    engine.ask(b"OPTIMIZE TABLE usage_events FINAL", database)
    assert list(store.since(-1.0)) == [kept]
    assert [row.keys for row in store.usage(UsageQuery(by=(Dimension.ORGANISATION,)))] == [
        ("evil",)
    ]
    short.close()


BY_KEY = UsageQuery(by=(Dimension.KEY,), grain=Grain.DAY)


def test_days_summed_up_before_keys_were_told_apart_have_none(engine: ClickHouse) -> None:
    store = ClickHouseEvents(engine.in_process(engine.database()))
    store.append([replace(CALL, key="")])
    store.append([replace(CALL, id="2", at=CALL.at + 86_400, key="")])
    store.usage(BY_KEY)
    client = store._open
    assert client is not None
    assert schema.downgrade(client) == "0004_keys"
    schema.upgrade(client)
    store.append([replace(CALL, id="3", at=CALL.at + 86_400, key="k2")])
    found = [(row.keys, row.sums.calls) for row in store.usage(BY_KEY)]
    assert found == [(("",), 1), (("",), 1), (("k2",), 1)]
    only = replace(BY_KEY, by=(), where={Dimension.KEY: ["k2"]})
    assert [row.sums.calls for row in store.usage(only)] == [1]
    store.close()


def test_every_step_can_be_taken_back_and_taken_again(engine: ClickHouse) -> None:
    database = engine.database()
    store = ClickHouseEvents(engine.in_process(database))
    store.append([CALL])
    client = store._open
    assert client is not None
    assert schema.upgrade(client) == []
    price = Quote(Prices(1, 1, 1, 1, 1), "a", "m")
    store.append(corrected(CALL, price, 0.0, 0.0)[:1])
    assert schema.downgrade(client) == "0004_keys"
    assert schema.downgrade(client) == "0003_corrected"
    assert client.query("SELECT id FROM usage_events").result_rows == [(CALL.id,)]
    while client.query("SELECT count() FROM schema_steps").result_rows != [(0,)]:
        schema.downgrade(client)
    left = client.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
    assert left.result_rows == [("schema_steps",)]
    assert schema.upgrade(client) == ["0001_first", "0002_packed", "0003_corrected", "0004_keys"]
    assert list(store.since(0)) == []
    store.append([CALL])
    assert [row.keys for row in store.usage(BY_KEY)] == [("k1",)]
    client.insert("schema_steps", [(9999, "later")], column_names=["number", "name"])
    with pytest.raises(Unavailable, match=r"newer release.*Install that release"):
        ClickHouseEvents(engine.over_http(database)).append([CALL])
    store.close()


def test_an_upgrade_that_was_cut_short_goes_on(
    engine: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each statement once: steps are no transactions, so each can be taken again."""
    client = connected(engine.in_process(engine.database()))
    command, left = client.command, [0]

    def cut(*given: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Died
        return command(*given, **more)

    monkeypatch.setattr(client, "command", cut)
    for allowed in count():
        left[0] = allowed
        with suppress(Died):
            schema.upgrade(client)
            break
    assert allowed > 10
    assert schema.upgrade(client) == []
    found = client.query("SELECT number FROM schema_steps ORDER BY number").result_rows
    assert found == [(1,), (2,), (3,), (4,)]
    client.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("clickhouse://127.0.0.1:1/usage", "Check its address"),
        ("clickhouse://u:secret@127.0.0.1:{port}/nowhere", "Create the database"),
    ],
)
def test_a_server_that_cannot_be_used_is_a_clear_error(
    engine: ClickHouse, address: str, said: str
) -> None:
    with pytest.raises(Unavailable, match=said) as caught:
        ClickHouseEvents(address.format(port=engine.port)).append([CALL])
    assert "secret" not in str(caught.value)


WRITER = """
import resource, signal, sys
from dataclasses import replace
from aicontext.adapters.events.clickhouse.store import ClickHouseEvents
from aicontext.domain.analytics.ledger import balances
from aicontext.domain.analytics.usage import Grain, UsageQuery
from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
plain = UsageEvent("", 0.0, Caller(), "p", "u", "m", 200, Outcome.UNCHANGED)
kept = ClickHouseEvents(sys.argv[1])
try:
    held = [event.id for event in kept.since(0)]
    by_day = UsageQuery(grain=Grain.DAY)
    assert kept.usage(by_day) == kept.usage(by_day, raw=True)
except Unavailable as error:
    print(error)
    raise SystemExit
print(*held, flush=True)
for i in range(int(sys.argv[2])):
    names = [f"{len(held)}.{i}.{j}" for j in range(1 + i % 7)]
    kept.append([replace(plain, id=name, at=86400.0 * i) for name in names])
    if i % 3 == 0:
        kept.usage(UsageQuery())
    print(*names, flush=True)
if sys.argv[3:] == ["full"]:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
    try:
        kept.append([replace(plain, id=str(i), why=str(i) * 20) for i in range(9000)])
    except Unavailable as error:
        print(error)
    assert [event.id for event in kept.since(0)] == held
"""


def _running(folder: Path, writes: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, f"chdb://{folder}", str(writes), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def test_what_was_acknowledged_survives_kill_9_and_a_full_disk_and_damage_is_told(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "events"
    with _running(folder, 10_000) as run:
        assert run.stdout
        acknowledged = [name for _ in range(3) for name in run.stdout.readline().split()]
        assert "in use by another process" in _running(folder, 0).communicate()[0]
        time.sleep(random.Random(7).uniform(0, 0.5))
        run.send_signal(signal.SIGKILL)
        acknowledged += run.stdout.read().split()
    found, full = _running(folder, 0, "full").communicate()[0].splitlines()
    assert "free some space" in full
    held = found.split()
    assert set(acknowledged) <= set(held)
    assert len(held) == len(set(held))
    for file in (folder / "store").rglob("data.bin"):
        file.write_bytes(b"x" * file.stat().st_size)
    assert "damaged" in _running(folder, 0).communicate()[0]
