"""`aicontext savings` and `top` over a real record."""

import csv
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click import unstyle

from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.context import Kind, Level
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.usage import Billed
from aicontext.entrypoints.cli.traffic import top

Run = Callable[..., subprocess.CompletedProcess[str]]


def calls(ago: float, count: int = 1, **more: object) -> list[UsageEvent]:
    """Calls that began `ago` seconds before now."""
    found = {
        "caller": Caller("claude-code", "session-1", "shop"),
        "outcome": Outcome.OPTIMIZED,
        "direct_tokens": 50_000,
        "sent_tokens": 20_000,
        "billed": Billed(100, 15_000, 4_900, 0, 300),
        "predicted_read": 15_000,
        "cost": 0.04,
        "direct_cost": 0.1,
        "added_ms": 4.0,
        "total_ms": 2500.0,
        "changes": (Change(3, "Bash", Kind.TEST, Level.CONDENSED, 30_000, 1_000, "counted"),),
    } | more
    return [
        UsageEvent(
            id=f"{ago}.{i}",
            at=time.time() - ago + i / 1000,
            protocol="anthropic",
            upstream="anthropic",
            model="claude-sonnet-4-5",
            status=200,
            **found,  # type: ignore[arg-type]
        )
        for i in range(count)
    ]


@pytest.fixture
def kept(tmp_path: Path) -> SqliteEvents:
    return SqliteEvents(tmp_path / "home" / "usage.db")


def test_the_report_shows_each_matter(command: Run, kept: SqliteEvents) -> None:
    kept.append(calls(60, 10))
    kept.append(
        calls(30, 2, outcome=Outcome.PASSED, why="over the bound", sent_tokens=50_000, changes=())
    )
    printed = command("savings").stdout
    for shown in (
        "12 calls in the last 30 days",
        "600,000 → 300,000",
        "-50.0 %",
        "$1.20 → $0.4800",
        "180,000 tokens read, 58,800 written",
        "100.0 % right, none missed",
        "median, +4",
        "test  condensed",
        "passed         2  over the bound",
        "session-1",
        "aicontext proxy --holdout 5%",
    ):
        assert shown in printed


def test_what_others_named_steers_no_terminal(tmp_path: Path, kept: SqliteEvents) -> None:
    change = Change(7, "Re\x1b[31mad", Kind.CODE, Level.EXCERPT, 900, 200, "its\x1b[2J\nhead")
    kept.append(calls(60, caller=Caller("claude-code", "a\x1b[31mb\nc"), changes=(change,)))
    kept.append(calls(60.5, caller=Caller("claude-code", "a\x1b[31mb\nd")))
    command = [sys.executable, "-m", "aicontext", "savings", "--session"]
    environment = os.environ | {"AICONTEXT_HOME": str(tmp_path / "home")}
    for name in ("a\x1b[31mb\nc", "a"):
        master, slave = pty.openpty()
        subprocess.run([*command, name], stdout=slave, stderr=slave, env=environment, check=False)
        printed = os.read(master, 20_000).decode()
        os.close(slave)
        os.close(master)
        assert "[31mb" in printed
        assert "\x1b[31mb" not in printed
        assert "\x1b[2J" not in printed


def test_a_session_shows_what_was_done_to_each_block(command: Run, kept: SqliteEvents) -> None:
    change = Change(7, "Read", Kind.CODE, Level.EXCERPT, 900, 200, "its head", "87df5f525620")
    kept.append(calls(60))
    kept.append(calls(30, caller=Caller("claude-code", "session-2", "shop"), changes=(change,)))
    printed = command("savings", "--session", "session-2").stdout
    for shown in ("session  session-2", "calls    1 in the", "900 → 200", "87df5f525620  its head"):
        assert shown in printed
    assert "30,000" not in printed
    found = json.loads(command("savings", "--session", "session-2", "--json").stdout)
    assert (found["total"]["calls"], [one["block"] for one in found["blocks"]]) == (1, [7])
    (row,) = csv.DictReader(
        command("savings", "--session", "session-1", "--csv").stdout.split("\n")
    )
    assert (row["source"], row["original_tokens"]) == ("Bash", "30000")
    several = command("savings", "--session", "session-")
    assert "2 sessions have names that begin with 'session-'" in several.stderr
    none = command("savings", "--session", "nope", "--json")
    assert (none.returncode != 0, json.loads(none.stdout)["error"]["code"]) == (True, "not_found")


def test_nothing_saved_and_dearer_are_told(command: Run, kept: SqliteEvents) -> None:
    kept.append(
        calls(60, outcome=Outcome.UNCHANGED, sent_tokens=50_000, direct_cost=0.04, changes=())
    )
    printed = command("savings").stdout
    assert "Nothing could be saved." in printed
    assert "$0.0400 → $0.0400   0.0 %" in printed
    kept.append(calls(30, cost=0.2))
    assert "% dearer" in command("savings").stdout


def test_periods(command: Run, kept: SqliteEvents) -> None:
    kept.append([*calls(60), *calls(3 * 3600), *calls(40 * 86400)])
    found = [
        json.loads(command("savings", "--since", since, "--json").stdout)["total"]["calls"]
        for since in ("5m", "4h", "7d", "8w", "all")
    ]
    assert found == [1, 2, 2, 3, 3]
    refused = command("savings", "--since", "yesterday")
    assert (refused.returncode, "90m, 24h, 7d" in refused.stderr) == (1, True)


@pytest.mark.parametrize("by", ["session", "tool", "model", "project", "day"])
def test_csv_and_json_hold_the_same(command: Run, kept: SqliteEvents, by: str) -> None:
    kept.append([*calls(60), *calls(30, 2, caller=Caller("codex-cli", "s,2", 'the "shop"'))])
    records = list(csv.DictReader(command("savings", "--by", by, "--csv").stdout.splitlines()))
    found = json.loads(command("savings", "--by", by, "--json").stdout)
    assert len(records) == len(found["rows"])
    for record, row in zip(records, found["rows"], strict=True):
        assert record == {name: "" if v is None else str(v) for name, v in row.items()}


def test_no_record_is_no_error_and_makes_none(command: Run, tmp_path: Path) -> None:
    assert "No call came through" in command("savings").stdout
    assert "no proxy at http://127.0.0.1:" in command("top", "--once").stdout
    assert json.loads(command("top", "--once", "--json").stdout)["total"]["calls"] == 0
    assert not (tmp_path / "home").exists()


def test_the_live_view_shows_what_comes_and_leaves_the_terminal_as_it_was(
    environment: dict[str, str], kept: SqliteEvents
) -> None:
    kept.append(calls(60))
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "aicontext", "top", "--every", "0.2"]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, env=environment) as child:
        os.close(theirs)
        shown = _until(ours, "1 call in the last 24 hours")
        assert shown.startswith("\x1b[?1049h")
        # A long call is recorded at its end, under the time when it began.
        kept.append(calls(600))
        _until(ours, "2 calls in the last 24 hours")
        os.write(ours, b"q")
        assert _until(ours, "\x1b[?1049l")
        assert child.wait(20) == 0
    os.close(ours)


@pytest.mark.parametrize(
    ("words", "given", "styled"),
    [
        (("savings",), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (("savings",), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (("savings",), {"TERM": "dumb"}, False),
        (("top",), {"TERM": "dumb"}, False),
    ],
)
def test_a_terminal_gets_no_more_than_it_can_show(
    words: tuple[str, ...],
    given: dict[str, str],
    styled: bool,
    environment: dict[str, str],
    kept: SqliteEvents,
) -> None:
    kept.append(calls(60))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "aicontext", *words]
    subprocess.run(command, stdin=theirs, stdout=theirs, env=environment | given, check=True)
    os.close(theirs)
    shown = _until(ours, "1 call")
    assert ("\x1b" in shown) is styled
    os.close(ours)


def _until(terminal: int, wanted: str) -> str:
    shown = ""
    while wanted not in shown:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, f"not shown: {wanted}\n{shown}"
        shown += os.read(terminal, 65536).decode()
    return shown


def test_json_and_csv_together_are_refused(command: Run, kept: SqliteEvents) -> None:
    done = command("savings", "--json", "--csv")
    assert done.returncode == 1
    assert "--json and --csv" in done.stdout + done.stderr


def test_one_frame_for_programs_holds_the_calls(command: Run, kept: SqliteEvents) -> None:
    kept.append(calls(4 * 3600.0, 2))
    kept.append(calls(60.0, 1))
    frame = json.loads(command("top", "--once", "--json").stdout)
    assert frame["total"]["calls"] == 3
    assert [call["id"] for call in frame["calls"]] == ["60.0.0", "14400.0.1", "14400.0.0"]


def test_a_call_that_took_hours_is_seen(
    monkeypatch: pytest.MonkeyPatch, kept: SqliteEvents
) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(kept._path.parent))
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    view = top._View(time.time() - 86_400, "today")
    kept.append(calls(60.0))
    view._look()
    kept.append(calls(3 * 3600.0))
    now[0] = 61.0
    view._look()
    view._look()
    assert [event.id for event in view._calls] == ["10800.0.0", "60.0.0"]


@pytest.mark.parametrize("width", [80, 120])
def test_the_live_view_fits_its_screen(
    monkeypatch: pytest.MonkeyPatch, kept: SqliteEvents, width: int
) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(kept._path.parent))
    session = Caller("claude-code", "0199c8a2-9f0e-7d55-bb7c-7d5f5a2f3c11", "shop")
    refused = "no room in a budget: see aicontext budget list"
    kept.append(calls(60.0, 2, caller=session))
    kept.append(calls(30.0, caller=session, outcome=Outcome.REFUSED, why=refused))
    lines = list(top._View(time.time() - 86_400, "today").lines(40, width))
    head = next(i for i, line in enumerate(lines) if line.startswith("tool"))
    below = [unstyle(line) for line in lines[head:]]
    assert all(len(line) <= width for line in below)
    titles = below[0].split()
    assert titles[-5:] == ["calls", "tokens", "saved", "money", "direct"] or width == 120
    assert ("p95" in titles, "cached" in titles) == (width == 120, width == 120)
    assert "-60.0 %" in below[1]
    said, *_, sent = (line for line in below if line.count("→") and ":" in line[:6])
    assert said.endswith(refused) if width == 120 else "  refused: no" in said
    assert "$0.0400" in sent
    assert "+4 ms of 2.5 s" in sent
    assert ("(direct $0.1000)" in sent) == (width == 120)


def test_what_could_not_be_recorded_is_told(command: Run, kept: SqliteEvents) -> None:
    kept.append(calls(60.0))
    kept.lose(7, time.time())
    assert "7 calls could not be recorded" in command("savings").stderr
    assert json.loads(command("savings", "--json").stdout)["lost"] == 7
