"""`aicontext savings`: what going through the proxy saved."""

from __future__ import annotations

import csv
import json
import re
import sys
import time

import click

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import By
from aicontext.entrypoints.cli.traffic import figures
from aicontext.wiring import traffic, usage

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NAMES = {"m": "minute", "h": "hour", "d": "day", "w": "week"}


@click.command()
@click.option(
    "--by", type=click.Choice([str(by) for by in By]), default="session", help="What the rows are."
)
@click.option("--since", default="30d", help="How far back: 90m, 24h, 7d, 4w, or all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
def savings(by: str, since: str, as_json: bool, as_csv: bool) -> None:
    """Show what the proxy saved: tokens, money, caches, latency, and what was done."""
    if as_json and as_csv:
        raise InvalidInput("--json and --csv were both given.", hint="Choose one of them.")
    seconds, words = period(since)
    found = usage.savings(By(by), time.time() - seconds)
    if as_json:
        click.echo(json.dumps(found.as_dict()))
    elif as_csv:
        records = found.flat_rows()
        names = [*found.columns, *found.total.as_dict()]
        writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    else:
        for line in figures.savings(found, words):
            click.echo(line)
        running = (traffic.proxy_health() or {}).get("events", {})
        for line in figures.warnings(running | {"lost": found.lost}):
            click.echo(line, err=True)


def period(since: str) -> tuple[float, str]:
    """(seconds, in words) of a length of time as people type it. Raises InvalidInput."""
    if since == "all":
        return time.time(), "so far"
    match = re.fullmatch(r"(\d{1,5})([mhdw])", since)
    if not match:
        raise InvalidInput(
            f"{since[:40]!r} is no length of time.", hint="Give 90m, 24h, 7d, 4w, or all."
        )
    count, unit = int(match[1]), match[2]
    named = f"{count} {_NAMES[unit]}s" if count != 1 else _NAMES[unit]
    return float(count * _UNITS[unit]), f"in the last {named}"
