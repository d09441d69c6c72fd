from counts import quarters as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask
from aicontext.engine.condense.chat import CONDENSER

MEETING = "\n".join(
    (
        *(f"Ana: We still have to order paper, item {i} on the long list." for i in range(30)),
        "Ben: Now the pump in the cellar, it leaks again since Monday.",
        "Ana: Mm-hmm.",
        "Ben: The seal costs ninety francs and comes within a week or so.",
        "Cleo: I would rather replace the whole pump this year.",
        *(f"Cleo: The summer party needs music, idea {i} is a brass band." for i in range(30)),
    )
)


def excerpt(text: str, query: str, budget: int) -> str:
    found = CONDENSER.excerpt(text, Ask(query=query), budget, count)
    return found.text if found else ""


def test_the_stretch_about_the_topic_is_shown_without_bare_assent() -> None:
    shown = excerpt(MEETING, "What did they say about the pump?", 65)
    assert "it leaks again since Monday" in shown
    assert "ninety francs" in shown
    assert "replace the whole pump" in shown
    assert "Mm-hmm" not in shown


def test_turns_of_the_speaker_whom_the_query_names_go_first() -> None:
    text = "\n".join(
        f"{'Ana' if i % 2 else 'Ben'}: The pump is loud on day {i}." for i in range(60)
    )
    shown = excerpt(text, "What does Ana say about the pump?", 120)
    assert shown.count("Ana:") > shown.count("Ben:")


def test_talk_of_bare_assent_only_is_still_shown() -> None:
    assert "Ana: Yes." in excerpt("Ana: Yes.\nBen: No.\n" * 200, "pump", 40)


def test_nothing_is_condensed_unasked() -> None:
    assert CONDENSER.condense(MEETING, Ask(), count) is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=30), st.integers(0, 100))
def test_the_budget_holds_for_any_text(text: str, query: str, budget: int) -> None:
    shown = excerpt(text, query, budget)
    assert count(shown) <= budget
    assert shown == excerpt(text, query, budget)
