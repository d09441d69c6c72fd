"""Sessions in databases, which others may have open."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from transcript_homes import (
    billed,
    listed,
    only,
    said,
    write_base,
    write_document,
    write_lines,
)

from aicontext.domain.errors import Unavailable
from aicontext.domain.usage import Billed

OPENCODE = """
CREATE TABLE session (id TEXT, parent_id TEXT, directory TEXT, time_updated INTEGER);
CREATE TABLE message (id TEXT, session_id TEXT, data TEXT);
CREATE TABLE part (id TEXT, message_id TEXT, session_id TEXT, data TEXT);
"""
GOOSE = """
CREATE TABLE sessions (id TEXT, working_dir TEXT, updated_at TEXT, model_config_json TEXT,
  accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER);
CREATE TABLE messages (id INTEGER, session_id TEXT, role TEXT, content_json TEXT,
  created_timestamp INTEGER);
"""
CRUSH = """
CREATE TABLE sessions (id TEXT, parent_session_id TEXT, cost REAL, updated_at INTEGER);
CREATE TABLE messages (id TEXT, session_id TEXT, role TEXT, parts TEXT, model TEXT,
  created_at INTEGER);
"""
COPILOT = """
CREATE TABLE sessions (id TEXT, cwd TEXT);
CREATE TABLE assistant_usage_events (id INTEGER, session_id TEXT, model TEXT,
  copilot_usage_model TEXT, input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER,
  cache_write_tokens INTEGER, total_nano_aiu INTEGER, created_at TEXT);
"""
CURSOR = "CREATE TABLE cursorDiskKV (key TEXT, value TEXT);"
NOW = 1772359200000


def tokens(given: int, made: int, read: int = 0, thought: int = 0) -> dict[str, Any]:
    cache = {"read": read, "write": 0}
    return {"input": given, "output": made, "reasoning": thought, "cache": cache}


def message(role: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "time": {"created": NOW}, **more}


TOOL = {
    "type": "tool",
    "tool": "read",
    "callID": "c1",
    "state": {"status": "completed", "input": {"path": "a.py"}, "output": "x = 1"},
}


def opencode_rows(*parts: dict[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
    last = message("assistant", modelID="claude-x", tokens=tokens(7, 30, 900, 5), cost=0.5)
    rows: list[tuple[str, tuple[Any, ...]]] = [
        ("session", ("ses_1", None, "/made/up", NOW)),
        ("message", ("msg_1", "ses_1", message("user"))),
        ("part", ("prt_1", "msg_1", "ses_1", {"type": "text", "text": "Mend it."})),
        ("message", ("msg_2", "ses_1", last)),
    ]
    rows += [("part", (f"prt_2{at}", "msg_2", "ses_1", part)) for at, part in enumerate(parts)]
    return rows


def test_opencode_thinks_beside_its_output(tmp_path: Path) -> None:
    base = tmp_path / ".local/share/opencode/opencode.db"
    write_base(base, OPENCODE, *opencode_rows(TOOL, {"type": "text", "text": "Done."}))
    session = only(tmp_path, "opencode")
    assert billed(session) == [Billed(7, 900, output=35)]
    assert said(session) == [
        ("user", "Mend it.", ""),
        ("tool_call", '{"path":"a.py"}', "read"),
        ("assistant", "Done.", ""),
        ("tool_result", "x = 1", "read"),
    ]
    assert (session.id, session.project, session.model) == ("ses_1", "/made/up", "claude-x")


def test_opencode_steps_are_calls_of_their_own(tmp_path: Path) -> None:
    base = tmp_path / ".local/share/opencode/opencode.db"
    steps = [
        TOOL,
        {"type": "step-finish", "tokens": tokens(900, 20)},
        {"type": "text", "text": "Done."},
        {"type": "step-finish", "tokens": tokens(7, 30, 900, 5)},
    ]
    write_base(base, OPENCODE, *opencode_rows(*steps))
    session = only(tmp_path, "opencode")
    assert billed(session) == [Billed(900, output=20), Billed(7, 900, output=35)]


def test_opencode_kept_files_before(tmp_path: Path) -> None:
    storage = tmp_path / ".local/share/opencode/storage"
    answer = message("assistant", modelID="m", tokens=tokens(7, 30), path={"cwd": "/made/up"})
    write_document(storage / "message/ses_1/msg_2.json", {"id": "msg_2", **answer})
    write_document(storage / "part/msg_2/prt_1.json", TOOL)
    session = only(tmp_path, "opencode")
    assert billed(session) == [Billed(7, output=30)]
    assert (session.id, session.project) == ("ses_1", "/made/up")
    assert len(said(session)) == 2


def goose(home: Path, given: int, made: int) -> None:
    base = home / ".local/share/goose/sessions/sessions.db"
    base.unlink(missing_ok=True)
    call = {"status": "success", "value": {"name": "shell", "arguments": {"command": "ls"}}}
    result = {"status": "success", "value": [{"type": "text", "text": "a.py"}]}
    asking = {"type": "toolRequest", "id": "t", "toolCall": call}
    answering = {"type": "toolResponse", "id": "t", "toolResult": result}
    model = {"model_name": "claude-x"}
    write_base(
        base,
        GOOSE,
        ("sessions", ("g1", "/made/up", "2026-03-01 10:00:00", model, given, made)),
        ("messages", (1, "g1", "user", [{"type": "text", "text": "Look."}], 1)),
        (
            "messages",
            (2, "g1", "assistant", [asking], 2),
        ),
        (
            "messages",
            (3, "g1", "user", [answering], 3),
        ),
    )


def test_goose_sums_up_so_that_what_was_added_counts(tmp_path: Path) -> None:
    goose(tmp_path, 1000, 50)
    first = only(tmp_path, "goose")
    assert billed(first) == [Billed(1000, output=50)]
    assert said(first)[2] == ("tool_result", "a.py", "shell")
    assert (first.project, first.model) == ("/made/up", "claude-x")
    assert not billed(only(tmp_path, "goose", first.position))
    goose(tmp_path, 1700, 90)
    assert billed(only(tmp_path, "goose", first.position)) == [Billed(700, output=40)]


def crush(home: Path, cost: float) -> None:
    base = home / "made-up/.crush/crush.db"
    base.unlink(missing_ok=True)
    write_document(
        home / ".local/share/crush/projects.json",
        {"projects": [{"path": str(home / "made-up"), "data_dir": ".crush"}, {"path": "/gone"}]},
    )
    call = {"type": "tool_call", "data": {"id": "t", "name": "bash", "input": "{}"}}
    result = {"type": "tool_result", "data": {"tool_call_id": "t", "content": "a.py"}}
    write_base(
        base,
        CRUSH,
        ("sessions", ("c1", None, cost, 5)),
        ("messages", ("1", "c1", "assistant", [call, {"type": "finish"}], "claude-x", 1)),
        ("messages", ("2", "c1", "tool", [result], None, 2)),
    )


def test_crush_tells_costs_and_no_sum_of_tokens(tmp_path: Path) -> None:
    crush(tmp_path, 0.25)
    first = only(tmp_path, "crush")
    costs = [turn.call.cost for turn in first.turns if turn.call and turn.call.cost]
    assert (costs, billed(first)) == ([0.25], [])
    assert said(first) == [("tool_call", "{}", "bash"), ("tool_result", "a.py", "bash")]
    assert (first.project, first.model) == (str(tmp_path / "made-up"), "claude-x")
    crush(tmp_path, 0.75)
    later = only(tmp_path, "crush", first.position)
    assert [turn.call.cost for turn in later.turns if turn.call and turn.call.cost] == [0.5]


def test_copilot_tells_usage_and_talk_apart(tmp_path: Path) -> None:
    row = (1, "p1", "auto", "claude-x", 21343, 100, 300, 20974, 10**10, "2026-03-01 10:00:00")
    write_base(
        tmp_path / ".copilot/session-store.db",
        COPILOT,
        ("sessions", ("p1", "/made/up")),
        ("assistant_usage_events", row),
    )
    session = only(tmp_path, "copilot-cli")
    assert billed(session) == [Billed(69, 300, 20974, output=100)]
    assert session.turns[0].call
    assert session.turns[0].call.cost == 0.1
    (tmp_path / ".copilot/session-store.db").unlink()
    events = [
        {"type": "session.start", "data": {"context": {"cwd": "/made/up"}}},
        {"type": "user.message", "data": {"content": "Look."}},
        {
            "type": "assistant.message",
            "data": {"content": "", "toolRequests": [{"toolCallId": "t", "name": "bash"}]},
        },
        {
            "type": "tool.execution_complete",
            "data": {"toolCallId": "t", "success": True, "result": {"content": "a.py"}},
        },
    ]
    write_lines(tmp_path / ".copilot/session-state/p1/events.jsonl", events)
    session = only(tmp_path, "copilot-cli")
    assert said(session) == [
        ("user", "Look.", ""),
        ("tool_call", "", "bash"),
        ("tool_result", "a.py", "bash"),
    ]
    assert session.project == "/made/up"


def test_cursor_tells_what_was_said_alone(tmp_path: Path) -> None:
    tool = {"name": "read_file", "rawArgs": "{}", "toolCallId": "t", "result": "x = 1"}
    write_base(
        tmp_path / ".config/Cursor/User/globalStorage/state.vscdb",
        CURSOR,
        (
            "cursorDiskKV",
            (
                "composerData:k1",
                {
                    "lastUpdatedAt": NOW,
                    "fullConversationHeadersOnly": [{"bubbleId": "2"}, {"bubbleId": "1"}],
                },
            ),
        ),
        ("cursorDiskKV", ("bubbleId:k1:1", {"type": 2, "text": "", "toolFormerData": tool})),
        ("cursorDiskKV", ("bubbleId:k1:2", {"type": 1, "text": "Look."})),
        ("cursorDiskKV", ("bubbleId:k2:1", {"type": 1, "text": "Another's."})),
    )
    session = only(tmp_path, "cursor")
    assert said(session) == [
        ("user", "Look.", ""),
        ("tool_call", "{}", "read_file"),
        ("tool_result", "x = 1", "read_file"),
    ]
    assert not billed(session)


def test_a_database_in_use_is_read_with_its_log_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / ".local/share/opencode/opencode.db"
    write_base(path, OPENCODE + "PRAGMA journal_mode = WAL;")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO session VALUES ('ses_1', NULL, '/made/up', 1)")
        before = path.read_bytes(), sorted(path.parent.iterdir())
        writer.execute("BEGIN IMMEDIATE")
        assert [one.session for one in listed(tmp_path, "opencode")] == ["ses_1"]
        writer.execute("INSERT INTO session VALUES ('ses_2', NULL, '/made/up', 2)")
        writer.execute("COMMIT")
        assert (path.read_bytes(), sorted(path.parent.iterdir())) == before
        assert len(listed(tmp_path, "opencode")) == 2


def test_a_database_at_rest_is_read_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / ".local/share/opencode/opencode.db"
    write_base(path, OPENCODE + "PRAGMA journal_mode = WAL;", *opencode_rows(TOOL))
    assert only(tmp_path, "opencode").turns
    assert list(path.parent.iterdir()) == [path]


def test_what_is_no_database_is_told_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".local/share/opencode/opencode.db"
    path.parent.mkdir(parents=True)
    path.write_text("Not one.")
    with pytest.raises(Unavailable, match="not a database"):
        only(tmp_path, "opencode")
    path.unlink()
    write_base(path, "CREATE TABLE other (id TEXT);")
    assert not listed(tmp_path, "opencode")
