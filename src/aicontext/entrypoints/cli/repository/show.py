"""`aicontext show`: one definition, whole."""

from __future__ import annotations

import json

import click

from aicontext.domain.repository.names import written
from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.repository.task import place, say, slice_record
from aicontext.entrypoints.cli.words import cut, print_text, table, warned
from aicontext.wiring.repository import open_repository


@click.command()
@click.argument("symbol")
@click.option("--path", default=".", help="A folder or file of the repository; only it is meant.")
@click.option("--model", "-m", default="", help="Whose tokens are counted.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def show(symbol: str, path: str, model: str, as_json: bool) -> None:
    """Show the definition that SYMBOL names, whole.

    SYMBOL is a name, Class.name, path:name or path:line. Where it can be several, these are listed.
    """
    with progress("Indexing", as_json) as advance:
        found = open_repository(path, tell=say).show(symbol, model, advance)
    if as_json:
        record = {
            "places": [place(one) for one in found.places],
            "shown": [slice_record(one) for one in found.shown],
            "more": found.more,
            "warnings": found.warnings,
        }
        click.echo(json.dumps(record))
        return
    for line in warned(found.warnings):
        click.echo(line, err=True)
    if not found.shown:
        click.echo(
            f"{symbol} can be one of {len(found.places) + found.more:,}; name one by path:line:"
        )
        where = [(one.symbol, f"{written(one.path)}:{one.first}") for one in found.places]
        rows = [[cut(symbol, 60), cut(at, 500)] for symbol, at in where]
        for line in table(rows):
            click.echo(line)
        if found.more:
            click.echo(f"… and {found.more:,} more: --path FOLDER lists those below it")
        return
    for one in found.shown:
        at = f"{written(one.place.path)}:{one.place.first}-{one.place.last}"
        click.echo(click.style(cut(f"{at} {one.place.symbol}", 500), bold=True), err=True)
        print_text(one.text + "\n")
    if found.more:
        click.echo(f"… and {found.more:,} more parts: name one by path:line", err=True)
