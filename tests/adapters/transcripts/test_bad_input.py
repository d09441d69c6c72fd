"""Records that lie: no reader fails on any of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transcript_homes import records

from aicontext.domain.transcripts import Position
from aicontext.services.analytics.audit.requests import requests
from aicontext.services.integrations.catalog.index import load

FILES = {
    "amp": ".local/share/amp/threads/T.json",
    "claude-code": ".claude/projects/p/s.jsonl",
    "cline": ".cline/data/sessions/s.messages.json",
    "codex-cli": ".codex/sessions/rollout-s.jsonl",
    "copilot-cli": ".copilot/session-state/s/events.jsonl",
    "factory-droid": ".factory/sessions/s.settings.json",
    "gemini-cli": ".gemini/tmp/p/chats/session-s.json",
    "kimi-code": ".kimi/sessions/p/s/wire.jsonl",
    "pi": ".pi/agent/sessions/s.jsonl",
    "qwen-code": ".qwen/projects/p/chats/s.jsonl",
}
KEYS = (
    *("type", "role", "id", "uuid", "timestamp", "message", "messages", "content", "payload"),
    *("usage", "tokens", "model", "parts", "text", "info", "total_token_usage", "input_tokens"),
    *("messageId", "toMessageId", "usageLedger", "events", "tokenUsage", "toolCalls", "result"),
    *("data", "toolRequests", "tool_use_id", "parentUuid", "isSidechain", "$rewindTo", "$set"),
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
