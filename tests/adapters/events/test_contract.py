"""One suite over every store of usage events."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from old_events import of_schema

from aicontext.adapters.events.sqlite import PAGE, SCHEMA, SqliteEvents
from aicontext.domain.analytics.usage import Dimension, Grain, UsageQuery
from aicontext.domain.context import Kind, Level
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.events import Correction, HookEvent, Moment, UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome, Rewriting
from aicontext.domain.tenancy.owner import NOBODY, Owner
from aicontext.domain.usage import Billed, Prices, Quote, Tier
from aicontext.ports.stores.events import Events

PLAIN = UsageEvent(
    "0", 0.0, Caller(), "anthropic", "anthropic", "m", 200, Outcome.UNCHANGED, direct_tokens=5
)
FULL = UsageEvent(
    id="full",
    at=1700000000.25,
    caller=Caller("claude-code", "a\0b é 🜁", "shop", local=False),
    protocol="openai-chat",
    upstream="openai",
    model="gpt-5",
    status=529,
    outcome=Outcome.OPTIMIZED,
    why="it was long",
    direct_tokens=100_000,
    sent_tokens=40_000,
    billed=Billed(1, 2, 3, 4, 5),
    predicted_read=7,
    cost=0.00006025,
    direct_cost=0.5,
    added_ms=1.5,
    first_ms=300.0,
    total_ms=2000.0,
    changes=(
        Change(3, "Bash", Kind.LOG, Level.CONDENSED, 900, 90, "counted", "0123456789ab"),
        Change(5, "", Kind.JSON, Level.LOSSLESS, 10, 9, ""),
    ),
    rewriting=Rewriting("lapsed", 50_000, 1e5, 5e4, 12.5),
    owner=Owner("acme", "payments", "ann"),
    quote=Quote(
        Prices(1.25, 10.0, 0.125, 1.25, 1.25),
        "openai",
        "gpt-5",
        Tier.FLEX,
        272_000,
        "2026-08-21",
        "genai-prices 0.2.3, 2026-11-22",
        "us",
    ),
    key="0af1",
)

HOOK = HookEvent(
    id="hook",
    at=1700000001.5,
    caller=Caller("claude-code", "s", "shop", local=True),
    moment=Moment.AFTER_TOOL,
    outcome=Outcome.OPTIMIZED,
    source="Bash",
    why="counted",
    original_tokens=900,
    optimized_tokens=90,
    changes=FULL.changes,
    owner=FULL.owner,
)


def at(moment: float, name: str = "") -> UsageEvent:
    return replace(PLAIN, id=name or str(moment), at=moment)


@pytest.mark.parametrize(
    "event",
    [
        PLAIN,
        FULL,
        replace(FULL, id="no price", cost=None, direct_cost=None, quote=None),
        replace(FULL, id="nothing billed", billed=Billed(), cost=0.0),
        replace(FULL, id="no answer", billed=None, status=0, cost=None, quote=None),
        *(replace(PLAIN, id=str(outcome), outcome=outcome) for outcome in Outcome),
    ],
    ids=lambda event: event.id,
)
def test_what_was_appended_comes_back(make: Callable[[], Events], event: UsageEvent) -> None:
    make().append([event])
    assert list(make().since(0)) == [event]


def test_hooks_are_kept_apart_from_calls(make: Callable[[], Events]) -> None:
    others = [replace(HOOK, id=str(one), moment=one, changes=()) for one in Moment]
    make().append_hooks([HOOK, *others, replace(HOOK, at=9.0, id="early"), HOOK])
    make().append([FULL])
    make().append_hooks([HOOK])
    found = list(make().hooks_since(0))
    assert found[0].id == "early"
    assert sorted(found[1:], key=lambda one: one.id) == sorted(
        [HOOK, *others], key=lambda one: one.id
    )
    assert "early" not in {one.id for one in make().hooks_since(10)}
    assert list(make().since(0)) == [FULL]
    with pytest.raises(InvalidInput):
        make().append_hooks([replace(HOOK, id="bad", at=float("nan"))])


def test_an_event_is_kept_once(make: Callable[[], Events]) -> None:
    make().append([at(1), at(1)])
    make().append([at(2), at(1)])
    make().append([replace(at(9), id="1")])
    assert [(e.at, e.id) for e in make().since(0)] == [(1, "1"), (2, "2")]


def test_nothing_kept_is_nothing_read(make: Callable[[], Events]) -> None:
    assert list(make().since(0)) == []
    make().append([])
    assert list(make().since(0)) == []


def test_ranges_are_half_open_and_ordered_by_time_then_id(make: Callable[[], Events]) -> None:
    make().append([at(3, "b"), at(1, "z"), at(3, "a")])
    make().append([at(2, "c"), at(0.5, "y")])
    assert [e.id for e in make().since(0)] == ["y", "z", "c", "a", "b"]
    assert [e.id for e in make().since(1, 3)] == ["z", "c"]
    assert [e.id for e in make().since(3)] == ["a", "b"]
    assert [e.id for e in make().since(3, 3)] == []


def test_more_than_a_page_of_the_same_moment(make: Callable[[], Events]) -> None:
    names = sorted(str(i) for i in range(2 * PAGE + 1))
    make().append([at(7, name) for name in names])
    assert [e.id for e in make().since(7)] == names


def test_a_reader_is_not_stopped_by_what_is_appended_meanwhile(make: Callable[[], Events]) -> None:
    make().append([at(i) for i in range(PAGE + 5)])
    reading = make().since(0)
    first = next(reading)
    make().append([at(PAGE + 100), at(-1)])
    rest = list(reading)
    assert [e.at for e in (first, *rest)][: PAGE + 5] == list(range(PAGE + 5))


def test_what_could_not_be_kept_is_counted(make: Callable[[], Events]) -> None:
    events = make()
    assert events.lost(0) == 0
    events.lose(3, 10.0)
    events.lose(4, 20.0)
    assert (events.lost(0), events.lost(10.5), events.lost(21)) == (7, 4, 0)


def test_a_version_stays_while_nothing_is_written(make: Callable[[], Events]) -> None:
    reader, writer, every = make(), make(), UsageQuery()
    writer.append([at(1)])
    versions = [reader.version(every)]
    assert versions[0]
    assert reader.usage(every)
    assert reader.version(every) == versions[0]
    for write in (
        lambda: writer.append([at(2)]),
        lambda: writer.append([at(1, "as old")]),
        lambda: writer.lose(1, 3.0),
        lambda: reader.append([at(4)]),
    ):
        write()
        assert reader.version(every) not in versions
        versions.append(reader.version(every))


def test_all_or_none(make: Callable[[], Events]) -> None:
    with pytest.raises(InvalidInput):
        make().append([at(1), at(float("nan"), "bad")])
    assert list(make().since(0)) == []


def test_marks_are_kept_with_their_events_or_not_at_all(make: Callable[[], Events]) -> None:
    assert dict(make().marks()) == {}
    make().append([at(1)], {"one": "1", "two": "1"})
    make().append([], {"two": "2"})
    with pytest.raises(InvalidInput):
        make().append([at(float("nan"), "bad")], {"one": "3"})
    assert dict(make().marks()) == {"one": "1", "two": "2"}


def test_ids_that_are_held_are_told(make: Callable[[], Events]) -> None:
    assert make().held(["a"]) == frozenset()
    make().append([at(1, "a"), at(2, "b")])
    assert make().held(["a", "c"]) == {"a"}


@pytest.mark.parametrize(
    "change",
    [
        {"at": float("inf")},
        {"at": 1e11},
        {"at": -1e11},
        {"id": ""},
        {"id": "a\0b"},
        {"id": "\ud800"},
        {"id": "x" * 129},
        {"status": -1},
        {"status": 2**63},
        {"direct_tokens": -1},
        {"sent_tokens": 10**10 + 1},
        {"billed": Billed(output=-1)},
        {"billed": Billed(cache_write_1h=2**64)},
        {"cost": float("nan")},
        {"direct_cost": -1e6},
        {"correction": Correction("", 1)},
        {"correction": Correction("a", 0)},
    ],
)
def test_what_could_not_be_summed_up_is_refused(
    make: Callable[[], Events], change: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput, match="cannot be kept: its"):
        make().append([at(1), replace(PLAIN, **change)], {"a": "b"})
    assert (list(make().since(0)), dict(make().marks())) == ([], {})


def test_half_a_surrogate_pair_does_no_harm(make: Callable[[], Events]) -> None:
    make().append([replace(PLAIN, model="gpt\ud800", why="\udfff")])
    (event,) = make().since(0)
    assert event.model in ("gpt\ud800", "gpt?")


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
kept = SqliteEvents(Path(sys.argv[1]), kept=sys.argv[2] == "b")
plain = UsageEvent("", 0.0, Caller(), "p", "u", "m", 200, Outcome.UNCHANGED, why="x" * 2000)
for i in range(int(sys.argv[3])):
    names = [f"{sys.argv[2]}{i}.{j}" for j in range(1 + i % 7)]
    kept.append([replace(plain, id=name, at=float(i)) for name in names])
    print(*names, flush=True)
"""


def _writing(path: Path, name: str, groups: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(groups)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("seed", range(6))
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "usage.db"
    chance = random.Random(seed)
    acknowledged: list[str] = []
    for name in "ab":
        with _writing(path, name, 10_000) as run:
            assert run.stdout
            acknowledged += run.stdout.readline().split()
            time.sleep(chance.uniform(0, 0.15))
            run.send_signal(signal.SIGKILL)
            acknowledged += run.stdout.read().split()
    kept = [event.id for event in SqliteEvents(path).since(0)]
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    groups = {name.split(".")[0] for name in kept}
    sizes = {group: 1 + int(group[1:]) % 7 for group in groups}
    assert len(kept) == sum(sizes.values()), "a group was kept in part"
    by_hour = UsageQuery(grain=Grain.HOUR)
    assert SqliteEvents(path).usage(by_hour) == SqliteEvents(path).usage(by_hour, raw=True)


def test_several_processes_write_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    runs = [_writing(path, name, 40) for name in "abc"]
    printed = [name for run in runs for name in run.communicate()[0].split()]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sorted(printed) == sorted(e.id for e in SqliteEvents(path).since(0))


@pytest.mark.parametrize("ends", [("",), ("", "-wal", "-shm")])
def test_a_record_that_is_moved_away_while_it_is_written_is_begun_anew(
    tmp_path: Path, ends: tuple[str, ...]
) -> None:
    kept = SqliteEvents(tmp_path / "usage.db", kept=True)
    kept.append([at(1)])
    for end in ends:
        (tmp_path / f"usage.db{end}").rename(tmp_path / f"moved.db{end}")
    kept.append([at(2)])
    assert [event.at for event in SqliteEvents(tmp_path / "usage.db").since(0)] == [2]
    kept.close()


REFUSED = """
import os, resource, signal, sys
from dataclasses import replace
from pathlib import Path
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
plain = UsageEvent("", 0.0, Caller(), "p", "u", "m", 200, Outcome.UNCHANGED, why="x" * 2000)
if sys.argv[2] == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**18, 2**18))
elif os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    SqliteEvents(Path(sys.argv[1])).append([replace(plain, id=str(i)) for i in range(2000)])
except Unavailable as error:
    print(error)
"""


def _refused(path: Path, why: str) -> str:
    command = [sys.executable, "-c", REFUSED, str(path), why]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_full_disk_is_a_clear_error_and_keeps_what_was(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    SqliteEvents(path).append([at(1)])
    assert "space" in _refused(path, "full")
    assert [e.at for e in SqliteEvents(path).since(0)] == [1]


def test_a_record_that_may_not_be_written_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "home" / "usage.db"
    SqliteEvents(path).append([at(1)])
    for place, mode in ((path, 0o444), (path.parent, 0o555), (tmp_path, 0o755)):
        place.chmod(mode)
    try:
        assert "permissions" in _refused(path, "read-only")
    finally:
        path.parent.chmod(0o755)


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Unavailable, match="AICONTEXT_HOME"):
        SqliteEvents(tmp_path / "file" / "usage.db").append([at(1)])


def test_a_damaged_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(Unavailable, match="move it away"):
        SqliteEvents(path).append([at(1)])
    with pytest.raises(Unavailable, match="move it away"):
        list(SqliteEvents(path).since(0))


@pytest.mark.parametrize(
    "damage",
    [
        "changes = '{'",
        "changes = '[[1]]'",
        "outcome = 'odd'",
        "changes = '[7]'",
        "rewriting = '[]'",
        "quote = '[7]'",
        """quote = '[[1,2,3,4,5],"a","b","odd",0,"",""]'""",
    ],
)
def test_a_damaged_event_is_a_clear_error(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "usage.db"
    SqliteEvents(path).append([FULL])
    base = sqlite3.connect(path, isolation_level=None)
    base.execute(f"UPDATE usage SET {damage}")
    base.close()
    with pytest.raises(Unavailable, match="damaged"):
        list(SqliteEvents(path).since(0))


def test_a_newer_schema_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    SqliteEvents(path).append([at(1)])
    base = sqlite3.connect(path, isolation_level=None)
    base.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    base.close()
    for use in (
        lambda: SqliteEvents(path).append([at(2)]),
        lambda: next(SqliteEvents(path).since(0)),
    ):
        with pytest.raises(Unavailable, match="Update"):
            use()


@pytest.mark.parametrize("schema", [1, 4, 5, 6, 8, 9])
def test_a_record_of_an_older_schema_is_taken_over(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "usage.db"
    owner = FULL.owner if schema >= 5 else NOBODY
    old = replace(FULL, owner=owner, quote=FULL.quote if schema >= 6 else None, key="")
    SqliteEvents(path).append([at(1), old])
    by_team = UsageQuery(by=(Dimension.TEAM,), grain=Grain.DAY)
    by_key = UsageQuery(by=(Dimension.KEY,), grain=Grain.DAY)
    before = SqliteEvents(path).usage(by_team)
    of_schema(schema, path)
    SqliteEvents(path).lose(2, 5.0)
    assert SqliteEvents(path).lost(0) == 2
    assert list(SqliteEvents(path).hooks_since(0)) == []
    assert list(SqliteEvents(path).since(0)) == [at(1), old]
    assert SqliteEvents(path).usage(by_team) == before
    SqliteEvents(path).append([at(2), at(1), replace(at(3), key="k1")])
    assert SqliteEvents(path).usage(by_team) == SqliteEvents(path).usage(by_team, raw=True)
    of_key = SqliteEvents(path).usage(by_key)
    assert of_key == SqliteEvents(path).usage(by_key, raw=True)
    assert {row.keys for row in of_key} == {("",), ("k1",)}
