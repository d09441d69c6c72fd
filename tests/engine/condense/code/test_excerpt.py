import re

import pytest
from counts import words_and_marks as words
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.code.excerpt import excerpt
from aicontext.engine.condense.marks import Marks

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
    lines = iter(text.split("\n"))
    assert all(line in lines for line in found.text.split("\n") if line != "[…]")


STOCK = [
    "class Stock:",
    *(
        line
        for name in ("count", "reserve", "release", "order", "receive", "audit")
        for line in (
            f"    def {name}(self, item):",
            f'        """Does the {name} of an item."""',
            "        shelf = self.shelves[item.shelf]",
            f"        shelf.note({name!r}, item)",
            f"        return shelf.{name}_total()",
            "",
        )
    ),
]


def test_a_question_gets_the_whole_function_and_the_header_of_its_class() -> None:
    found = excerpt("\n".join(STOCK), Ask(query="How is an item released?"), 90, words)
    assert found is not None
    assert "\n".join(STOCK[13:18]) in found.text
    assert found.text.startswith("class Stock:\n")


def test_what_the_query_names_as_code_comes_first() -> None:
    query = "Does `receive` note the order of the items it has to count?"
    found = excerpt("\n".join(STOCK), Ask(query=query), 75, words)
    assert found is not None
    assert "\n".join(STOCK[25:30]) in found.text


def test_a_function_over_the_budget_shows_its_signature_and_matching_lines() -> None:
    steps = [f"    step_{i} = turn({i})" for i in range(200)]
    text = "\n".join(["def build(x):", *steps, "    width = measure(x)", "    return width"])
    found = excerpt(text, Ask(query="where is the width measured?"), 80, words)
    assert found is not None
    assert "def build(x):" in found.text
    assert "    width = measure(x)" in found.text


def test_long_words_before_a_call_are_no_question_about_its_result() -> None:
    query = (
        "I am going to read the stock and then change how it releases items, after which tests, "
    )
    query += "documents and both callers need the same name; nothing else should be touched today."
    asked = excerpt("\n".join(STOCK), Ask(query=query), 90, words)
    read = excerpt("\n".join(STOCK), Ask(query=query, tool="Read"), 90, words)
    assert asked != read


def test_far_in_a_large_file_the_answer_is_found() -> None:
    plain = [line for i in range(6_000) for line in (f"def part_{i}(a):", f"    return {i}", "")]
    text = "\n".join([*plain, *STOCK, *plain])
    found = excerpt(text, Ask(query="How is an item released?"), 90, words)
    assert found is not None
    assert "\n".join(STOCK[13:18]) in found.text
    assert_in_order(found.text, text, Marks.of(text))


def test_a_budget_is_used_where_nothing_new_is_left_to_say() -> None:
    text = "\n".join(f"same_line = other_line({i})" for i in range(3_000))
    found = excerpt(text, Ask(), 500, words)
    assert found is not None
    assert words(found.text) > 450


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
