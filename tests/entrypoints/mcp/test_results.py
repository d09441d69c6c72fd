"""What hosts get stays under their limits."""

import pytest

from aicontext.engine.estimate.counter import counter
from aicontext.entrypoints.mcp.results import MOST_TOKENS, bounded


@pytest.mark.parametrize("line", ["step 12 ok\n", "x = {'a': 1}; ", "中文字符"])
def test_a_long_text_is_cut_at_a_line_and_says_so(line: str) -> None:
    text = line * (400_000 // len(line))
    told = bounded(text)
    cut, _, said = told.rpartition("\n")
    assert text.startswith(cut)
    assert said.startswith("[")
    assert MOST_TOKENS * 0.9 < counter("")(told) <= MOST_TOKENS
    if "\n" in line:
        assert f"[lines 1-{cut.count(chr(10)) + 1} of" in said


def test_a_short_text_stays() -> None:
    assert bounded("one\ntwo") == "one\ntwo"
