"""Filling a budget."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.condense.fill import fill


def render(chosen: Sequence[str]) -> str:
    return " ".join(sorted(chosen))


def filled(pieces: Sequence[str], budget: int) -> str:
    return fill(pieces, lambda piece, _: len(piece), render, budget, len)


def test_best_first_and_smaller_ones_after_one_that_does_not_fit() -> None:
    assert filled(["aaa", "b" * 50, "cc"], 8) == "aaa cc"


def test_nothing_fits() -> None:
    assert filled(["abcdef"], 3) == ""
    assert filled([], 3) == ""


@given(st.lists(st.text("abc", min_size=1, max_size=20), unique=True), st.integers(0, 100))
def test_never_over_budget(pieces: list[str], budget: int) -> None:
    assert len(filled(pieces, budget)) <= budget
