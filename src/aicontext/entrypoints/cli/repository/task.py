"""What commands over a repository share: a task as it is given, a place as it is printed."""

from __future__ import annotations

import sys

import click

from aicontext.domain.errors import InvalidInput
from aicontext.domain.repository.results import Place, Slice
from aicontext.entrypoints.cli import files

_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"},
    **dict.fromkeys((*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"),
}


def task_text(given: str) -> str:
    """The task in words: `-` reads standard input, `@FILE` a file. Raises InvalidInput."""
    if given == "-" or (given.startswith("@") and len(given) > 1):
        given = files.read(given.removeprefix("@")).decode("utf-8", "replace")
    if not given.strip():
        raise InvalidInput("The task is empty.", hint="Say in words what is to be done.")
    return given


def print_text(text: str) -> None:
    """Print what a repository holds: to a pipe as it is, to a terminal without what would steer it.

    There control characters are shown as their pictures, and marks of direction as question marks.
    """
    if sys.stdout.isatty():
        text = text.replace("\r\n", "\n").translate(_PICTURES)
    click.echo(text.encode("utf-8", "replace"), nl=False)


def told(sentence: str) -> None:
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
