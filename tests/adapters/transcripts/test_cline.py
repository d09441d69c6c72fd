"""Tasks of Cline and its kin."""

import json
from pathlib import Path
from typing import Any

from transcript_homes import billed, listed, only, said, write_document

from aicontext.domain.usage import Billed

USER = ".config/Code/User/globalStorage"
CLINE = f"{USER}/saoudrizwan.claude-dev/tasks/1772359200000"
ROO = f"{USER}/rooveterinaryinc.roo-cline/tasks/0b0e7a2c"
FIRST = "Mend it. # Current Working Directory (/made/up) Files\n<model>claude-x</model>"
HISTORY = [
    {"role": "user", "content": [{"type": "text", "text": FIRST}]},
    {"role": "assistant", "content": [{"type": "text", "text": "I look."}]},
]


def request(**usage: Any) -> dict[str, Any]:
    return {"ts": 1772359200000, "type": "say", "say": "api_req_started", "text": json.dumps(usage)}


def test_a_task_tells_what_was_said_and_billed(tmp_path: Path) -> None:
    write_document(tmp_path / CLINE / "api_conversation_history.json", HISTORY)
    usage = {"tokensIn": 5, "tokensOut": 20, "cacheWrites": 30, "cacheReads": 400, "cost": 0.01}
    other = {"ts": 1, "type": "say", "say": "text", "text": json.dumps(usage)}
    write_document(tmp_path / CLINE / "ui_messages.json", [request(**usage), other])
    session = only(tmp_path, "cline")
    assert billed(session) == [Billed(5, 400, 30, output=20)]
    assert said(session)[1] == ("assistant", "I look.", "")
    assert (session.id, session.project, session.model) == (
        "1772359200000",
        "/made/up",
        "claude-x",
    )
    assert session.turns[1].call
    assert session.turns[1].call.cost == 0.01


def test_calls_that_were_not_billed_yet_are_none(tmp_path: Path) -> None:
    write_document(tmp_path / CLINE / "api_conversation_history.json", HISTORY)
    write_document(tmp_path / CLINE / "ui_messages.json", [request(request="...")])
    session = only(tmp_path, "cline")
    assert not billed(session)
    assert len(said(session)) == 2


def test_calls_that_the_user_took_back_were_billed(tmp_path: Path) -> None:
    gone = request(tokensIn=70, tokensOut=7) | {"say": "deleted_api_reqs"}
    write_document(tmp_path / CLINE / "ui_messages.json", [gone, request(tokensIn=5, tokensOut=2)])
    assert billed(only(tmp_path, "cline")) == [Billed(70, output=7), Billed(5, output=2)]


def test_roo_includes_the_cache_in_its_input(tmp_path: Path) -> None:
    usage = {"tokensIn": 435, "tokensOut": 20, "cacheWrites": 30, "cacheReads": 400}
    write_document(tmp_path / ROO / "ui_messages.json", [request(**usage, apiProtocol="anthropic")])
    assert billed(only(tmp_path, "roo-code")) == [Billed(5, 400, 30, output=20)]


def test_newer_versions_keep_one_file(tmp_path: Path) -> None:
    folder = tmp_path / ".cline/data/sessions/n1"
    metrics = {"inputTokens": 435, "outputTokens": 20, "cacheReadTokens": 400, "cost": 0.02}
    answer = {"id": "m1", "role": "assistant", "content": "I look.", "metrics": metrics}
    messages = [{"role": "user", "content": "Mend it."}, answer]
    write_document(folder / "n1.messages.json", {"sessionId": "n1", "messages": messages})
    write_document(folder / "n1.json", {"model": "glm-x", "workspace_root": "/made/up"})
    session = only(tmp_path, "cline")
    assert billed(session) == [Billed(35, 400, output=20)]
    assert said(session) == [("user", "Mend it.", ""), ("assistant", "I look.", "")]
    assert (session.id, session.project, session.model) == ("n1", "/made/up", "glm-x")


def test_sessions_of_the_command_line_are_its_own_and_tell_each_output(tmp_path: Path) -> None:
    folder = tmp_path / ".cline/data/sessions/n1"
    use = {"type": "tool_use", "id": "c1", "name": "run_commands", "input": {"commands": ["ls"]}}
    outputs = [{"query": "ls", "result": "a.py", "success": True}]
    result = {"type": "tool_result", "tool_use_id": "c1", "content": outputs}
    messages = [
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    write_document(folder / "n1.messages.json", {"sessionId": "n1", "messages": messages})
    write_document(folder / "n1.json", {"source": "cli", "model": "glm-x"})
    assert not listed(tmp_path, "cline")
    assert said(only(tmp_path, "cline-cli"))[1] == ("tool_result", "a.py", "run_commands")
