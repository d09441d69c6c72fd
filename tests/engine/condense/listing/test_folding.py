"""A folded list is the list."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.condense.listing.folding import fold, unfold


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (
            ["src/app/main.py", "src/app/store.py", "src/tests/test_main.py", "README.md"],
            ["src/", "  app/", "    main.py", "    store.py", "  tests/test_main.py", "README.md"],
        ),
        (["a/b/c/d.txt", "a/b/c/e.txt"], ["a/b/c/", "  d.txt", "  e.txt"]),
        (["t/p_08.py", "t/p_09.py", "t/p_10.py"], ["t/", "  p_{08..10}.py"]),
        (["./a/", "./a/b", "./a/c"], ["./", "  a/", "  a/", "    b", "    c"]),
        (["one", "two"], ["one", "two"]),
        (["/a", "/b"], ["/", "  a", "  b"]),
    ],
)
def test_shared_folders_are_said_once(lines: list[str], rows: list[str]) -> None:
    assert fold(lines) == rows
    assert unfold(rows) == lines


def test_what_would_be_ambiguous_is_left() -> None:
    assert fold(["  a/b", "  a/c"]) is None
    assert fold(["a/{1..3}", "a/b"]) is None


_PART = st.sampled_from(["a", "b", "c1", "c2", "c3", "", "..", "d e", "x.py", "x08", "x09", "x10"])
_PATH = st.lists(_PART, min_size=1, max_size=5).map("/".join)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(_PATH, st.text(max_size=12)), max_size=25))
def test_folding_can_be_undone(lines: list[str]) -> None:
    lines = [piece for line in lines for piece in line.split("\n")]
    rows = fold(lines)
    if rows is not None:
        assert unfold(rows) == lines
