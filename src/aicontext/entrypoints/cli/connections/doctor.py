"""`aicontext doctor`: whether what is connected also works."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from aicontext.domain.errors import NotFound
from aicontext.wiring import integrations
from aicontext.wiring.extension.notices import tell

_COLOURS = {"works": "green", "unproven": "yellow", "broken": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.argument("tool", default="")
def doctor(tool: str, as_json: bool) -> None:
    """Try each path to a connected tool, and tell what was seen.

    A path "works" only where that was seen: for the proxy, calls of the tool in its record. It is
    "unproven" until then. The exit status is 0 where all work, else 1.
    """
    if tool:
        integrations.catalogue().tool(tool)
    for warning in integrations.unknown_settings():
        click.echo(warning, err=True)
    found = integrations.examined(tool)
    if not found and tool:
        raise NotFound(f"{tool} is not connected.", hint=f"Run: aicontext connect {tool}.")
    for one in found:
        if one.state == "broken":
            said = {"tool": one.tool, "via": one.via, "scope": one.scope}
            tell("connection.broken", {**said, "seen": one.seen, "step": one.step})
    if as_json:
        click.echo(json.dumps({"paths": [asdict(one) for one in found]}))
    else:
        for one in found:
            state = click.style(one.state, fg=_COLOURS[one.state])
            click.echo(f"{click.style(one.tool, bold=True)} by {one.via}: {state}, {one.path}")
            for line in one.seen:
                click.echo(f"  {line}")
            if one.step:
                click.echo(f"  next: {one.step}")
        if not found:
            click.echo("No tool is connected. See: aicontext tools; then: aicontext connect TOOL")
    if any(one.state != "works" for one in found):
        click.get_current_context().exit(1)
