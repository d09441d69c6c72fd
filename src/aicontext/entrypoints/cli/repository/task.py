"""What commands over a repository share: a task as it is given, a place as it is printed."""

from __future__ import annotations

import click

from aicontext.domain.errors import InvalidInput
from aicontext.domain.repository.results import Place, Slice
from aicontext.entrypoints.cli import files


def task_text(given: str) -> str:
    """The task in words: `-` reads standard input, `@FILE` a file. Raises InvalidInput."""
    if given == "-" or (given.startswith("@") and len(given) > 1):
        given = files.read(given.removeprefix("@")).decode("utf-8", "replace")
    if not given.strip():
        raise InvalidInput("The task is empty.", hint="Say in words what is to be done.")
    return given


def say(sentence: str) -> None:
    """Say it beside the output."""
    click.echo(sentence, err=True)


def place(of: Place) -> dict[str, object]:
    """A place for programs."""
    return {"symbol": of.symbol, "path": of.path, "lines": [of.first, of.last]}


def slice_record(one: Slice) -> dict[str, object]:
    """A slice for programs."""
    return {
        **place(one.place),
        "rendition": str(one.level),
        "tokens": one.tokens,
        "why": one.why,
        "text": one.text,
    }
