"""`aicontext plugins`: the AI tools that installed packages add."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from aicontext.entrypoints.cli.words import table
from aicontext.wiring.extension.plugins import integration_service


@click.command()
@click.option("--check", is_flag=True, help="Load each, and say which of them fail.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def plugins(check: bool, as_json: bool) -> None:
    """Show the AI tools that installed packages add."""
    service = integration_service()
    found = list(service.check() if check else service.tools())
    if as_json:
        click.echo(json.dumps({"plugins": [asdict(one) for one in found]}))
        return
    if not found:
        click.echo("No installed package adds a tool, by the entry point aicontext.tools.")
        return
    for line in table([(one.name, one.origin, one.why or ", ".join(one.verbs)) for one in found]):
        click.echo(line)
