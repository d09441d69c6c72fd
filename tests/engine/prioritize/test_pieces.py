import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.pieces import LONG_LINE, LONGEST, pieces

LONG = "The pump started at noon. It stopped at two! Why did it stop? " + "Nobody knew. " * 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("one", ["one"]),
        ("one\n", ["one\n"]),
        ("one\n\ntwo", ["one\n", "\n", "two"]),
        ("Short. Stays whole.", ["Short. Stays whole."]),
        ("水が止まった。" * 30, ["水が止まった。"] * 30),
    ],
)
def test_lines_and_sentences(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_long_lines_are_cut_after_sentences() -> None:
    assert len(LONG) > LONG_LINE
    assert pieces(LONG)[:3] == [
        "The pump started at noon. ",
        "It stopped at two! ",
        "Why did it stop? ",
    ]


@pytest.mark.parametrize("unit", ["x", "x ", "。", ".", "\x00", ". "])
def test_an_endless_line_is_cut_into_bounded_pieces(unit: str) -> None:
    text = unit * 200_000
    found = pieces(text)
    assert "".join(found) == text
    assert max(map(len, found)) <= LONGEST


@given(st.text(alphabet="ab .!?。\n\r\t\x00\ud800", max_size=3000))
def test_joined_pieces_are_the_text(text: str) -> None:
    found = pieces(text)
    assert "".join(found) == text
    assert all(0 < len(piece) <= LONGEST for piece in found)


def test_many_blank_lines_are_few_pieces() -> None:
    text = "\n" * 1_500 + "one\n" + "\n" * 3 + "two\n" + "\n" * 40 + "three"
    found = pieces(text)
    assert "".join(found) == text
    assert [part for part in found if part.strip()] == ["one\n", "two\n", "three"]
    assert len(found) == 3 + 3 + 3 + 1
    assert max(map(len, found)) <= LONGEST
