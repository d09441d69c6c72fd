"""Which program a tool was told to call."""

import pytest

from aicontext.services.integrations.hooks.probe import programs

WINDOWS = '"C:/Users/Ada B/aicontext-hook.exe"'
AT, HOOK, QUOTED = "--at 127.0.0.1:1", "/a/aicontext-hook", "'/a b/aicontext-hook'"


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (f"const HOOK = String.raw`{HOOK} {AT}`\n", f"{HOOK} {AT}"),
        (f"const HOOK = String.raw`{WINDOWS} {AT}`\n", f"{WINDOWS} {AT}"),
        (f"{WINDOWS} pi PostToolUse", WINDOWS),
        ('"C:/A B/aicontext.exe" hook pi PostToolUse', '"C:/A B/aicontext.exe" hook'),
        (f'const HOOK = "{HOOK}"\n', HOOK),
        (f"{HOOK} claude-code PostToolUse", HOOK),
        (f"{QUOTED} {AT} pi PostToolUse", f"{QUOTED} {AT}"),
        (f"{QUOTED} pi PostToolUse", QUOTED),
        ("'/a b/aicontext' hook claude-code PostToolUse", "'/a b/aicontext' hook"),
        ("/a/aicontext hook claude-code PostToolUse", "/a/aicontext hook"),
        ("C:/a/aicontext-hook.exe pi PostToolUse", "C:/a/aicontext-hook.exe"),
    ],
)
def test_it_is_found_in_whatever_was_written(text: str, program: str) -> None:
    assert list(programs([text])) == [program]
