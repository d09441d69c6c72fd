from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.relevance import diminishing, matches, query_terms, spread


def test_the_surroundings_fade_with_their_distance_in_words() -> None:
    # Middles at words 1, 4 and 8.
    found = spread([0.0, 2.0, 0.0], [2, 4, 4], reach=4)
    assert found == pytest.approx([2 * exp(-3 / 4), 2.0, 2 * exp(-4 / 4)])


def test_rare_terms_weigh_more_than_common_ones() -> None:
    texts = [f"the pump runs, hour {i} of many, as it always does here " * 20 for i in range(10)]
    texts[7] += "valve"
    parts, lengths = matches(query_terms("pump valve"), texts)
    assert set(parts) == set(range(10))
    assert parts[7]["valv"] > parts[7]["pump"]
    assert lengths[7] == lengths[6] + 1


def test_a_term_shown_already_is_worth_less() -> None:
    parts = {0: {"pump": 2.0}, 1: {"pump": 1.8}, 2: {"valve": 1.5}}
    gains = diminishing([2.0, 1.8, 1.5, 0.2], parts, saturation=1.0)
    assert gains == pytest.approx([2.0, 1.8 / 3, 1.5, 0.2])


def test_without_saturation_nothing_changes() -> None:
    parts = {0: {"a": 1.0}, 1: {"a": 3.0}}
    assert diminishing([1.0, 3.0], parts, saturation=0.0) == [1.0, 3.0]


@given(st.lists(st.tuples(st.floats(0, 9), st.integers(0, 9)), max_size=30), st.floats(1, 99))
def test_spread_keeps_at_least_the_own_score(pairs: list[tuple[float, int]], reach: float) -> None:
    own = [score for score, _ in pairs]
    found = spread(own, [length for _, length in pairs], reach)
    assert len(found) == len(own)
    assert all(wide >= score - 1e-9 for wide, score in zip(found, own, strict=True))
