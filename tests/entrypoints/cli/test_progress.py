"""What somebody sees who waits without a terminal."""

from __future__ import annotations

import time

import pytest

from aicontext.entrypoints.cli.progress import progress


def said_with(words: str, captured: pytest.CaptureFixture[str]) -> str:
    """What is said until the words are; the test is ended from outside where they never are."""
    said = captured.readouterr().err
    while words not in said:
        time.sleep(0.001)
        said += captured.readouterr().err
    return said


def test_lines_tell_that_the_work_goes_on_and_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("Indexing", quiet=False, seconds=0.001) as advance:
        assert advance
        said_with("Indexing: looking for what there is to do, 0 s\n", capsys)
        advance(1_200, 30_000)
        said_with("Indexing: 1,200 of 30,000, ", capsys)


def test_programs_are_told_nothing() -> None:
    with progress("Indexing", quiet=True, seconds=0.001) as advance:
        assert advance is None
