"""Sessions by name."""

import json
import os
from pathlib import Path

import pytest
from transcript_homes import claude_code_session, records

from aicontext.domain.errors import NotFound
from aicontext.engine.compress.forms.read import read
from aicontext.services.integrations.catalog.index import load
from aicontext.services.integrations.sessions import conversation, session

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
