"""Records in the providers' own messages: Continue's, gptme's, Hermes', mini-SWE-agent's,
OpenHands' and Zed's, as their releases of November 2026 wrote them."""

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from transcript_homes import (
    billed,
    listed,
    only,
    records,
    said,
    write_base,
    write_document,
    write_lines,
)

from aicontext.domain.usage import Billed

AT = "2026-11-28T12:29:42.100000"
USE = {"id": "c1", "type": "function", "function": {"name": "bash", "arguments": '{"c":"ls"}'}}
TALK = [
    ("user", "Mend it.", ""),
    ("assistant", "I look.", ""),
    ("tool_call", '{"c":"ls"}', "bash"),
    ("tool_result", "a.py", "bash"),
]
HERMES = """
CREATE TABLE sessions (id TEXT, model TEXT, cwd TEXT, started_at REAL, input_tokens INTEGER,
  cache_read_tokens INTEGER, cache_write_tokens INTEGER, output_tokens INTEGER);
CREATE TABLE messages (id INTEGER, session_id TEXT, role TEXT, content TEXT, tool_calls TEXT,
  tool_call_id TEXT, timestamp REAL, active INTEGER);
"""
ZED = """
CREATE TABLE threads (id TEXT, summary TEXT, updated_at TEXT, data_type TEXT, data BLOB,
  parent_id TEXT, folder_paths TEXT);
"""


def test_continue_tells_anthropics_input_without_the_cache_and_openais_with_it(
    tmp_path: Path,
) -> None:
    answer = {"role": "assistant", "content": "I look.", "toolCalls": [USE]}
    cache = {"cached_tokens": 400, "cache_read_tokens": 400, "cache_write_tokens": 30}
    usage = {"prompt_tokens": 5, "completion_tokens": 20, "model": "claude-x"}
    other = {"prompt_tokens": 435, "completion_tokens": 7, "model": "gpt-x"}
    output = {"toolCallId": "c1", "status": "done", "output": [{"content": "a.py"}]}
    history = [
        {"message": {"role": "user", "content": [{"type": "text", "text": "Mend it."}]}},
        {
            "message": {**answer, "usage": {**usage, "prompt_tokens_details": cache}},
            "toolCallStates": [output],
        },
        {
            "message": {
                "role": "assistant",
                "content": "Done.",
                "usage": {**other, "prompt_tokens_details": {"cached_tokens": 400}},
            }
        },
    ]
    document = {"sessionId": "s", "workspaceDirectory": "file:///made/up", "history": history}
    write_document(tmp_path / ".continue/sessions/s.json", document)
    write_document(tmp_path / ".continue/sessions/sessions.json", [{"sessionId": "s"}])
    session = only(tmp_path, "continue")
    assert said(session) == [*TALK, ("assistant", "Done.", "")]
    assert billed(session) == [Billed(5, 400, 30, output=20), Billed(35, 400, output=7)]
    assert (session.id, session.project, session.model) == ("s", "/made/up", "gpt-x")


def test_gptme_tells_what_tools_gave_as_words_of_the_system(tmp_path: Path) -> None:
    usage = {"input_tokens": 5, "output_tokens": 20, "cache_read_tokens": 400}
    facts = {"model": "openai/gpt-x", "usage": usage, "cost": 0.25}
    folder = tmp_path / ".local/share/gptme/logs/s"
    lines = [
        {"role": "user", "content": "Mend it.", "timestamp": AT},
        {"role": "assistant", "content": "I look.", "timestamp": AT, "metadata": facts},
        {"role": "system", "content": "a.py", "call_id": "c1", "metadata": {"tool": "bash"}},
    ]
    write_lines(folder / "conversation.jsonl", lines)
    (folder / "config.toml").write_text('[chat]\nworkspace = "/made/up"\n')
    session = only(tmp_path, "gptme")
    assert said(session) == [TALK[0], TALK[1], TALK[3]]
    assert billed(session) == [Billed(5, 400, output=20)]
    assert (session.project, session.model, session.turns[1].call) == (
        "/made/up",
        "gpt-x",
        session.calls[0][1],
    )
    assert session.calls[0][1].cost == 0.25


def test_mini_swe_agent_keeps_the_providers_answers(tmp_path: Path) -> None:
    usage: dict[str, Any] = {"prompt_tokens": 405, "completion_tokens": 20}
    usage["prompt_tokens_details"] = {"cached_tokens": 400, "audio_tokens": None}
    extra = {"response": {"id": "r1", "model": "gpt-x", "usage": usage}, "cost": 0.25}
    messages = [
        {"role": "user", "content": "Mend it."},
        {"role": "assistant", "content": "I look.", "tool_calls": [USE], "extra": extra},
        {"role": "tool", "tool_call_id": "c1", "content": "a.py"},
    ]
    write_document(
        tmp_path / ".config/mini-swe-agent/last_mini_run.traj.json", {"messages": messages}
    )
    session = only(tmp_path, "mini-swe-agent")
    assert said(session) == TALK
    ((_, call),) = session.calls
    assert (call.id, call.billed, call.cost) == ("r1", Billed(5, 400, output=20), 0.25)


def openhands(home: Path, *more: dict[str, Any]) -> None:
    folder = home / ".openhands/conversations/s"
    usage = {"prompt_tokens": 435, "completion_tokens": 20, "cache_read_tokens": 400}
    usage |= {"cache_write_tokens": 30}
    used = {"model": "anthropic/claude-x", "response_id": "r1", **usage}
    spent = {"token_usages": [used], "costs": [{"cost": 0.25}]}
    apart = {"token_usages": [{"prompt_tokens": 7, "response_id": "r2"}]}
    stats = {"usage_to_metrics": {"agent": spent, "condenser": apart}}
    write_document(
        folder / "base_state.json", {"stats": stats, "workspace": {"working_dir": "/made/up"}}
    )
    text = [{"type": "text", "text": "I look."}]
    asked = {"role": "user", "content": [{"type": "text", "text": "Mend it."}]}
    result = {"content": [{"type": "text", "text": "a.py"}]}
    ids = {"tool_name": "bash", "tool_call_id": "c1"}
    action = {"kind": "ActionEvent", "id": "e1", "source": "agent", "thought": text, **ids}
    action |= {"tool_call": {"arguments": '{"c":"ls"}'}, "llm_response_id": "r1"}
    events = [
        {"kind": "MessageEvent", "id": "e0", "source": "user", "llm_message": asked},
        action,
        {"kind": "ObservationEvent", "id": "e2", "observation": result, **ids},
        *more,
    ]
    for at, event in enumerate(events):
        write_document(folder / f"events/event-{at:05d}-x.json", {"timestamp": AT, **event})


def test_openhands_tells_usage_by_answer_and_that_of_its_condenser(tmp_path: Path) -> None:
    openhands(tmp_path)
    session = only(tmp_path, "openhands")
    assert said(session) == TALK
    assert billed(session) == [Billed(5, 400, 30, output=20), Billed(7)]
    assert (session.project, session.calls[0][1].model) == ("/made/up", "claude-x")
    assert session.calls[0][1].cost == 0.25


def test_openhands_model_sees_the_summary_in_the_place_of_what_was_condensed(
    tmp_path: Path,
) -> None:
    gone = {"kind": "Condensation", "forgotten_event_ids": ["e1", "e2"], "summary": "It looked."}
    openhands(tmp_path, {**gone, "summary_offset": 1})
    session = only(tmp_path, "openhands")
    assert said(session) == [TALK[0], ("user", "It looked.", "")]
    assert session.turns[1].messages[0].text == "I look."


def test_hermes_leaves_out_what_was_taken_back(tmp_path: Path) -> None:
    write_base(
        tmp_path / ".hermes/state.db",
        HERMES,
        ("sessions", ("s", "gpt-x", "/made/up", 1e9, 5, 400, 30, 20)),
        ("messages", (1, "s", "user", "Mend it.", None, None, 1e9, 1)),
        ("messages", (2, "s", "assistant", "No.", None, None, 1e9, 0)),
        ("messages", (3, "s", "assistant", "I look.", [USE], None, 1e9, 1)),
        ("messages", (4, "s", "tool", "a.py", None, "c1", 1e9, 1)),
    )
    session = only(tmp_path, "hermes-agent")
    assert said(session) == TALK
    assert billed(session) == [Billed(5, 400, 30, output=20)]
    (found,) = listed(tmp_path, "hermes-agent")
    assert not billed(records(tmp_path).read(found, session.position))


@pytest.mark.parametrize("kind", ["zstd", "json"])
def test_zed_compresses_its_threads(kind: str, tmp_path: Path) -> None:
    use = {"ToolUse": {"id": "c1", "name": "bash", "input": {"c": "ls"}}}
    results = {"c1": {"is_error": False, "content": [{"Text": "a.py"}]}}
    thread = {
        "messages": [
            {"User": {"content": [{"Text": "Mend it."}]}},
            {"Agent": {"content": [{"Text": "I look."}, use], "tool_results": results}},
            "Resume",
        ],
        "cumulative_token_usage": {
            "input_tokens": 5,
            "output_tokens": 20,
            "cache_read_input_tokens": 400,
            "cache_creation_input_tokens": 30,
        },
        "model": {"provider": "anthropic", "model": "claude-x"},
    }
    raw = json.dumps(thread).encode()
    data = zstandard.compress(raw) if kind == "zstd" else raw
    row = ("s", "Mend it", "2026-11-28T12:00:00+00:00", kind, data, None, "/made/up\n/other")
    write_base(tmp_path / ".local/share/zed/threads/threads.db", ZED, ("threads", row))
    session = only(tmp_path, "zed")
    assert said(session) == TALK
    assert billed(session) == [Billed(5, 400, 30, output=20)]
    assert (session.project, session.model) == ("/made/up", "claude-x")


@pytest.mark.parametrize("data", [b"(\xb5/\xfdcut", b"no frame", b""], ids=["cut", "other", "none"])
def test_a_thread_that_cannot_be_decompressed_is_counted(data: bytes, tmp_path: Path) -> None:
    row = ("s", "x", "2026-11-28T12:00:00+00:00", "zstd", data, None, None)
    write_base(tmp_path / ".local/share/zed/threads/threads.db", ZED, ("threads", row))
    assert only(tmp_path, "zed").skipped == {"broken": 1}
