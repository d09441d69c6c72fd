"""`aicontext connect` and `disconnect`: a tool's own files, edited and put back."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.errors import AiContextError, NotFound
from aicontext.domain.tools import Scope, Tool, Via
from aicontext.wiring import hook_helper, integrations, surroundings
from aicontext.wiring.extension.notices import tell

if TYPE_CHECKING:
    from aicontext.services.integrations.connections.service import Done, Edit

_SECRET = re.compile(r"(?i)key|token|secret|passw|auth|credential|\bsk-")
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
Failed = tuple[str, AiContextError]


@click.command()
@click.argument("tool", default="")
@click.option("--all", "everything", is_flag=True, help="Connect all tools found here.")
@click.option("--via", type=click.Choice([str(via) for via in Via]), help="By which way.")
@click.option(
    "--scope",
    type=click.Choice([str(one) for one in Scope]),
    default="user",
    show_default=True,
    help="Whose files.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def connect(
    tool: str, everything: bool, *, via: str | None, scope: str, dry_run: bool, as_json: bool
) -> None:
    """Connect a tool in its own settings file.

    Shows the difference. Comments, order and all that is not ours stay as they are; disconnect puts
    the file back. Without --via: the proxy where the tool has a file for its address, else our MCP
    server.
    """
    _one_or_all(tool, everything)
    service = integrations.connections(_commands())
    chosen = Via(via) if via else None
    known = [integrations.catalogue().tool(tool)] if tool else _here()
    if everything:
        known = [one for one in known if service.offers(one, chosen, Scope(scope))]
    calls = {
        one.id: partial(service.connect, one, chosen, Scope(scope), dry=dry_run) for one in known
    }
    done, failed = _each(calls)
    if failed and not everything:
        raise failed[0][1]
    _report(done, failed, "connected", dry=dry_run, as_json=as_json, warning=_trouble(done))


def _trouble(done: Iterable[Done]) -> str:
    """What keeps calls of the connected tools from coming through the proxy; "" for nothing."""
    if not any(one.via is Via.PROXY and one.edit for one in done):
        return ""
    address, token = surroundings.proxy_address()
    if surroundings.proxy_health() is None:
        return f"No proxy answers at {address}: calls will fail until you start it: aicontext proxy"
    if token:
        return "The proxy wants AICONTEXT_TOKEN, which these tools do not send: calls will fail."
    return ""


@click.command()
@click.argument("tool", default="")
@click.option("--all", "everything", is_flag=True, help="Disconnect all tools that are connected.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def disconnect(tool: str, everything: bool, dry_run: bool, as_json: bool) -> None:
    """Take our part out of a tool's settings file.

    A file that was not changed since comes back byte for byte; of one that was, only our part goes.
    """
    _one_or_all(tool, everything)
    service = integrations.connections()
    held = {part.tool for one in service.held() for part in one.parts}
    if not everything and tool not in held:
        raise NotFound(
            f"{tool[:60]} is not connected.",
            hint=f"Connected: {', '.join(sorted(held))}." if held else "No tool is.",
        )
    names = sorted(held) if everything else [tool]
    done, failed = _each({name: partial(service.disconnect, name, dry=dry_run) for name in names})
    if failed and not everything:
        raise failed[0][1]
    if not dry_run and any(one.via in (Via.HOOKS, Via.STATUS) for one in done):
        hook_helper.stop()
    _report(done, failed, "disconnected", dry=dry_run, as_json=as_json)


def _one_or_all(tool: str, everything: bool) -> None:
    if bool(tool) == everything:
        raise click.UsageError("Name one tool, or give --all.")


def _here() -> list[Tool]:
    return [
        one.tool for one in integrations.looked_for() if one.marks and one.tool.status != "ended"
    ]


def _commands() -> Iterable[str]:
    root = click.get_current_context().find_root()
    return root.command.list_commands(root) if isinstance(root.command, click.Group) else ()


def _each(calls: Mapping[str, Callable[[], list[Done]]]) -> tuple[list[Done], list[Failed]]:
    done: list[Done] = []
    failed: list[Failed] = []
    for name, call in calls.items():
        try:
            done += call()
        except AiContextError as error:
            failed.append((name, error))
    return done, failed


def _report(
    done: list[Done],
    failed: list[Failed],
    verb: str,
    *,
    dry: bool,
    as_json: bool,
    warning: str = "",
) -> None:
    for one in done:
        if one.edit and one.edit.changed and not dry:
            said = {"tool": one.tool, "via": one.via, "scope": one.scope, "state": verb}
            tell("connection.changed", said)
    if as_json:
        errors = [
            {"tool": name, "code": error.code, "message": error.message, "hint": error.hint}
            for name, error in failed
        ]
        records = [_record(one, verb, dry=dry) for one in done]
        click.echo(json.dumps({"tools": records, "errors": errors, "warning": warning}))
    else:
        for line in _lines(done, verb, dry=dry):
            click.echo(line)
        if not done and not failed:
            click.echo("There is nothing to do.")
        for name, error in failed:
            click.echo(f"{click.style(f'{name}: ', fg='red')}{error}", err=True)
        if warning:
            click.echo(click.style(warning, fg="yellow"), err=True)
    if failed:
        click.get_current_context().exit(1)


def _record(one: Done, verb: str, *, dry: bool) -> dict[str, Any]:
    return {
        "tool": one.tool,
        "via": one.via,
        "scope": one.scope,
        "state": _state(one, verb, dry=dry),
        "path": one.edit.path if one.edit else "",
        "diff": "\n".join(difference(one.edit)) if one.edit else "",
        "left": list(one.edit.left) if one.edit else [],
        "ends": list(one.edit.ends) if one.edit else [],
        "by_hand": one.by_hand,
    }


def _state(one: Done, verb: str, *, dry: bool) -> str:
    if one.edit is None:
        return "by hand"
    if not one.edit.changed:
        return f"{verb} already" if verb == "connected" else verb
    return f"would be {verb}" if dry else verb


def _lines(done: list[Done], verb: str, *, dry: bool) -> Iterator[str]:
    shown = None
    for one in done:
        name, way = click.style(one.tool, bold=True), f"by {one.via}"
        if one.edit is None:
            yield f"{name} {way}: nothing was written. {one.by_hand}"
            continue
        if one.edit != shown:
            for line in difference(one.edit):
                yield click.style(line, fg=_COLOURS.get(line[:1]))
        shown = one.edit
        yield f"{name} {way}: {_state(one, verb, dry=dry)}, {one.edit.path}"
        for end in one.edit.ends:
            yield f"  its calls still end at {end}; start the proxy anew, so that it knows"
        if one.edit.left:
            yield f"  left, since others changed it: {', '.join(one.edit.left)}"


def difference(edit: Edit) -> Iterator[str]:
    """A unified diff; lines beside our change that may hold a key are hidden."""
    texts = (edit.before, edit.after)
    before, after = ((text or b"").decode("utf-8", "replace").splitlines() for text in texts)
    old, new = ("/dev/null" if text is None else edit.path for text in texts)
    for line in difflib.unified_diff(before, after, old, new, lineterm="", n=2):
        hidden = line.startswith(" ") and _SECRET.search(line)
        yield f"{line[: len(line) - len(line[1:].lstrip())]}..." if hidden else line
