from __future__ import annotations

import json

import pytest

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.files import listed, touched

PATCH = "*** Begin Patch\n*** Add File: a/new.go\n+package a\n*** Update File: a/old.go\n@@\n-x\n+y"


@pytest.mark.parametrize(
    ("tool", "arguments", "line"),
    [
        ("Read", {"file_path": "src/a.py", "offset": 10, "limit": 5}, "src/a.py: read 10-14"),
        ("view", {"path": "src/a.py"}, "src/a.py: read"),
        ("file_editor", {"command": "view", "path": "src/a.py"}, "src/a.py: read"),
        ("Write", {"file_path": "src/a.py", "content": "x"}, "src/a.py: created"),
        ("Edit", {"file_path": "src/a.py", "old_string": "x"}, "src/a.py: edited 1x"),
        ("shell", {"command": ["bash", "-lc", "sed -n '1,80p' b.ts"]}, "b.ts: read 1-80"),
        ("exec_command", {"cmd": "cd x && cat -n docs/c.md | head"}, "docs/c.md: read"),
    ],
)
def test_calls_tell_what_was_done_to_files(
    tool: str, arguments: dict[str, object], line: str
) -> None:
    files, _ = touched([Message(Role.TOOL_CALL, json.dumps(arguments), tool)])
    assert listed(files) == [line]


def test_a_patch_tells_of_several_files_and_changed_ones_come_first() -> None:
    read = Message(Role.TOOL_CALL, '{"file_path": "z.py"}', "Read")
    files, changing = touched([read, Message(Role.TOOL_CALL, PATCH, "apply_patch")])
    assert listed(files) == ["a/new.go: created", "a/old.go: edited 1x", "z.py: read"]
    assert changing == {1}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"path": 3}', "[" * 100_000, '{"a":' * 50_000])
def test_broken_arguments_touch_nothing(text: str) -> None:
    assert touched([Message(Role.TOOL_CALL, text, "Read")]) == ({}, set())
