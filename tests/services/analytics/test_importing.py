"""Usage that tools wrote down is counted once, whatever happens between two imports."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transcript_homes import records, write_base, write_lines

from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.events import By, UsageEvent
from aicontext.domain.imports import Imported, Taken
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.usage import Billed
from aicontext.ports.stores.events import Events
from aicontext.services.analytics.importing import SETTLED, Importing
from aicontext.services.analytics.savings import savings
from aicontext.services.integrations.catalog.index import load

DAY = 1772359200.0
"""2026-03-01T10:00:00Z."""

NOW = DAY + 86_400
FOLDER = ".claude/projects/-made-up"


def answer(name: str, output: int, session: str = "s1", minute: int = 0) -> dict[str, Any]:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 1000 + minute, "output_tokens": output}
    message = {"id": name, "role": "assistant", "model": "claude-sonnet-4-5", "content": []}
    return {
        "type": "assistant",
        "uuid": f"{name}-{output}",
        "sessionId": session,
        "cwd": "/made/up/shop",
        "timestamp": f"2026-03-01T10:{minute:02}:00Z",
        "requestId": f"req-{name}",
        "message": {**message, "usage": usage},
    }


@pytest.fixture(params=["memory", "sqlite"])
def events(request: pytest.FixtureRequest, tmp_path: Path) -> Events:
    return MemoryEvents() if request.param == "memory" else SqliteEvents(tmp_path / "usage.db")


def taken(
    home: Path, events: Events, tool: str = "claude-code", *, now: float = NOW, **more: Any
) -> Taken:
    found = imported(home, events, [tool], now=now, **more)
    return found.by_tool.get(tool, Taken())


def imported(
    home: Path, events: Events, tools: Iterable[str], *, now: float = NOW, **more: Any
) -> Imported:
    known = [load().tool(name) for name in tools]
    return Importing(records(home), events, events, now).run(known, **more)


def test_calls_may_take_another_way_to_the_record(tmp_path: Path) -> None:
    kept, way = MemoryEvents(), MemoryEvents()
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 90)])
    importing = Importing(records(tmp_path), kept, way, NOW)
    assert importing.run([load().tool("claude-code")]).by_tool["claude-code"].calls == 1
    assert (outputs(kept), outputs(way)) == ([], [90])
    assert kept.marks()
    assert not way.marks()


def outputs(events: Events) -> list[int]:
    return [event.billed.output for event in events.since(0) if event.billed]


def test_importing_twice_counts_once(tmp_path: Path, events: Events) -> None:
    path = write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 1), answer("a", 90)])
    first = taken(tmp_path, events)
    assert (first.calls, first.billed, first.priced) == (1, Billed(5, 1000, output=90), 1)
    assert taken(tmp_path, events).unchanged == 1
    write_lines(path, [answer("a", 1), answer("a", 90), answer("b", 7, minute=1)])
    assert taken(tmp_path, events).calls == 1
    assert outputs(events) == [90, 7]
    (event,) = list(events.since(0))[:1]
    assert event.caller == Caller("claude-code", "s1", "shop")
    assert event.outcome is Outcome.IMPORTED


def test_a_session_that_repeats_another_counts_what_is_new(tmp_path: Path, events: Events) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 90)])
    copied = [answer("a", 90, "s2"), answer("b", 7, "s2", 1)]
    write_lines(tmp_path / FOLDER / "s2.jsonl", copied)
    found = taken(tmp_path, events)
    assert (found.sessions, found.calls, found.known) == (2, 2, 1)
    assert outputs(events) == [90, 7]


def test_an_answer_that_may_still_grow_is_left_for_the_next_time(
    tmp_path: Path, events: Events
) -> None:
    path = write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 1)])
    early = taken(tmp_path, events, now=DAY + 60)
    assert (early.calls, early.unsettled) == (0, 1)
    write_lines(path, [answer("a", 1), answer("a", 90)])
    assert taken(tmp_path, events, now=DAY + SETTLED + 1).calls == 1
    assert outputs(events) == [90]


def test_older_calls_are_left_out_and_can_be_had_later(tmp_path: Path, events: Events) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 9), answer("b", 7, minute=30)])
    assert taken(tmp_path, events, since=DAY + 600).calls == 1
    assert taken(tmp_path, events).calls == 1
    assert sorted(outputs(events)) == [7, 9]


def test_a_trial_keeps_nothing(tmp_path: Path, events: Events) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 9)])
    assert taken(tmp_path, events, dry=True).calls == 1
    assert (list(events.since(0)), dict(events.marks())) == ([], {})


THROUGH = UsageEvent(
    "p1",
    DAY - 5,
    Caller("claude-code", "s1"),
    "anthropic",
    "anthropic",
    "claude-sonnet-4-5",
    200,
    Outcome.OPTIMIZED,
    billed=Billed(5, 1000, output=95),
    total_ms=5000.0,
)


@pytest.mark.parametrize(
    ("other", "counted"),
    [
        (THROUGH, 0),
        (replace(THROUGH, caller=Caller("claude-code", "")), 0),
        (replace(THROUGH, caller=Caller()), 0),
        (replace(THROUGH, caller=Caller("claude-code", "s2")), 1),
        (replace(THROUGH, caller=Caller("codex-cli", "s1")), 1),
        (replace(THROUGH, billed=Billed(6, 1000, output=95)), 1),
        (replace(THROUGH, at=DAY - 7200), 1),
    ],
)
def test_what_came_through_us_is_not_counted_twice(
    tmp_path: Path, events: Events, other: UsageEvent, counted: int
) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 90)])
    write_lines(tmp_path / FOLDER / "s2.jsonl", [answer("c", 2, "s2", 9)])
    events.append([other])
    found = taken(tmp_path, events)
    assert (found.calls, found.through) == (counted + 1, 1 - counted)


def test_tools_that_share_a_folder_count_once(tmp_path: Path, events: Events) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 90)])
    found = imported(tmp_path, events, ["claude-agent-sdk", "claude-code"])
    assert [(name, one.calls) for name, one in found.by_tool.items()] == [("claude-code", 1)]


def goose(home: Path, given: int) -> None:
    base = home / ".local/share/goose/sessions/sessions.db"
    base.unlink(missing_ok=True)
    write_base(
        base,
        """CREATE TABLE sessions (id TEXT, working_dir TEXT, updated_at TEXT,
             accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER);
           CREATE TABLE messages (id INTEGER, session_id TEXT, role TEXT, content_json TEXT,
             created_timestamp INTEGER);""",
        ("sessions", ("g1", "/made/up", f"2026-03-01 10:{given // 100:02}:00", given, 5)),
    )


def test_sums_count_what_was_added(tmp_path: Path, events: Events) -> None:
    for given in (1000, 1000, 1700):
        goose(tmp_path, given)
        taken(tmp_path, events, "goose")
    assert [event.billed.input for event in events.since(0) if event.billed] == [1000, 700]


def test_sums_of_a_time_in_which_calls_came_through_us_are_left_out(
    tmp_path: Path, events: Events
) -> None:
    goose(tmp_path, 1000)
    events.append([replace(THROUGH, caller=Caller("goose"), at=DAY + 300, billed=None)])
    assert taken(tmp_path, events, "goose").through == 1


def test_what_is_imported_is_measured_and_not_saved(tmp_path: Path, events: Events) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 90)])
    taken(tmp_path, events)
    events.append([replace(THROUGH, at=DAY + 9, direct_tokens=1000, sent_tokens=400)])
    found = savings(events.since(0), By.TOOL)
    assert (found.total.calls, found.total.saved_tokens) == (1, 600)
    assert (found.measured.calls, found.measured.saved_tokens, found.measured.saved) == (1, 0, 0)
    assert found.measured.cost > 0
    assert found.measured_rows[("claude-code",)].billed == Billed(5, 1000, output=90)


def test_what_cannot_be_read_is_told_and_stops_nothing(tmp_path: Path, events: Events) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 90)])
    path = write_lines(tmp_path / FOLDER / "s2.jsonl", [answer("b", 7, "s2")])
    path.write_bytes(path.read_bytes() + b'{"usage":\n')
    gone = write_lines(tmp_path / FOLDER / "s3.jsonl", [answer("c", 7, "s3")])

    class Vanishing(type(records(tmp_path))):  # type: ignore[misc]
        def listed(self, tool: Any) -> Any:
            found = list(super().listed(tool))
            gone.unlink()
            return found

    source = Vanishing({}, tmp_path, tmp_path / "project", "linux")
    found = Importing(source, events, events, NOW).run([load().tool("claude-code")])
    assert len(outputs(events)) == 2
    assert found.skipped == {"broken": 1}
    assert len(found.unreadable) == 1


def test_halves_of_characters_in_names_stop_no_import(tmp_path: Path, events: Events) -> None:
    one = answer("m\ud800", 7, session="s\udfff") | {"cwd": "/made/up/\ud800"}
    write_lines(tmp_path / FOLDER / os.fsdecode(b"\xff.jsonl"), [one])
    for calls in (1, 0):
        assert taken(tmp_path, events).calls == calls
    (event,) = events.since(0)
    assert event.caller.session == r"s\udfff"
