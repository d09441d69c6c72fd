"""`aicontext map`: the signatures that a repository leans on most."""

from __future__ import annotations

import json

import click

from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.repository.task import place, say
from aicontext.entrypoints.cli.words import amount, print_text, warned
from aicontext.wiring.repository import open_repository


@click.command("map")
@click.argument("path", default=".")
@click.option(
    "--budget", default=2_000, show_default=True, type=click.IntRange(1), help="Tokens at most."
)
@click.option("--model", "-m", default="", help="Whose tokens are counted.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def repository_map(path: str, budget: int, model: str, as_json: bool) -> None:
    """Show the definitions that a repository refers to most.

    Signatures stand under their file with their line numbers, at most --budget tokens of them.
    """
    with progress("Indexing", as_json) as advance:
        found = open_repository(path, tell=say).map(budget, model, advance)
    if as_json:
        record = {
            "content": found.content,
            "definitions": [place(one.place) for one in found.slices],
            "left_out": len(found.left_out),
            "tokens": found.tokens,
            "budget": found.budget,
            "model": found.model,
            "warnings": found.warnings,
        }
        click.echo(json.dumps(record))
        return
    print_text(found.content)
    said = f"{amount(len(found.slices), 'definition')} in {found.tokens:,} tokens"
    more = f"; {len(found.left_out):,} more with a larger --budget" if found.left_out else ""
    click.echo(said + more, err=True)
    for line in warned(found.warnings):
        click.echo(line, err=True)
