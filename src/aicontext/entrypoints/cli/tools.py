"""`aicontext tools`: which AI tools are known, here, and how each can be reached."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.errors import NotFound
from aicontext.domain.tools import Connection, Tool
from aicontext.entrypoints.cli.words import cut, table
from aicontext.wiring import integrations, surroundings

if TYPE_CHECKING:
    from aicontext.services.integrations.detection import Found

_LABELS = {
    "routed": "its requests can go through our proxy",
    "connected": "it takes our MCP server, hooks or rules",
    "measured": "what it wrote down of its usage can be read",
}

Connected = Mapping[str, list[str]]
"""Tool -> the ways by which it is connected."""


@click.command()
@click.option("--all", "everything", is_flag=True, help="Show also those that are not here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.argument("word", default="")
def tools(word: str, everything: bool, as_json: bool) -> None:
    """Show the AI tools here, and how each can be reached.

    WORD picks those whose id, name, vendor, kind, label or tier holds it; a tool's whole id picks
    that tool and shows all that is known of it.
    """
    known = [one for one in integrations.looked_for() if _fits(one.tool, word)]
    if not known:
        raise NotFound(f"No tool fits {word[:60]!r}.", hint="See: aicontext tools --all.")
    exact = [one for one in known if one.tool.id == word]
    here = [one for one in known if one.marks]
    shown = exact or (known if everything or (word and not here) else here)
    connected: dict[str, list[str]] = {}
    for part in (part for held in integrations.connections().held() for part in held.parts):
        connected.setdefault(part.tool, []).append(part.via)
    if as_json:
        click.echo(
            json.dumps({"tools": [_record(one, connected) for one in shown], "known": len(known)})
        )
        return
    for line in _whole(exact[0], connected) if exact else _list(shown, len(known), connected):
        click.echo(line)


def _fits(tool: Tool, word: str) -> bool:
    held = (tool.id, tool.name, tool.vendor, tool.kind, tool.label or "", tool.tier)
    return any(word.lower() in text.lower() for text in held)


def _record(found: Found, connected: Connected) -> dict[str, Any]:
    tool = found.tool
    return {
        "id": tool.id,
        "name": tool.name,
        "kind": tool.kind,
        "vendor": tool.vendor,
        "status": tool.status,
        "label": tool.label,
        "tier": tool.tier,
        "found": list(found.marks),
        "ways": list(ways(tool)),
        "connected": connected.get(tool.id, []),
        "docs": tool.docs,
    }


def ways(tool: Tool) -> Iterator[str]:
    """How it can be reached, each once: proxy, mcp, hooks, rules, transcripts."""
    sure = [str(one.via) for one in tool.connections if not (one.likely or one.public)]
    yield from dict.fromkeys(sure)
    if any(one.read for one in tool.transcripts):
        yield "transcripts"


def _list(shown: Iterable[Found], known: int, connected: Connected) -> Iterator[str]:
    rows = [
        [
            one.tool.id,
            cut(one.tool.name, 32),
            str(one.tool.label or ""),
            str(one.tool.tier),
            ", ".join(ways(one.tool)),
            ", ".join(connected.get(one.tool.id, ())),
            cut(", ".join(one.marks), 40),
        ]
        for one in shown
    ]
    here = sum(bool(row[-1]) for row in rows)
    yield f"{here} of {known} tools found here."
    if rows:
        yield ""
        yield from table([["tool", "name", "label", "tier", "by", "connected", "found"], *rows])
        yield ""
        yield from (f"{label}: {meaning}" for label, meaning in _LABELS.items())
    yield "All about one: aicontext tools TOOL. All known ones: aicontext tools --all."


def _whole(found: Found, connected: Connected) -> Iterator[str]:
    tool = found.tool
    yield f"{click.style(tool.name, bold=True)} ({tool.id})"
    for name, value in (
        ("found", ", ".join(found.marks) or "not here"),
        ("set up", ", ".join(connected.get(tool.id, ()))),
        ("label", f"{tool.label}: {_LABELS[tool.label]}" if tool.label else ""),
        ("tier", tool.tier),
        ("checked", f"{tool.checked_on}, {tool.status}"),
        ("speaks", ", ".join(tool.wires)),
        ("pays by", ", ".join(tool.auth)),
        ("docs", tool.docs),
    ):
        if value:
            yield f"  {name:<8} {value}"
    for connection in tool.connections:
        yield f"  {connection.via:<8} {_way(connection)}"
    for one in tool.transcripts:
        for path in next(iter(one.paths.values())):
            yield f"  {'reads' if one.read else 'writes':<8} {path}"
    for limit in tool.limits:
        yield f"  note     {limit}"


def _way(connection: Connection) -> str:
    address, _ = surroundings.proxy_address()
    marks = " (likely)" if connection.likely else ""
    if connection.files:
        first = next(iter(connection.files.values()))[0]
        return f"{first}{' of the project' if connection.scope == 'project' else ''}{marks}"
    if connection.by_hand:
        return connection.by_hand.replace("{proxy}", address) + marks
    return f"aicontext run, which sets {', '.join(connection.variables) or 'an argument'}{marks}"
