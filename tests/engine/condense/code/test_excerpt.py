import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.code.excerpt import excerpt
from aicontext.engine.condense.marks import Marks


def words(text: str) -> int:
    return len(re.findall(r"\w+|[^\w ]", text))


CODE = [
    "import { loadCart } from './cartStore';",
    "",
    *(line for i in range(30) for line in (f"function plain{i}(a) {{", "  return a;", "}", "")),
    "export function shippingQuote(cart) {",
    "  const parcelWeight = weigh(cart);",
    "  return tariffFor(parcelWeight);",
    "}",
]
GAP = re.compile(r"\[…\w* ([\d,]+) lines?\]")


def assert_in_order(shown: str, text: str, marks: Marks) -> None:
    """Every line is the source's at its place; gap marks count what lies between."""
    source, row = text.split("\n"), 0
    for line in shown.split("\n"):
        gap = GAP.fullmatch(line)
        if gap and line.startswith(marks.opening):
            row += int(gap[1].replace(",", ""))
        else:
            assert line == source[row]
            row += 1
    assert row == len(source)


def test_shows_what_the_query_is_about_and_its_neighbours() -> None:
    text = "\n".join(CODE)
    found = excerpt(text, Ask(query="Why is the shipping quote too high?"), 60, words)
    assert found is not None
    assert found.level is Level.EXCERPT
    assert "\n".join(CODE[-4:-1]) in found.text
    assert words(found.text) <= 60
    assert_in_order(found.text, text, Marks.of(text))


def test_lines_of_a_numbered_read_stay_as_they_were() -> None:
    text = "\n".join(f"{i:>5}→{line}" for i, line in enumerate(CODE, 1))
    found = excerpt(text, Ask(query="shipping quote"), 80, words)
    assert found is not None
    assert "  124→  const parcelWeight = weigh(cart);" in found.text
    assert_in_order(found.text, text, Marks.of(text))


@pytest.mark.parametrize("budget", [-1, 0, 1])
def test_no_budget_is_no_excerpt(budget: int) -> None:
    assert excerpt("\n".join(CODE), Ask(), budget, words) is None


def test_repeated_lines_and_one_long_line_end() -> None:
    for text in ("same_line = other_line(1)\n" * 3_000, "longName " * 20_000):
        found = excerpt(text, Ask(query="same_line"), 100, words)
        assert found is None or words(found.text) <= 100


LINES = st.sampled_from([*CODE[-6:], "", "[… 2 lines]", "  7→x", "\ud800", "a" * 300, "if (x) {"])


@settings(max_examples=120, deadline=None)
@given(st.lists(LINES, max_size=50).map("\n".join), st.text(max_size=20), st.integers(0, 120))
def test_budgets_hold_and_lines_are_the_texts_own(text: str, query: str, budget: int) -> None:
    found = excerpt(text, Ask(query=query), budget, words)
    if found is not None:
        assert words(found.text) <= budget
        assert found == excerpt(text, Ask(query=query), budget, words)
        assert_in_order(found.text, text, Marks.of(text))
