from math import log

import pytest
from corpora import corpus_of

from aicontext.domain.repository.corpus import Field
from aicontext.engine.prioritize.repository.fields import SHAPES, field_scores
from aicontext.engine.prioritize.repository.task import read_task

CORPUS = corpus_of({"a.py": "pump pump near\n", "b.py": "valve open\n", "c.py": "pump\n"})


def test_values_by_hand() -> None:
    # Bodies of 3, 2 and 1 terms, mean 2; "pump" is in two of three, "valve" in one.
    task = read_task("valve\npump")
    k1, b = SHAPES[Field.BODY]
    found = field_scores(task, CORPUS, Field.BODY)
    pump, valve = log(1 + 1.5 / 2.5), log(1 + 2.5 / 1.5)
    norm = {file: k1 * (1 - b + b * size / 2) for file, size in enumerate((3, 2, 1))}
    assert found.rarity == pytest.approx({"pump": pump, "valv": valve})
    assert found.whole == pytest.approx(
        [
            task.terms["pump"] * pump * 2 * (k1 + 1) / (2 + norm[0]),
            task.terms["valv"] * valve * (k1 + 1) / (1 + norm[1]),
            task.terms["pump"] * pump * (k1 + 1) / (1 + norm[2]),
        ]
    )
    assert found.title((0, 1, 2)) == pytest.approx({1: valve * (k1 + 1) / (1 + norm[1])})


def test_terms_that_tell_most_come_first() -> None:
    found = field_scores(read_task("valve\npump"), CORPUS, Field.BODY)
    assert list(found.rarity) == ["valv", "pump"]


def test_a_field_without_the_words_has_no_scores() -> None:
    found = field_scores(read_task("valve"), CORPUS, Field.HISTORY)
    assert (found.whole, found.title((0, 1, 2)), found.places) == ([0.0] * 3, {}, {})
