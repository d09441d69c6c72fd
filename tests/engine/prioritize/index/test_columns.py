"""Columns hold what they were given, in the fewest bytes."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.index.columns import (
    column,
    halves,
    joined,
    opened,
    searched,
    taken,
    written,
    written_column,
)

NUMBERS = st.lists(st.integers(0, 300) | st.integers(0, 2**32 - 1) | st.integers(0, 2**64 - 1))


@given(NUMBERS)
def test_what_was_written_is_read(numbers: list[int]) -> None:
    section = written(column(numbers))

    assert opened(memoryview(section)).tolist() == numbers
    assert len(section) == 1 + len(numbers) * max(_width(one) for one in (*numbers, 0))


@given(NUMBERS, st.integers(0, 300))
def test_what_is_known_to_be_low_is_kept_so(numbers: list[int], more: int) -> None:
    highest = max(numbers, default=0) + more

    made = column(numbers, min(highest, 2**64 - 1))

    assert made.tolist() == numbers
    assert made.itemsize >= column(numbers).itemsize


@given(NUMBERS)
def test_a_column_is_written_at_once(numbers: list[int]) -> None:
    assert written_column(numbers) == written(column(numbers))
    assert written_column(iter(numbers), max(numbers, default=0)) == written(column(numbers))


@given(st.lists(st.integers(0, 0xFFFF) | st.integers(0, 2**32 - 1)))
def test_halves_are_joined(numbers: list[int]) -> None:
    low, high = halves(array("I", numbers))

    assert joined(memoryview(low), memoryview(high)) == numbers


@given(NUMBERS, NUMBERS)
def test_columns_stand_one_behind_the_other(one: list[int], other: list[int]) -> None:
    content = memoryview(written(column(one)) + written(column(other)))

    first, at = taken(content, 0, len(one))

    assert first == one
    assert taken(content, at, len(other)) == (other, len(content))


@given(st.lists(st.integers(0, 0xD7FF)), NUMBERS)
def test_low_numbers_are_read_as_characters(one: list[int], other: list[int]) -> None:
    content = memoryview(written(column(one)) + written(column(other)))

    first, at = searched(content, 0, len(one))

    assert list(map(ord, first)) == one
    assert taken(content, at, len(other)) == (other, len(content))


def _width(number: int) -> int:
    return next(width for width in (1, 2, 4, 8) if number < 256**width)
