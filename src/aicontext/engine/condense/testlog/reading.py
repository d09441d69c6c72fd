"""Finds the test runs in a text, whichever tools made them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aicontext.engine.condense.testlog import pytest, unittest
from aicontext.engine.condense.testlog.report import Report, joined

READERS: tuple[tuple[tuple[str, ...], Callable[[Sequence[str]], Report]], ...] = (
    (pytest.SIGNS, pytest.read),
    (unittest.SIGNS, unittest.read),
)


def read(lines: Sequence[str]) -> Report:
    """What every test run in the lines said; an empty report where there is none.

    lines: as a terminal shows them (`terminal.plain_lines`). A reader runs only where its tool's
    own words occur, so most texts are searched for those and no more.
    """
    text = "\n".join(lines)
    found = [reader(lines) for signs, reader in READERS if any(sign in text for sign in signs)]
    return joined(found)
