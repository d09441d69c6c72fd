"""Rows on screens of any width."""

import sys

import pytest

from aicontext.entrypoints.cli.words import table

WORDS = [
    ("block", "from", "what was done"),
    ("3", "Bash pytest", "two failing tests kept as they are"),
]
FIGURES = [("tool", "session", "calls", "money"), ("claude-code", "one", "12", "$0.0292")]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    return monkeypatch


@pytest.mark.parametrize("width", [24, 30, 45, 50, 200])
def test_no_line_is_wider_than_the_screen_and_no_word_is_lost(
    screen: pytest.MonkeyPatch, width: int
) -> None:
    screen.setenv("COLUMNS", str(width))
    for rows, right in ((WORDS, (0,)), (FIGURES, (2, 3))):
        lines = list(table(rows, right))
        assert max(map(len, lines)) <= width
        assert " ".join(lines).split() == " ".join(cell for row in rows for cell in row).split()


def test_words_go_on_beside_and_figures_below(screen: pytest.MonkeyPatch) -> None:
    screen.setenv("COLUMNS", "45")
    assert list(table(WORDS, (0,)))[1:] == [
        "    3  Bash pytest  two failing tests kept as",
        "                    they are",
    ]
    screen.setenv("COLUMNS", "30")
    assert list(table(FIGURES, (2, 3)))[2:] == ["claude-code  one", "           12  $0.0292"]


def test_a_pipe_gets_each_row_on_one_line(screen: pytest.MonkeyPatch) -> None:
    screen.setenv("COLUMNS", "10")
    screen.setattr(sys.stdout, "isatty", lambda: False)
    assert len(list(table(WORDS))) == len(WORDS)
