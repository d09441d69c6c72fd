"""`aicontext usage`: what was used, by whom, and what it cost."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from aicontext.domain.analytics.usage import Dimension, Grain, UsageQuery
from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.entrypoints.cli.traffic import exports, usage_figures
from aicontext.entrypoints.cli.traffic.periods import span
from aicontext.entrypoints.cli.words import record
from aicontext.wiring import usage as wired

if TYPE_CHECKING:
    from aicontext.services.analytics.accounting.usage import Usage

_KIND = "kind"
_READ = ["table", "csv"]
_FORMATS = [*_READ, "parquet", "focus"]
_GRAINS = [str(grain) for grain in Grain if grain is not Grain.WHOLE]
_FILTERS = {one: str(one) for one in Dimension}


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    for name in reversed(_FILTERS.values()):
        told = f"Only of this {name}; repeatable."
        command = click.option(f"--{name}", multiple=True, metavar="NAME", help=told)(command)
    return command


@click.group(invoke_without_command=True)
@click.option(
    "--by",
    default=["model"],
    show_default=True,
    multiple=True,
    callback=lambda context, option, names: ",".join(names),
    metavar="NAMES",
    help=f"What rows are told apart by, with commas: {', '.join(_FILTERS.values())}, "
    f"and one of {', '.join(_GRAINS)}; or {_KIND} (of blocks).",
)
@click.option(
    "--since",
    default="30d",
    show_default=True,
    help="From when on: 24h, 7d, today, 2026-11, or all.",
)
@click.option("--until", default="", help="Up to the end of: yesterday, 2026-11, 2026-11-28.")
@_filters
@click.option(
    "--top",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Rows that the table shows.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="For people, spreadsheets, data frames, or FinOps tools (FOCUS).",
)
@click.option(
    "-o", "--output", type=click.File("wb", lazy=True, atomic=True), help="Write to this file."
)
@click.pass_context
def usage(context: click.Context, /, **given: Any) -> None:
    """Show what was used and what it cost, by anybody and anything."""
    if context.invoked_subcommand is not None:
        return
    query, form = _query(given), _form(given)
    if given["by"] == _KIND:
        _kinds(query, form)
        return
    found = wired.usage(query)
    if form == "json":
        click.echo(record(found.as_dict()))
    elif form == "table":
        for line in usage_figures.report(found, given["top"]):
            click.echo(line)
    else:
        _export(found, form, given["output"])
    for line in usage_figures.missing(found, told=form in ("json", "table")):
        click.echo(line, err=True)


def _form(given: dict[str, Any]) -> str:
    form: str = given["form"]
    if given["as_json"] and form != "table":
        raise InvalidInput("--json and --format were both given.", hint="Choose one of them.")
    if given["by"] == _KIND and form not in _READ:
        raise InvalidInput(f"Kinds are not shown as {form}.", hint="Give --json or --format csv.")
    if given["output"] is not None and (form == "table" or given["by"] == _KIND):
        raise InvalidInput("--output is for usage as csv, parquet or focus.", hint="Give --format.")
    return "json" if given["as_json"] else form


def _export(found: Usage, form: str, output: BinaryIO | None) -> None:
    if form == "parquet":
        if output is None and sys.stdout.isatty():
            raise InvalidInput("Parquet is no text.", hint="Give a file: -o usage.parquet.")
        wired.write_parquet(found, output or sys.stdout.buffer)
        return
    if output is None:
        _write(found, form, sys.stdout)
        return
    out = TextIOWrapper(output, encoding="utf-8", newline="")
    _write(found, form, out)
    out.detach()


def _write(found: Usage, form: str, out: TextIO) -> None:
    if form == "csv":
        exports.write(found.records(), found.columns, out)
    else:
        columns, charges = wired.charges(found.query)
        exports.write(charges, columns, out)


@usage.command()
@click.option(
    "--since", default="all", show_default=True, help="From when on; whole days (UTC) are compared."
)
@click.option("--until", default="", help="Up to the end of: yesterday, 2026-11, 2026-11-28.")
@click.option("--repair", is_flag=True, help="Make sums and ledger anew from the events.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def reconcile(
    context: click.Context, since: str, until: str, *, repair: bool, as_json: bool
) -> None:
    """Prove that events, sums and ledger agree, or say where not.

    Ends with 1 where they do not agree.
    """
    found = wired.reconcile(*span(since, until, time.time()), repair=repair)
    if as_json:
        click.echo(record(found.as_dict()))
    else:
        for line in usage_figures.reconciled(found):
            click.echo(line)
    context.exit(0 if found.agrees else 1)


@usage.command()
@click.option(
    "--since",
    default="all",
    show_default=True,
    help="From when on: 24h, 7d, today, 2026-11, or all.",
)
@click.option("--until", default="", help="Up to the end of: yesterday, 2026-11, 2026-11-28.")
@click.option(
    "--unpriced", is_flag=True, help="Price calls without a price too, by the standard tier."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def reprice(since: str, until: str, *, unpriced: bool, dry_run: bool, as_json: bool) -> None:
    """Bring past calls to the prices that are known now.

    No recorded call is changed: what costs something else now is taken back in the ledger and
    charged again. Costs that a tool told stay as they are.
    """
    times = span(since, until, time.time())
    found = wired.reprice(*times, unpriced=unpriced, keep=not dry_run)
    if as_json:
        click.echo(record({**found.as_dict(), "dry_run": dry_run}))
    else:
        for line in usage_figures.repriced(found, dry_run=dry_run):
            click.echo(line)


@usage.command()
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def prices(model: str, as_json: bool) -> None:
    """Show the prices of MODEL, and where they are from."""
    known = wired.model(model)
    if not known.tariffs:
        raise NotFound(
            f"No price of {model[:60]!r} is known.", hint="Its calls are counted, and not priced."
        )
    if as_json:
        click.echo(record(asdict(known)))
    else:
        for line in usage_figures.tariffs(known):
            click.echo(line)


def _query(given: dict[str, Any]) -> UsageQuery:
    since, until = span(given["since"], given["until"], time.time())
    where = {one: given[name] for one, name in _FILTERS.items() if given[name]}
    by, grain = [], Grain.WHOLE
    for name in (part.strip().lower() for part in given["by"].split(",")):
        if name in _GRAINS and grain is Grain.WHOLE:
            grain = Grain(name)
        elif name in _FILTERS.values() and name not in by:
            by.append(Dimension(name))
        elif name and not (name == _KIND and given["by"] == _KIND):
            raise InvalidInput(
                f"--by {name[:40]!r} is unknown, or given twice.",
                hint=f"Give some of {', '.join(_FILTERS.values())}, and one of "
                f"{', '.join(_GRAINS)}; or {_KIND} alone.",
            )
    return UsageQuery(since=since, until=until, by=tuple(by), grain=grain, where=where)


def _kinds(query: UsageQuery, form: str) -> None:
    found = {str(kind): done for kind, done in wired.kinds(query).items()}
    if form == "table":
        for line in usage_figures.blocks(found):
            click.echo(line)
        return
    records = [{"kind": kind, **asdict(done)} for kind, done in found.items()]
    if form == "json":
        click.echo(record({"by": [_KIND], "rows": records}))
    else:
        names = ["kind", "blocks", "original_tokens", "optimized_tokens"]
        exports.write(records, names, sys.stdout)
