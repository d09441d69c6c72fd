from typing import NamedTuple

import pytest
from counts import words
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.budget.pack import Packed, by_worth, line_gaps, take
from aicontext.engine.condense.marks import Marks


class Unit(NamedTuple):
    """A piece of a text, what a token of it is worth, and the piece it stands under."""

    text: str
    worth: float = 0.0
    parent: int = -1


def packed(units: list[Unit], budget: int) -> Packed | None:
    texts = [unit.text for unit in units]
    order = by_worth(
        [unit.worth for unit in units], [min(unit.parent, i - 1) for i, unit in enumerate(units)]
    )
    text = "".join(texts)
    return take(texts, order, budget, words, line_gaps(Marks.of(text), text, texts))


def lines(*texts: str, **worth: float) -> list[Unit]:
    return [Unit(f"{text}\n", worth.get(text.split()[0], 0.0)) for text in texts]


HOUSE = lines("roof of red tiles", "wall made of brick", "door in green", "step of granite stone")


def test_the_best_units_stand_in_source_order_with_marks_between() -> None:
    units = lines(
        *(f"{name} is a long line that nobody asked for" for name in "abcde"), a=1, c=3, e=2
    )
    found = packed(units, 26)
    assert found is not None
    assert found.kept == (2, 4)
    assert found.text == "".join(("[…]\n", units[2].text, "[…]\n", units[4].text))


def test_context_comes_along_and_is_dropped_where_it_does_not_fit() -> None:
    heading = Unit("The heading of all this text here\n")
    between = Unit("something of no interest to anybody at all\n")
    hit = Unit("the answer is here\n", 1.0, parent=0)
    wide = packed([heading, between, hit], 16)
    narrow = packed([heading, between, hit], 9)
    assert wide is not None
    assert narrow is not None
    assert (wide.kept, narrow.kept) == ((0, 2), (2,))


def test_a_gap_no_longer_than_its_mark_is_shown() -> None:
    units = lines("one", "two", "six", one=1, six=1)
    found = packed(units, 4)
    assert found is not None
    assert (found.text, found.kept) == ("one\ntwo\nsix\n", (0, 2))


def test_gaps_between_sentences_stand_in_the_line() -> None:
    units = [
        Unit("First comes this long sentence. "),
        Unit("Then this. ", 1),
        Unit("The end is far."),
    ]
    found = packed(units, 8)
    assert found is not None
    assert found.text == "[…] Then this. […]"


def test_a_unit_over_the_budget_does_not_block_smaller_ones() -> None:
    units = [Unit("far " * 500 + "\n", 1e6), Unit("near the point\n", 1.0)]
    found = packed(units, 7)
    assert found is not None
    assert found.kept == (1,)


@pytest.mark.parametrize("budget", [-1, 0, 1, 2])
def test_nothing_where_not_one_unit_fits(budget: int) -> None:
    assert packed([*HOUSE, Unit("bell rings loudly\n", 1.0)], budget) is None
    assert packed([], budget) is None
    assert packed(HOUSE, 50) is None


UNITS = st.lists(
    st.builds(
        Unit,
        st.text(alphabet="ab \n", max_size=40),
        st.floats(0, 10),
        st.integers(-1, 4),
    ),
    min_size=5,
    max_size=40,
)


@settings(max_examples=150)
@given(UNITS, st.integers(0, 60))
def test_the_budget_holds_and_every_kept_unit_stands_in_order(
    units: list[Unit], budget: int
) -> None:
    found = packed(units, budget)
    assert found == packed(units, budget)
    if found is None:
        return
    assert words(found.text) <= budget
    assert list(found.kept) == sorted(set(found.kept))
    position = 0
    for i in found.kept:
        position = found.text.index(units[i].text, position) + len(units[i].text)


@settings(max_examples=50)
@given(UNITS)
def test_with_room_for_all_the_text_comes_back_whole(units: list[Unit]) -> None:
    useful = [Unit(unit.text, 1.0) for unit in units]
    found = packed(useful, 10_000)
    assert found is not None
    assert found.text == "".join(unit.text for unit in units)
