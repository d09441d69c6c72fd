"""`aicontext sync`: rules and MCP servers of one tool, for the others too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.tools import Scope
from aicontext.entrypoints.cli.connections.connect import difference
from aicontext.entrypoints.cli.words import warned
from aicontext.wiring import integrations
from aicontext.wiring.extension.plugins import integration_service

if TYPE_CHECKING:
    from aicontext.services.integrations.connections.service import Edit
    from aicontext.services.integrations.syncing.service import Synced


@click.command()
@click.option("--tools", default="", help="Their ids, with commas between; else those connected.")
@click.option("--from", "source", default="", help="The tool that counts, where they differ.")
@click.option(
    "--scope",
    type=click.Choice(list(map(str, Scope))),
    default="project",
    show_default=True,
    help="Whose files.",
)
@click.option("--undo", is_flag=True, help="Take out what was put there.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def sync(**given: Any) -> None:
    """Give tools the rules and MCP servers of each other.

    Rules files (CLAUDE.md, AGENTS.md, ...) and lists of MCP servers: what one tool has and another
    lacks is added there, in a part of its own. What is written stays as it is; where tools say
    different things nothing is written, and that is told. Keys are never copied. --undo puts files
    back byte for byte.
    """
    scope, project = Scope(given["scope"]), str(Path.cwd().resolve())
    source, dry = given["source"], given["dry_run"]
    taken: Mapping[str, Mapping[str, Any]] = {}
    warnings: Sequence[str] = ()
    if given["undo"]:
        files = integrations.syncing().undo(scope, project, dry=dry)
    else:
        names = [name.strip() for name in given["tools"].split(",") if name.strip()]
        tools = integrations.to_sync(names, source)
        done = integration_service().sync_across_tools(tools, project, scope, source, dry=dry)
        files, taken, warnings = done.files, done.taken, done.warnings
    if given["as_json"]:
        click.echo(json.dumps({**_record(files), "plugins": taken, "warnings": warnings}))
    else:
        for line in (*_lines(files, scope, dry=dry), *_took(taken)):
            click.echo(line)
        for line in warned(warnings):
            click.echo(line, err=True)
    if files.conflicts:
        click.get_current_context().exit(1)


def _record(files: Synced) -> dict[str, Any]:
    return {
        "files": [
            {"path": edit.path, "changed": edit.changed, "diff": "\n".join(difference(edit))}
            for edit in files.edits
        ],
        "left": [asdict(one) for one in files.left],
    }


def _lines(files: Synced, scope: Scope, *, dry: bool) -> Iterator[str]:
    for edit in files.edits:
        yield from difference(edit)
        yield f"{edit.path}: {_state(edit, dry=dry)}"
        if edit.left:
            yield f"  left, since others changed it: {', '.join(edit.left)}"
    for one in files.left:
        line = f"{one.what} not copied: {one.why} ({', '.join(one.where)})"
        yield click.style(line, fg="yellow") if one.conflict else line
    if files.conflicts:
        yield "Make them the same, or choose one: --from TOOL"
    if not (files.edits or files.left):
        yield f"There is nothing to do in the files of the {scope}."


def _took(taken: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, settings in taken.items():
        yield f"plugin {name} took: {', '.join(map(str, settings)) or 'nothing'}"


def _state(edit: Edit, *, dry: bool) -> str:
    if not edit.changed:
        return "in step"
    return "would change" if dry else "changed"
