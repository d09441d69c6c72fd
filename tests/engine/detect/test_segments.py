"""Blocks that hold several kinds; whatever is cut, nothing is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Kind
from aicontext.engine.detect.segments import split

PROSE = "Here is what I found when I looked at the service, and what I would do about it next.\n"
ROWS = json.dumps([{"id": i, "name": f"row {i}", "open": i % 2 == 0} for i in range(20)], indent=1)
DIFF = (
    "diff --git a/app.py b/app.py\nindex 1234567..89abcde 100644\n--- a/app.py\n+++ b/app.py\n"
    "@@ -1,7 +1,7 @@ def main():\n def main():\n-    run()\n+    run(now=True, again=False)\n"
    "     return 0\n \n \n def other():\n     return 1\n"
)
SESSION = (
    "============================= test session starts ==============================\n"
    "collected 1 item\n\ntests/test_app.py::test_one PASSED                      [100%]\n\n"
    "============================== 1 passed in 0.12s ===============================\n"
)
CODE = "".join(f"    {i}→def step_{i}(x):\n" for i in range(1, 30))
REMINDER = (
    "<system-reminder>\n" + "Keep to the rules of this place. " * 8 + "\n</system-reminder>\n"
)
ENVELOPE = "Chunk: 1\nProcess exited with code 0\nOutput:\n"


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ([PROSE, ROWS + "\n", DIFF], [Kind.PROSE, Kind.JSON, Kind.DIFF]),
        ([ENVELOPE, ROWS], [Kind.PROSE, Kind.JSON]),
        ([CODE, REMINDER], [Kind.CODE, Kind.PROSE]),
        ([PROSE * 3, SESSION], [Kind.PROSE, Kind.TEST]),
        ([PROSE * 4, DIFF, PROSE * 4], [Kind.PROSE, Kind.DIFF, Kind.PROSE]),
    ],
)
def test_cuts_where_a_part_says_where_it_ends(parts: list[str], kinds: list[Kind]) -> None:
    found = split("".join(parts))
    assert [segment.detected.kind for segment in found] == kinds
    assert [segment.text for segment in found] == parts


@pytest.mark.parametrize(
    "text",
    [
        f"# Format\n\nAn answer of the service looks like this.\n\n```json\n{ROWS}\n```\n\n{PROSE}",
        "".join(f"    {i}→{line}\n" for i, line in enumerate(DIFF.splitlines(), 1)),
        SESSION.replace("collected 1 item", ROWS),
    ],
    ids=["fenced", "numbered", "inside a session"],
)
def test_leaves_whole_what_only_quotes(text: str) -> None:
    assert [segment.text for segment in split(text)] == [text]


def test_files_under_their_names() -> None:
    code = "import os\n\n\ndef load(path):\n    return open(path).read()\n" * 5
    words = PROSE * 4
    found = split(f"==> load.py <==\n{code}\n==> notes.md <==\n{words}")
    assert [segment.detected.kind for segment in found] == [Kind.CODE, Kind.PROSE]


_PIECES = st.sampled_from(
    [PROSE, ROWS, DIFF, SESSION, CODE, REMINDER, ENVELOPE, "\n", "{", "[[", "@@ -1 +1 @@\n", "==> "]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=30)), max_size=8))
def test_segments_join_to_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert "".join(segment.text for segment in split(text, Ask(command=text[:40]))) == text


def test_deep_nesting_is_no_trouble() -> None:
    text = PROSE + "\n" + "[" * 200_000
    assert "".join(segment.text for segment in split(text)) == text
