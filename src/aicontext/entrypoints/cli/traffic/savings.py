"""`aicontext savings`: what going through the proxy saved."""

from __future__ import annotations

import json
import sys
import time

import click

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import By
from aicontext.entrypoints.cli.traffic import exports, figures
from aicontext.entrypoints.cli.traffic.periods import ago, how_far_back, in_words
from aicontext.wiring import surroundings, usage


@click.command()
@click.option(
    "--by",
    type=click.Choice([str(by) for by in By]),
    default="session",
    show_default=True,
    help="What the rows are.",
)
@how_far_back("30d")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
def savings(by: str, since: str, as_json: bool, as_csv: bool) -> None:
    """Show what the proxy saved, and what it did for that."""
    if as_json and as_csv:
        raise InvalidInput("--json and --csv were both given.", hint="Choose one of them.")
    seconds, words = period(since)
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


def period(since: str) -> tuple[float, str]:
    """(seconds, in words) of a length of time as people type it. Raises InvalidInput."""
    if since == "all":
        return time.time(), "so far"
    if (seconds := ago(since)) is None:
        raise InvalidInput(
            f"{since[:40]!r} is no length of time.", hint="Give 90m, 24h, 7d, 4w, or all."
        )
    return seconds, f"in the last {in_words(since)}"
