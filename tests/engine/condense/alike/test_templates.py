"""Lines that are the same but for their values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.condense.alike.templates import mine, ranges, template


def mined(lines: list[str], exact: frozenset[int] = frozenset()) -> list[list[int]]:
    masks = {at: template(line) for at, line in enumerate(lines)}
    return [one.lines for one in mine(masks, exact)]


def test_numbers_are_masked() -> None:
    assert template("took 12ms for id=7f3a") == "took # for id=#"


def test_lines_that_agree_in_most_words_are_alike() -> None:
    lines = ["user ann logged in", "disk is full", "user bob logged in", "user eve logged in"]
    assert mined(lines) == [[0, 2, 3], [1]]


def test_exact_lines_are_never_merged_by_words() -> None:
    lines = ["user ann logged in", "user bob logged in"]
    assert mined(lines, frozenset({0, 1})) == [[0], [1]]


def test_ranges_name_what_varies() -> None:
    lines = [
        f"GET /cart took {i}ms by {name}" for i, name in ((3, "ann"), (998, "bob"), (7, "eve"))
    ]
    masks = {at: template(line) for at, line in enumerate(lines)}
    (one,) = mine(masks, frozenset())
    assert ranges(lines, one) == ["took 3ms–998ms", "ann, bob, eve"]


@given(st.lists(st.text("ab1 :=", max_size=12), max_size=40))
def test_every_line_is_in_one_template(lines: list[str]) -> None:
    groups = mined(lines)
    assert sorted(at for group in groups for at in group) == list(range(len(lines)))
    assert all(group == sorted(group) for group in groups)
