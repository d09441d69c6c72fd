from counts import quarters as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.prose import CONDENSER

PARAGRAPH = "The mill stands on the river bank and grinds wheat for the whole valley. "
ARTICLE = "\n".join(
    (
        "# The old mill",
        "",
        PARAGRAPH * 6,
        "",
        "# The owner",
        "",
        "Its owner lives abroad. " * 8 + "Marta Keller bought the mill from her uncle in 1921. ",
        "",
        "# The visitors",
        "",
        "Visitors come by boat every summer and leave before the rain. " * 8,
    )
)


def excerpt(text: str, query: str, budget: int) -> str:
    found = CONDENSER.excerpt(text, Ask(query=query), budget, count)
    return found.text if found else ""


def test_the_sentence_asked_for_stands_below_its_heading() -> None:
    shown = excerpt(ARTICLE, "Who bought the mill from the uncle?", 60)
    assert "Marta Keller bought the mill from her uncle in 1921." in shown
    assert "# The owner" in shown
    assert "[…]" in shown


def test_without_a_query_the_headings_and_facts_come_first() -> None:
    shown = excerpt(ARTICLE, "", 60)
    assert all(heading in shown for heading in ("# The old mill", "# The owner", "# The visitors"))
    assert "1921" in shown


def test_repeated_paragraphs_and_trailing_blanks_go() -> None:
    text = (
        f"{PARAGRAPH}\nIt is old.   \n\nA word between.\n\n{PARAGRAPH}\nIt is old.   \n\nThe end."
    )
    found = CONDENSER.condense(text, Ask(), count)
    assert found is not None
    assert found.level is Level.CONDENSED
    assert found.text.count("grinds wheat") == 1
    assert "[… 2 lines: as above]" in found.text
    assert found.text.endswith("The end.")


def test_clean_text_is_left_alone() -> None:
    assert CONDENSER.condense("One paragraph.\n\nAnother one.\n", Ask(), count) is None


def test_unspaced_scripts_are_searched_and_cut_into_sentences() -> None:
    text = "川の水は冷たい。" * 60 + "粉屋は一九二一年に水車を買った。" + "山の雪は白い。" * 60
    assert "水車を買った" in excerpt(text, "水車を買ったのは誰か", 30)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=30), st.integers(0, 100))
def test_the_budget_holds_and_no_rendition_grows(text: str, query: str, budget: int) -> None:
    assert count(excerpt(text, query, budget)) <= budget
    found = CONDENSER.condense(text, Ask(query=query), count)
    assert found is None or count(found.text) < count(text)
