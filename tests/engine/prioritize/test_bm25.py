from collections import Counter
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.bm25 import Occurrences, scores, weighted_scores
from aicontext.engine.prioritize.terms import terms, words


def test_values_by_hand() -> None:
    # Three documents of 4, 2 and 3 words, mean 3; "pump" is in two of them, "valve" in one.
    documents = ["pump leaks near pump", "valve open", "second pump fine"]
    pump, valve = log(1 + 1.5 / 2.5), log(1 + 2.5 / 1.5)
    expected = [
        pump * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3)),
        valve * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 3)),
        pump * 1 * 2.2 / (1 + 1.2 * 1.0),
    ]
    assert scores("pump valve", documents) == pytest.approx(expected)


def test_a_repeated_query_word_counts_once_and_weights_scale() -> None:
    documents = ["red kite", "blue kite", "blue sea"]
    assert scores("blue blue", documents) == scores("blue", documents)
    assert weighted_scores({"blu": 2.0}, documents) == [2 * x for x in scores("blue", documents)]


def test_parts_of_identifiers_match_across_styles() -> None:
    found = scores("parse header", ["def parseHeader(x):", "x = 1", "PARSE_BODY = 2"])
    assert found[0] > found[2] > found[1] == 0


@pytest.mark.parametrize("documents", [[], [""], ["", "\x00", "\ud800"]])
def test_nothing_to_find(documents: list[str]) -> None:
    assert scores("anything", documents) == [0.0] * len(documents)
    assert scores("", documents) == [0.0] * len(documents)


@given(st.text(), st.lists(st.text(), max_size=8))
def test_scores_are_finite_and_never_negative(query: str, documents: list[str]) -> None:
    found = scores(query, documents)
    assert len(found) == len(documents)
    assert all(0 <= score < float("inf") for score in found)


@given(st.lists(st.text("abisyEd_. é\n", max_size=20), max_size=6), st.text("abisyed ", max_size=9))
def test_terms_and_lengths_are_those_of_every_document(documents: list[str], query: str) -> None:
    wanted = dict.fromkeys(terms(query), 1.0)
    held = Occurrences.of(wanted, documents)
    for i, document in enumerate(documents):
        found = Counter(terms(document))
        for term in wanted:
            assert held.postings.get(term, {}).get(i, 0) == found[term]
        if document.isascii():
            assert held.lengths()[i] == len(words(document))
