"""`aicontext similar`: contexts that are like one another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

import click

from aicontext.domain.errors import InvalidInput
from aicontext.domain.storage.similar import SimilarContext
from aicontext.entrypoints.cli import files, words
from aicontext.entrypoints.cli.asking import agreed
from aicontext.wiring import similar as contexts

_SOURCE = 60
"""Characters of a source that are shown."""


@click.command()
@click.argument("name", metavar="[INPUT]", default="-")
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Matches at most.",
)
@click.option("--keep", is_flag=True, help="Keep INPUT too, to be found later.")
@click.option("--forget", is_flag=True, help="No longer find INPUT; its text stays archived.")
@click.option("--forget-all", is_flag=True, help="No longer find anything that was kept.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before that.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def similar(
    name: str, *, limit: int, keep: bool, forget: bool, forget_all: bool, yes: bool, as_json: bool
) -> None:
    """Find kept contexts that are like INPUT (extra: vectors)."""
    if keep + forget + forget_all > 1:
        raise InvalidInput("INPUT can be kept or forgotten.", hint="Choose one of the options.")
    if forget_all:
        if not yes:
            agreed("No longer find any of the kept contexts?")
        count = contexts.forget_all()
        said = f"{words.amount(count, 'context')} will no longer be found."
        click.echo(json.dumps({"forgotten": count}) if as_json else said)
        return
    sources = files.sources(name)
    if forget:
        gone = contexts.forget(sources)
        said = "It will no longer be found." if gone else "It was not kept."
        click.echo(json.dumps({"forgotten": int(gone)}) if as_json else said)
        return
    found, kept = contexts.similar(sources, limit, keep=keep)
    if as_json:
        body = {"similar": [one.as_dict() for one in found], "kept": kept and asdict(kept)}
        click.echo(json.dumps(body))
        return
    for line in _told(found, keep):
        click.echo(line)
    if kept:
        click.echo(f"Kept as {kept.handle}.", err=True)


def _told(found: Sequence[SimilarContext], keep: bool) -> Iterator[str]:
    if not found:
        hint = "" if keep else " Contexts are kept with --keep."
        yield f"Nothing that was kept is like it.{hint}"
        return
    rows = [("score", "tokens", "kept", "handle", "kind", "source")]
    for one in found:
        context = one.context
        when = datetime.fromtimestamp(context.at).strftime("%Y-%m-%d %H:%M")
        source = words.cut(context.source, _SOURCE)
        score, tokens = f"{one.score:.2f}", f"{context.tokens:,}"
        rows.append((score, tokens, when, context.handle, context.kind, source))
    yield from words.table(rows, right=(0, 1))
    yield ""
    yield "A text itself: aicontext retrieve HANDLE."
