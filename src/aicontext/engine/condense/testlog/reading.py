"""Finds the test runs in a text, whichever tools made them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from aicontext.engine.condense.tasks import by_task
from aicontext.engine.condense.terminal import plain_lines, unstamped
from aicontext.engine.condense.testlog import golang, jvm, pytest, unittest
from aicontext.engine.condense.testlog.javascript import (
    BUN,
    DENO,
    JEST,
    MOCHA_MARKS,
    NODE,
    PLAYWRIGHT,
    VITEST,
    read_mocha,
)
from aicontext.engine.condense.testlog.native import CARGO, DOTNET, NEXTEST, TAP
from aicontext.engine.condense.testlog.report import Report, joined

_REMEMBERED = 1_000_000
"""Characters of a text for which it is remembered which readers it needs."""
READERS: tuple[tuple[tuple[str, ...], Callable[[Sequence[str]], Report]], ...] = (
    (pytest.SIGNS, pytest.read),
    (unittest.SIGNS, unittest.read),
    (golang.SIGNS, golang.read),
    (jvm.SIGNS, jvm.read),
    (MOCHA_MARKS.signs, read_mocha),
    *((grammar.signs, grammar.read) for grammar in (JEST, VITEST, BUN, NODE, CARGO, NEXTEST)),
    *((grammar.signs, grammar.read) for grammar in (DENO, PLAYWRIGHT)),
    *((grammar.signs, grammar.read) for grammar in (jvm.GRADLE, TAP, DOTNET)),
)


def lines_of(text: str) -> list[str]:
    """The text's lines as a terminal shows them, without a build service's stamps and sorted
    by task where several printed at once.

    Events of `go test -json` become the output that they carry.
    """
    return golang.decoded(by_task(unstamped(plain_lines(text))))


def read(lines: Sequence[str]) -> Report:
    """What every test run in the lines said; an empty report where there is none.

    A reader runs only where its tool's own words occur: most texts are searched for those and no
    more.
    """
    text = "\n".join(lines)
    told = _told(text) if len(text) <= _REMEMBERED else _told.__wrapped__(text)
    return joined([READERS[at][1](lines) for at in told])


@lru_cache(maxsize=2)
def _told(text: str) -> tuple[int, ...]:
    """The readers whose tools' words occur; asked twice of a text that is condensed, then cut."""
    return tuple(at for at, (signs, _) in enumerate(READERS) if any(sign in text for sign in signs))
