import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.feedback import MOST, WEIGHT, bridges
from aicontext.engine.prioritize.relevance import query_terms


def test_the_names_in_the_best_pieces_join_the_query() -> None:
    pieces = ["The picture is a work of Ada Brunel.", "Rain fell.", "They met Karl Otto there."]
    found = bridges(query_terms("Who is the father of the picture's painter?"), pieces, [3, 0, 1])
    assert found == pytest.approx(
        {"ada": WEIGHT, "brunel": WEIGHT, "karl": WEIGHT / 3, "otto": WEIGHT / 3}
    )


def test_the_first_word_of_a_sentence_and_the_query_s_own_names_do_not() -> None:
    pieces = ["Painters met. Nobody saw Ada at work."]
    assert bridges(query_terms("Where did Ada work?"), pieces, [1.0]) == {}


@given(st.lists(st.tuples(st.text(max_size=80), st.floats(0, 9)), max_size=12))
def test_few_terms_join_and_none_outweighs_the_query(scored: list[tuple[str, float]]) -> None:
    found = bridges({"pump": 1.0}, [text for text, _ in scored], [score for _, score in scored])
    assert len(found) <= MOST
    assert "pump" not in found
    assert all(0 < weight <= WEIGHT for weight in found.values())
