import pytest
from counts import quarters as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask
from aicontext.engine.condense.lines import CONDENSER, covered

SOURCE = "\n".join(
    (
        "import { openValve, closeValve } from './valves/control.ts'",
        "",
        *(f"// filler line {i} says nothing that anybody needs" for i in range(40)),
        "export function drainTank(tankId) {",
        "  const valveState = readValve(tankId)",
        "  if (valveState.isOpen) return",
        "  openValve(tankId)",
        "}",
        *(f"// more filler {i} in the same empty words as ever" for i in range(40)),
    )
)


def excerpt(text: str, query: str, budget: int) -> str:
    found = CONDENSER.excerpt(text, Ask(query=query), budget, count)
    return found.text if found else ""


def test_runs_around_the_names_asked_for_are_shown_whole() -> None:
    shown = excerpt(SOURCE, "why does the tank not drain? check the valve state", 80)
    assert "  const valveState = readValve(tankId)\n  if (valveState.isOpen) return\n" in shown
    assert "[…]" in shown


def test_files_and_repeated_names_weigh_more_and_those_told_already_less() -> None:
    parts = ["a word on readValve", "and openValve", "see tank.ts", "or drainTank", "drainTank too"]
    weights = covered(parts, Ask(query="readValve"), [5.0] * 5).weights
    plain = weights["openValve"]
    assert weights["tank.ts"] > plain
    assert weights["drainTank"] > plain
    likely = covered(parts, Ask(query="read the valve"), [5.0] * 5).weights["readValve"]
    assert weights["readValve"] < likely


def test_a_text_without_names_or_query_still_gives_its_first_lines() -> None:
    text = "".join(f"row {i} of many in a dull list\n" for i in range(100))
    assert excerpt(text, "", 60).startswith("row 0 of many")


def test_one_endless_line_is_cut() -> None:
    text = (
        "The pump hums on and on. " * 4000 + "The valveState is broken. " + "Nothing else. " * 4000
    )
    shown = excerpt(text, "what is broken", 60)
    assert "The valveState is broken." in shown
    assert count(shown) <= 60


def test_nothing_is_condensed_unasked() -> None:
    assert CONDENSER.condense(SOURCE, Ask(query="tank"), count) is None


@pytest.mark.parametrize(
    "text", ["", "\n\n\n", "\x00" * 5000, "\ud800 " * 2000, "[… 3 lines]\n" * 500]
)
def test_hostile_texts_come_to_no_harm(text: str) -> None:
    assert count(excerpt(text, "pump [… 3 lines]", 50)) <= 50


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600), st.text(max_size=30), st.integers(0, 120))
def test_the_budget_holds_for_any_text(text: str, query: str, budget: int) -> None:
    shown = excerpt(text, query, budget)
    assert count(shown) <= budget
    assert shown == excerpt(text, query, budget)
