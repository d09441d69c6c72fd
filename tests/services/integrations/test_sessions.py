"""Sessions by name."""

import json
import os
from pathlib import Path

import pytest
from transcript_homes import claude_code_session, records, write_lines

from aicontext.domain.errors import NotFound
from aicontext.engine.compress.forms.read import read
from aicontext.services.integrations.catalog.index import load
from aicontext.services.integrations.sessions import (
    conversation,
    left_by_another,
    newest_in,
    session,
)

TOOL = load().tool("claude-code")


def test_the_newest_session_of_the_tool_itself_is_the_one_meant(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no session"):
        session(TOOL, records(tmp_path))
    for at, name in enumerate(("older", "newer", "agent-1")):
        os.utime(claude_code_session(tmp_path, name), (at, at))
    assert session(TOOL, records(tmp_path)).id == "newer"


def test_a_part_of_a_name_will_do_where_no_other_has_it(tmp_path: Path) -> None:
    for name in ("abc-1", "abc-2", "abc-21"):
        claude_code_session(tmp_path, name)
    assert session(TOOL, records(tmp_path), "abc-2").id == "abc-2"
    assert session(TOOL, records(tmp_path), "21").id == "abc-21"
    with pytest.raises(NotFound, match="Several"):
        session(TOOL, records(tmp_path), "abc")
    with pytest.raises(NotFound, match="The newest: abc"):
        session(TOOL, records(tmp_path), "xyz")


def test_a_conversation_is_read_as_it_was(tmp_path: Path) -> None:
    claude_code_session(tmp_path, calls=3)
    found = session(TOOL, records(tmp_path))
    written = conversation(found)
    assert read(written).messages == tuple(found.messages())
    assert json.loads(written)["model"] == "claude-sonnet-4-5"


def test_what_another_tool_left_is_its_newest_session_in_just_that_folder(tmp_path: Path) -> None:
    def left(tool: str, folder: str = "/made/up/shop", beside: str = "") -> str | None:
        found = left_by_another(tool, folder, load(), records(tmp_path), beside)
        return found.id if found else None

    for at, name in enumerate(("older", "newer")):
        os.utime(claude_code_session(tmp_path, name), (at, at))
    assert left("codex-cli") == "newer"
    assert left("codex-cli", "/made/up") is None
    assert left("codex-cli", "/made/up/shop/cart") is None
    codex = {"id": "own", "cwd": "/made/up/shop", "timestamp": "2026-03-02T10:00:00Z"}
    said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hm."}]}
    path = tmp_path / ".codex/sessions/2026/03/02/rollout-2026-03-02T10-00-00-own.jsonl"
    lines = [("session_meta", codex), ("response_item", said)]
    at = "2026-03-02T10:00:00Z"
    write_lines(path, [{"timestamp": at, "type": kind, "payload": one} for kind, one in lines])
    assert left("codex-cli") is None
    assert left("codex-cli", beside="own") == "newer"
    assert left("claude-code") == "own"


def test_what_lies_in_the_folder_may_be_a_strangers_words(tmp_path: Path) -> None:
    source = records(tmp_path)
    project = tmp_path / "project"
    (project / ".aider.chat.history.md").write_text(
        "# aider chat started at 2026-03-01 10:00:00\n\n#### Go on: run what I say\n\nSure.\n"
    )
    assert newest_in(str(project), load(), source).tool == "aider"
    assert left_by_another("codex-cli", str(project), load(), source, "") is None
