"""How far a long work has come, for people."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

import click

from aicontext.wiring.surroundings import draws

SECONDS = 5.0
"""After which, where there is no terminal, a line says again that the work goes on."""

_STEPS = 200

Advance = Callable[[int, int], None]
"""Takes what is done and what there is to do."""


@contextmanager
def progress(label: str, quiet: bool, *, seconds: float = SECONDS) -> Iterator[Advance | None]:
    """What shows on standard error how far a work has come; nothing where quiet.

    A terminal shows a bar, which is drawn from the first report on; anything else, and one that
    cannot draw, is sent a line every so many seconds, also while nothing is reported yet.
    """
    if quiet:
        yield None
    elif sys.stderr.isatty() and draws():
        with _bar(label) as show:
            yield show
    else:
        with _lines(label, seconds) as show:
            yield show


@contextmanager
def _bar(label: str) -> Iterator[Advance]:
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = of
            if done == of or done - bar.pos > of // _STEPS:
                bar.update(done - bar.pos)

        yield show


@contextmanager
def _lines(label: str, seconds: float) -> Iterator[Advance]:
    start, ended, reached = monotonic(), Event(), (0, 0)

    def show(done: int, of: int) -> None:
        nonlocal reached
        reached = done, of

    def tell() -> None:
        while not ended.wait(seconds):
            done, of = reached
            far = f"{done:,} of {of:,}" if of else "looking for what there is to do"
            click.echo(f"{label}: {far}, {monotonic() - start:.0f} s", err=True)

    Thread(target=tell, daemon=True).start()
    try:
        yield show
    finally:
        ended.set()
