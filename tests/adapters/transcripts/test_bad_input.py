"""Records that lie: no reader fails on any of them."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transcript_homes import listed, records, write_lines

from aicontext.domain.transcripts import Position
from aicontext.services.analytics.audit.requests import requests
from aicontext.services.integrations.catalog.index import load

FILES = {
    "amp": ".local/share/amp/threads/T.json",
    "claude-code": ".claude/projects/p/s.jsonl",
    "cline": ".cline/data/sessions/s.messages.json",
    "codex-cli": ".codex/sessions/rollout-s.jsonl",
    "continue": ".continue/sessions/s.json",
    "copilot-cli": ".copilot/session-state/s/events.jsonl",
    "factory-droid": ".factory/sessions/s.settings.json",
    "gemini-cli": ".gemini/tmp/p/chats/session-s.json",
    "gptme": ".local/share/gptme/logs/s/conversation.jsonl",
    "kimi-code": ".kimi/sessions/p/s/wire.jsonl",
    "mini-swe-agent": ".config/mini-swe-agent/s.traj.json",
    "openhands": ".openhands/conversations/s/base_state.json",
    "pi": ".pi/agent/sessions/s.jsonl",
    "qwen-code": ".qwen/projects/p/chats/s.jsonl",
}
KEYS = (
    *("type", "role", "id", "uuid", "timestamp", "message", "messages", "content", "payload"),
    *("usage", "tokens", "model", "parts", "text", "info", "total_token_usage", "input_tokens"),
    *("messageId", "toMessageId", "usageLedger", "events", "tokenUsage", "toolCalls", "result"),
    *("data", "toolRequests", "tool_use_id", "parentUuid", "isSidechain", "$rewindTo", "$set"),
    *("stats", "usage_to_metrics", "history", "toolCallStates", "extra", "tool_calls", "metadata"),
    *("sessionId", "replacement_history", "metrics", "ts", "output", "call_id", "arguments"),
)
WORDS = st.sampled_from(
    [
        *("assistant", "user", "tool", "text", "tool_use", "tool_result", "response_item"),
        *("event_msg", "token_count", "session_meta", "compacted", "message", "gemini", "x", ""),
        *("function_call", "function_call_output", "StatusUpdate", "usage.record", "turn"),
        *("assistant.message", "tool.execution_complete", "toolResult", "2026-03-01T10:00:00Z"),
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("tool", FILES)
def test_whatever_stands_in_a_record_is_read(tool: str, tmp_path: Path) -> None:
    path = tmp_path / FILES[tool]
    path.parent.mkdir(parents=True)
    source, known = records(tmp_path), load().tool(tool)

    @settings(max_examples=12, deadline=None, suppress_health_check=[*HealthCheck])
    @given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), max_size=4))
    def check(objects: list[dict[str, Any]]) -> None:
        lines = [json.dumps(one) for one in objects]
        path.write_text(lines[0] if path.suffix == ".json" and lines else "\n".join(lines))
        (found,) = source.listed(known)
        for spoken in (True, False):
            session = source.read(found, spoken=spoken)
            source.read(found, session.position, spoken=spoken)
            assert all(isinstance(message.text, str) for message in session.messages())
        for thread in source.read(found, Position()).threads:
            list(requests(session, thread))

    check()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / ".claude/projects/p"
    folder.mkdir(parents=True)
    (folder / "zero.jsonl").symlink_to("/dev/zero")
    (folder / "loop.jsonl").symlink_to("loop.jsonl")
    (folder / "folder.jsonl").mkdir()
    os.mkfifo(folder / "fifo.jsonl")
    (folder / "linked.jsonl").symlink_to(write_lines(tmp_path / "elsewhere", [{"type": "user"}]))
    found = listed(tmp_path, "claude-code")
    assert [one.path for one in found] == [str(tmp_path / "elsewhere")]


def test_a_record_in_a_project_leads_nowhere_else(tmp_path: Path) -> None:
    source, aider = records(tmp_path), load().tool("aider")
    chat = "# aider chat started at 2026-03-01 10:00:00\n\n#### Mine\n"
    (tmp_path / "secret.md").write_text(chat)
    record = tmp_path / "project/.aider.chat.history.md"
    record.symlink_to("../secret.md")
    assert list(source.listed(aider)) == []
    record.unlink()
    (tmp_path / "project/within.md").write_text(chat)
    record.symlink_to("within.md")
    assert [one.path for one in source.listed(aider)] == [str(tmp_path / "project/within.md")]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_folders_that_link_to_themselves_are_looked_at_once(tmp_path: Path) -> None:
    folder = tmp_path / ".codex/sessions/2026/03"
    write_lines(folder / "rollout-s.jsonl", [{"type": "session_meta"}])
    for name in ("a", "b", "c"):
        (folder / name).symlink_to(tmp_path / ".codex/sessions")
    assert [one.path for one in listed(tmp_path, "codex-cli")] == [str(folder / "rollout-s.jsonl")]


def test_names_that_look_like_patterns_are_names(tmp_path: Path) -> None:
    home = tmp_path / "[a]*"
    home.mkdir()
    write_lines(home / ".codex/sessions/[b]/rollout-s.jsonl", [{"type": "session_meta"}])
    chat = "# aider chat started at 2026-03-01 10:00:00\n\n#### Mine\n"
    (home / "project").mkdir()
    (home / "project/.aider.chat.history.md").write_text(chat)
    assert len(listed(home, "codex-cli")) == len(listed(home, "aider")) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_what_stands_beside_a_record_is_opened_where_it_is_a_plain_file(tmp_path: Path) -> None:
    events = tmp_path / ".openhands/conversations/s/events"
    events.mkdir(parents=True)
    (events.parent / "base_state.json").write_text("[]")
    (events / "event-00000-a.json").symlink_to("/dev/zero")
    os.mkfifo(events / "event-00001-b.json")
    chat = write_lines(tmp_path / ".local/share/gptme/logs/s/conversation.jsonl", [{"role": "x"}])
    os.mkfifo(chat.with_name("config.toml"))
    for tool in ("openhands", "gptme"):
        (found,) = listed(tmp_path, tool)
        assert records(tmp_path).read(found).project == ""
