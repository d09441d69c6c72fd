"""`aicontext audit`: what past sessions took, and what could be saved of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.traffic.periods import how_far_back
from aicontext.entrypoints.cli.traffic.savings import period
from aicontext.entrypoints.cli.words import amount, cut, money, size, table
from aicontext.wiring.sessions import transcripts

if TYPE_CHECKING:
    from aicontext.services.analytics.audit.findings import Audit, Replay, Usage

_ROWS, _KINDS = 8, 7
_SMALL = 0.005
"""Shares of the cost that are not listed."""


@click.command()
@how_far_back("30d")
@click.option("--tool", "tools", multiple=True, help="Only this tool; may be given again.")
@click.option(
    "--seconds",
    type=click.FloatRange(0),
    default=10,
    show_default=True,
    help="For sending sessions through the engine again; 0: none is.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def audit(since: str, tools: tuple[str, ...], seconds: float, as_json: bool) -> None:
    """Show what past sessions took, and what would have helped.

    Reads the transcripts that AI tools left on this machine, and finds what was paid for twice.
    Nothing is changed, kept or sent anywhere, and no content is shown.
    """
    back, words = period(since)
    start = 0.0 if since == "all" else time.time() - back
    auditing, known = transcripts.auditing(), transcripts.readable(tools)
    with progress("Reading", as_json) as told:
        survey = auditing.survey(known, start, told)
    if not as_json:
        _print(_read(survey.audit, words, start))
    with progress("Sending again", as_json) as told:
        found = auditing.finish(survey, seconds, told)
    if as_json:
        click.echo(json.dumps(found.as_dict()))
    else:
        _print(_concluded(found))


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line)


def _read(found: Audit, since: str, start: float) -> Iterator[str]:
    """What is known as soon as all was read."""
    total = found.total()
    if not total.calls:
        yield f"No tool has left a session here {since} that can be read."
        if start:
            yield "Look further back with --since all."
        yield "See what is here with: aicontext tools"
        return
    sessions = amount(total.sessions, "session") if total.sessions else "Parts of sessions"
    read = f"{size(found.size)} read in {found.seconds:.1f} s"
    yield f"{sessions}, {amount(total.calls, 'call')} {since}   {read}"
    yield ""
    yield from _usage(found, total)


def _concluded(found: Audit) -> Iterator[str]:
    yield from _kinds(found.replay)
    yield from _saved(found, found.total())
    yield from _advice(found)
    yield from _left_out(found)


def _usage(found: Audit, total: Usage) -> Iterator[str]:
    head = ("tool", "project", "sessions", "calls", "input", "cached", "output", "billed")
    rows = [
        (cut(tool, 14), cut(project or "-", 20), *_figures(one))
        for (tool, project), one in list(found.usage.items())[:_ROWS]
    ]
    if len(found.usage) > 1:
        more = f"and {len(found.usage) - _ROWS:,} more" if len(found.usage) > _ROWS else ""
        rows.append(("all", more, *_figures(total)))
    yield from table([head, *rows], right=tuple(range(2, 8)))
    if total.estimated:
        yield "~ estimated from what was said, without instructions and schemas: too low"


def _figures(one: Usage) -> tuple[str, ...]:
    given, cost = one.billed.all_input, one.cost + one.told
    cached = f"{100 * one.billed.cache_read / given:.0f} %" if given else ""
    guessed = "~" if one.estimated else ""
    return (
        f"{one.sessions:,}",
        f"{one.calls:,}",
        f"{guessed}{given + one.estimated:,}",
        cached,
        f"{one.billed.output:,}",
        money(cost) if cost else "?",
    )


def _kinds(replay: Replay) -> Iterator[str]:
    if not replay.sessions:
        return
    yield ""
    yield "Where the cost of the input goes, and what of it the engine saves:"
    shown = [
        (f"  {kind}", f"{100 * share.cost:.0f} %", _percent(share.saved))
        for kind, share in list(replay.kinds.items())[:_KINDS]
        if share.cost >= _SMALL
    ]
    if past := _percent(replay.stale):
        shown.append(("  any of these, once long past", "", past))
    yield from table(shown, right=(1, 2))


def _percent(share: float) -> str:
    return f"-{100 * share:.1f} %" if share >= _SMALL / 10 else ""


def _saved(found: Audit, total: Usage) -> Iterator[str]:
    replay = found.replay
    if not replay.sessions:
        return
    dollars = f", {money(replay.share * total.input_cost)}" if total.input_cost else ""
    share = click.style(f"{100 * replay.share:.1f} %{dollars}", fg="green", bold=True)
    yield ""
    yield f"Saved of the input's cost with us: {share}   at list prices, caches counted"
    yield f"  {_basis(replay)}"


def _basis(replay: Replay) -> str:
    again = f"{amount(replay.calls, 'call')} of {replay.sessions:,} of {replay.of:,} sessions"
    said = f"{again} sent again in {replay.seconds:.0f} s, {100 * replay.covered:.0f} % of the cost"
    if replay.saved is None:
        return f"{said}: too few for a range (more: --seconds 60)"
    low, high = 100 * replay.saved.low, 100 * replay.saved.high
    return said if low == high else f"{said}; {low:.1f} to {high:.1f} % nine times of ten"


def _advice(found: Audit) -> Iterator[str]:
    if not found.advice:
        return
    yield ""
    yield "Most useful:"
    for number, one in enumerate(found.advice, 1):
        worth = click.style(f"{'up to ' * one.most}{money(one.worth)}", fg="green")
        yield f"{number}. {one.what}   {worth}"
        yield f"   {one.how}"


def _left_out(found: Audit) -> Iterator[str]:
    for why, count in sorted(found.skipped.items()):
        yield click.style(f"Left out of the records: {amount(count, 'part')}, {why}", fg="yellow")
    if found.unreadable:
        count = len(found.unreadable)
        said = f"{amount(count, 'record')} could not be read: {found.unreadable[0]}"
        yield click.style(said, fg="yellow")
