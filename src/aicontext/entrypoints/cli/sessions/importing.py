"""`aicontext import`: usage that tools wrote down themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.traffic.periods import how_far_back
from aicontext.entrypoints.cli.traffic.savings import period
from aicontext.entrypoints.cli.words import amount, money, table
from aicontext.wiring.sessions import transcripts

if TYPE_CHECKING:
    from aicontext.domain.imports import Imported

_SHOWN = 5


@click.command("import")
@click.argument("tools", nargs=-1, metavar="[TOOL]...")
@how_far_back("all")
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def import_usage(tools: tuple[str, ...], since: str, dry_run: bool, as_json: bool) -> None:
    """Count what AI tools wrote down of their usage.

    Each call is taken into the record once. Without a TOOL, of all whose transcripts can be read.
    They are only read, never changed.
    """
    seconds, _ = period(since)
    start = 0.0 if since == "all" else time.time() - seconds
    with progress("Reading", as_json) as advance:
        found = transcripts.import_usage(tools, start, dry=dry_run, told=advance)
    if as_json:
        click.echo(json.dumps(found.as_dict()))
        return
    for line in _report(found, dry=dry_run):
        click.echo(line)


def _report(found: Imported, *, dry: bool) -> Iterator[str]:
    if not found.by_tool:
        yield "No tool has left a transcript here that can be read."
        yield "See what is here: aicontext tools"
        return
    head = ("tool", "sessions", "new calls", "input", "cached", "output", "money")
    shown = [
        (
            tool,
            f"{taken.sessions + taken.unchanged:,}",
            f"{taken.calls:,}",
            f"{taken.billed.all_input:,}",
            f"{taken.billed.cache_read:,}",
            f"{taken.billed.output:,}",
            money(taken.cost) if taken.priced or not taken.calls else "?",
        )
        for tool, taken in found.by_tool.items()
    ]
    yield from table([head, *shown], right=tuple(range(1, 7)))
    yield from _left_out(found)
    new = amount(sum(taken.calls for taken in found.by_tool.values()), "call")
    yield ""
    if dry:
        yield f"{new} would be imported. Nothing was kept (--dry-run)."
    else:
        yield f"{new} imported, as measured, not as saved: aicontext savings --by tool"


def _left_out(found: Imported) -> Iterator[str]:
    reasons = {
        "known": "known already: imported before, or copied from another session",
        "through": "came through the proxy, and are counted there",
        "unsettled": "of the last ten minutes, left for the next time",
        "untold": "without tokens or cost in the record",
    }
    for name, why in reasons.items():
        if count := sum(getattr(taken, name) for taken in found.by_tool.values()):
            yield f"{amount(count, 'call')}: {why}"
    for why, count in sorted(found.skipped.items()):
        yield f"Left out of the records: {amount(count, 'part')}, {why}"
    for message in found.unreadable[:_SHOWN]:
        yield click.style(message, fg="yellow")
    if len(found.unreadable) > _SHOWN:
        yield f"… and {len(found.unreadable) - _SHOWN:,} more (--json shows all)"
