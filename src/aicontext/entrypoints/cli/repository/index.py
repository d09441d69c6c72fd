"""`aicontext index`: read a repository, and keep what was read up to date."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

import click

from aicontext.domain.repository.names import sendable, written
from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.words import amount, cut, record, size, table
from aicontext.wiring.repository import open_index

if TYPE_CHECKING:
    from aicontext.domain.repository.indexed import Indexed
    from aicontext.services.context.repository.indexing import Indexing

_NAMED = 3
_PATIENCE = 20
"""Waiting takes so many times as long as looking: watching costs at most a twentieth of a core."""


@click.command()
@click.argument("path", default=".")
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C, and read what changes.")
@click.option("--skipped", is_flag=True, help="Name every file that is not shown, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def index(path: str, watch: bool, skipped: bool, as_json: bool) -> None:
    """Index the repository around PATH, or what changed in it.

    The other commands do so by themselves. What .gitignore and .aicontextignore files name is left
    out; binary, generated, vendored and huge files, and those that hold secrets, are named only.
    """
    indexing = open_index(path)
    with progress("Indexing", as_json) as advance:
        start = time.perf_counter()
        found = indexing.bring_up_to_date(advance)
        took = time.perf_counter() - start
    _say(indexing, found, took, skipped=skipped, as_json=as_json)
    if watch:
        click.echo("Watching; Ctrl-C ends it.", err=True)
        with suppress(KeyboardInterrupt):
            for changed, seconds in _changes(indexing, found):
                _say(indexing, changed, seconds, skipped=skipped, as_json=as_json)


def _changes(indexing: Indexing, known: Indexed) -> Iterator[tuple[Indexed, float]]:
    """(what was read, seconds that it took) whenever something changed."""
    took = 0.0  # To read all says nothing of what a look takes.
    while True:
        time.sleep(min(60.0, max(0.5, took * _PATIENCE)))
        start = time.perf_counter()
        found = indexing.bring_up_to_date()
        took = time.perf_counter() - start
        if found.read or (found.files, found.skipped) != (known.files, known.skipped):
            yield found, took
        known = found


def _say(indexing: Indexing, found: Indexed, took: float, *, skipped: bool, as_json: bool) -> None:
    held = indexing.index.size()
    if not as_json:
        for line in _lines(found, held, took, skipped):
            click.echo(line)
        return
    by_reason = found.skipped.items()
    values = {
        "files": found.files,
        "read": found.read,
        "not_utf8": found.inexact,
        "skipped": {
            str(why): list(map(sendable, paths)) if skipped else len(paths)
            for why, paths in by_reason
        },
        "whole_history": found.whole_history,
        "rebuilt": found.rebuilt,
        "bytes": held,
        "seconds": round(took, 3),
    }
    click.echo(record(values))


def _lines(found: Indexed, held: int, took: float, skipped: bool) -> Iterator[str]:
    read = f"{found.read:,} read" if found.read else "none read"
    yield f"{amount(found.files, 'file')} indexed, {read}; {size(held)}, {took:.2f} s"
    if found.rebuilt:
        yield found.rebuilt
    if found.inexact:
        yield f"{amount(found.inexact, 'file')} read though not UTF-8"
    if not found.whole_history:
        yield "The commits could not all be read: git is missing, slow, or refuses."
    if found.skipped:
        yield "named, not shown:" if skipped else "named, not shown (--skipped names all):"
    if not skipped:
        rows = [(why, f"{len(paths):,}", _some(paths)) for why, paths in found.skipped.items()]
        yield from (f"  {row}" for row in table(rows, right=(1,)))
        return
    for why, paths in found.skipped.items():
        yield f"  {why}"
        yield from (f"    {cut(written(path), 500)}" for path in paths)


def _some(paths: Sequence[str]) -> str:
    """The first of the names, without their folders."""
    names = dict.fromkeys(path.removesuffix("/").rpartition("/")[2] for path in paths)
    shown = ", ".join(cut(written(name), 30) for name in islice(names, _NAMED))
    return f"{shown}, …" if len(names) > _NAMED else shown
