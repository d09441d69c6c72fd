from __future__ import annotations

import pytest

from aicontext.engine.detect.numbering import numbered, without_number


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("    12\tdef f():", "def f():"),
        ("12→    return 1", "    return 1"),
        ("12: x", "x"),
        ("  12 | x", "x"),
        ("     7", ""),
        ("plain", "plain"),
        ("12:00:01 up", "12:00:01 up"),
    ],
)
def test_number_goes(line: str, rest: str) -> None:
    assert without_number(line) == rest


def test_matches_of_a_search_are_no_file_read() -> None:
    assert numbered([["3: a", "4: b", "5: c"]])
    assert not numbered([["3: a", "14: b", "159: c"]])


def test_blank_lines_of_nl_need_no_number() -> None:
    assert numbered([["     1\ta", "       ", "     2\tb", "     3\tc"]])
