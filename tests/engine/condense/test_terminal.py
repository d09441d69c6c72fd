"""Escapes, overprinting, progress."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.condense.terminal import clean, is_progress, plain, plain_lines, unstamped

CASES = [
    ("\x1b[1;31mERROR\x1b[0m: no", "ERROR: no"),
    ("\x1b]0;title\x07text", "text"),
    ("\x1b]8;;https://a.b\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("10%\r50%\r100% done", "100% done"),
    ("carriage return at the end\r", "carriage return at the end"),
    ("abc\b\bxy", "axy"),
    ("\b\bstart", "start"),
    ("\x1b[", ""),
    ("\x1b(Bplain\x1b[m", "plain"),
    ("no escapes", "no escapes"),
]
PROGRESS = [
    "⠋ installing",
    "|████████░░░░| 64%",
    "Downloading foo-1.0.whl (12.3 kB)" + " ━━━━━━━━ 12.3/12.3 kB",
    " 64%|██████    | 64/100 [00:01<00:01]",
    "[========>      ] 12/20",
    "Receiving objects:  64% (640/1000)",
    "Progress (1): 2.4/5.1 kB",
]
CALM = ["========", "=== FAILURES ===", "- item", "a | b", "done 100%", "| a | b |", "# heading"]


@pytest.mark.parametrize(("raw", "shown"), CASES)
def test_plain(raw: str, shown: str) -> None:
    assert plain(raw) == shown


@pytest.mark.parametrize("line", PROGRESS)
def test_progress(line: str) -> None:
    assert is_progress(line)


@pytest.mark.parametrize("line", CALM)
def test_what_is_no_progress(line: str) -> None:
    assert not is_progress(line)


def test_clean_keeps_the_last_state_of_a_run_of_progress() -> None:
    text = "start\n⠋ 1\n⠙ 2\n⠹ 3\n\x1b[2K\nend\n\nlast"
    assert clean(text) == "start\n⠹ 3\nend\n\nlast"


def test_stamps_go_where_nearly_every_line_has_one() -> None:
    lines = [f"2024-05-01T10:00:0{i}.1234567Z step {i}" for i in range(8)]
    assert unstamped(lines) == [f"step {i}" for i in range(8)]
    mixed = [*lines[:2], "a", "b", "c"]
    assert unstamped(mixed) is mixed


@given(st.text(alphabet="a \n\r\b\x1b[]0;m█⠋%|\x07"))
def test_clean_adds_nothing_and_is_stable(text: str) -> None:
    once = clean(text)
    assert len(once) <= len(text)
    assert not set(once) & {"\r", "\b"}
    assert len(plain_lines(text)) == text.count("\n") + 1
