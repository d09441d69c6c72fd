"""`aicontext handoff`: a session of one tool, carried on in another."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Start, Tool
from aicontext.entrypoints.cli.words import print_text, warned
from aicontext.wiring import integrations
from aicontext.wiring.sessions.handoff import (
    handoff_readers,
    handoff_service,
    put_in_rules,
    taken_from_rules,
)

if TYPE_CHECKING:
    from aicontext.services.integrations.handoff.service import Handoff

_ARGUMENT = 120_000
"""Bytes of one argument that every system passes on."""


@click.command()
@click.option("--from", "source", default="", help="TOOL or TOOL:SESSION; else the newest.")
@click.option("--to", "target", default="", help="The tool that goes on; or TOOL:SESSION.")
@click.option(
    "--budget",
    "-b",
    type=click.IntRange(1),
    default=8_000,
    show_default=True,
    help="Tokens at most.",
)
@click.option("--model", "-m", default="", help="Whose tokens are counted; else the tool's.")
@click.option("--project", default=".", help="The project's folder; else the current one.")
@click.option("--start/--print", help="Start the tool with the text, or print it.")
@click.option("--redact", is_flag=True, help="Mask secrets first (extra: redact).")
@click.option("--undo", is_flag=True, help="Take out what --start put into a file of rules.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def handoff(**given: Any) -> None:
    """Carry a session of one tool on in another.

    Writes what the next model needs under a budget of its own tokens: the requests, what was
    decided, the files and what became of them on disk, what is open, the last error, excerpts of
    what will likely be used, and how to fetch the rest. The session's own record is only read.
    A tool that cannot be started with a text finds it in its rules, until --undo.
    """
    project = str(Path(given["project"]).resolve())
    if given["undo"]:
        _undone(project)
        return
    if not given["target"]:
        raise click.UsageError("Name the tool that goes on: --to TOOL.")
    if given["start"] and given["as_json"]:
        raise click.UsageError("Give --start or --json, not both.")
    if given["start"] and ":" in given["target"]:
        raise click.UsageError("--start begins a new session; print the text for one that goes on.")
    to, _, going = given["target"].partition(":")
    name, _, session = given["source"].partition(":")
    target = _tool(to)
    others = [tool for tool in integrations.catalogue() if tool.id != target.id]
    sources = [_tool(name)] if name else others
    service = handoff_service()
    found = service.find(sources, project, session)
    into = service.find([target], project, going) if going else None
    reader = handoff_readers().of(target, given["model"], into)
    done = service.hand_off(found, reader, project, given["budget"], redact=given["redact"])
    if given["as_json"]:
        click.echo(json.dumps(_record(done, target)))
        return
    for line in warned(done.warnings):
        click.echo(line, err=True)
    if given["start"]:
        if target.start is not None:
            sys.exit(_started(target, target.start, done.text))
        edit = put_in_rules(target, done.text, project)
        click.echo(f"{target.name} finds it in {edit.path} until: aicontext handoff --undo")
        return
    print_text(f"{done.text}\n")


def _tool(name: str) -> Tool:
    """By its id, or by the program that starts it."""
    catalogue = integrations.catalogue()
    return catalogue.started_by(name) or catalogue.tool(name)


def _started(tool: Tool, start: Start, text: str) -> int:
    """The tool's own exit status, once it has ended."""
    program = next(filter(shutil.which, tool.detection.commands), None)
    if program is None:
        raise InvalidInput(f"{tool.name} is not installed here.", hint="Print the text instead.")
    given = text.encode("utf-8", "replace")
    if not start.stdin and len(given) > _ARGUMENT:
        raise InvalidInput("The text is too long for a command line.", hint="Lower the budget.")
    words = [program, *(word.replace("{text}", given.decode()) for word in start.arguments)]
    return subprocess.run(words, input=given if start.stdin else None, check=False).returncode


def _undone(project: str) -> None:
    edits = taken_from_rules(project)
    for edit in edits:
        click.echo(f"{edit.path}: {'taken out' if edit.changed else 'was taken out already'}")
    if not edits:
        click.echo("There is nothing to do.")


def _record(done: Handoff, target: Tool) -> dict[str, Any]:
    session, state = done.session, done.version.state
    return {
        "text": done.text,
        "original_tokens": done.original_tokens,
        "tokens": done.tokens,
        "budget": done.budget,
        "model": done.model,
        "exact": done.exact,
        "from": {"tool": session.tool, "session": session.id},
        "to": target.id,
        "record": done.handle,
        "version": done.version.number,
        "facts": [
            {
                "about": fact.about,
                "key": fact.key,
                "value": fact.value,
                "tool": fact.cited.tool,
                "session": fact.cited.session,
                "message": fact.cited.message,
                "at": fact.cited.at,
            }
            for fact in state.facts
        ],
        "conflicts": [[about, key] for about, key in state.conflicts],
        "files": done.files,
        "warnings": done.warnings,
    }
