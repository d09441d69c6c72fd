"""`aicontext savings`: what going through the proxy saved."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, fields

import click

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.events import By
from aicontext.domain.requests import Change
from aicontext.entrypoints.cli.traffic import exports, figures
from aicontext.entrypoints.cli.traffic.periods import ago, how_far_back, in_words
from aicontext.entrypoints.cli.words import cut
from aicontext.wiring import surroundings, usage


@click.command()
@click.option(
    "--by",
    type=click.Choice([str(by) for by in By]),
    default="session",
    show_default=True,
    help="What the rows are.",
)
@click.option("--session", metavar="NAME", help="One session's, and what was done to each block.")
@how_far_back("30d")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
def savings(by: str, session: str | None, since: str, as_json: bool, as_csv: bool) -> None:
    """Show what the proxy saved, and what it did for that.

    A session may be named by how its name begins.
    """
    if as_json and as_csv:
        raise InvalidInput("--json and --csv were both given.", hint="Choose one of them.")
    seconds, words = period(since)
    if session is not None:
        _of_session(session, By(by), seconds, words, as_json=as_json, as_csv=as_csv)
        return
    found = usage.savings(By(by), time.time() - seconds)
    if as_json:
        click.echo(json.dumps(found.as_dict()))
    elif as_csv:
        records = found.flat_rows()
        exports.write(records, [*found.columns, *found.total.as_dict()], sys.stdout)
    else:
        for line in figures.savings(found, words):
            click.echo(line)
        running = (surroundings.proxy_health() or {}).get("events", {})
        for line in figures.warnings(running | {"lost": found.lost}):
            click.echo(line, err=True)


def _of_session(
    name: str, by: By, seconds: float, words: str, *, as_json: bool, as_csv: bool
) -> None:
    found, events = usage.of_session(name, by, time.time() - seconds)
    names = sorted({event.caller.session for event in events})
    if not names:
        raise NotFound(
            f"No call of a session {name[:80]!r} came through {words}.",
            hint="Look further back with --since, or see their names: aicontext savings --json",
        )
    if len(names) > 1:
        raise InvalidInput(
            f"{len(names):,} sessions have names that begin with {name[:80]!r}.",
            hint=f"Give more of one, such as {cut(names[0], 80)}",
        )
    changes = [(event, change) for event in events for change in event.changes]
    if as_json or as_csv:
        blocks = [{"at": e.at, "model": e.model, **asdict(change)} for e, change in changes]
        if as_json:
            click.echo(json.dumps({"session": names[0], **found.as_dict(), "blocks": blocks}))
        else:
            columns = ("at", "model", *(field.name for field in fields(Change)))
            exports.write(blocks, columns, sys.stdout)
        return
    click.echo(f"session  {cut(names[0] or '-', 80)}")
    for line in figures.session(found, changes, words):
        click.echo(line)


def period(since: str) -> tuple[float, str]:
    """(seconds, in words) of a length of time as people type it. Raises InvalidInput."""
    if since == "all":
        return time.time(), "so far"
    if (seconds := ago(since)) is None:
        raise InvalidInput(
            f"{since[:40]!r} is no length of time.", hint="Give 90m, 24h, 7d, 4w, or all."
        )
    return seconds, f"in the last {in_words(since)}"
