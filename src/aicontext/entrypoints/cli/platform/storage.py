"""`aicontext storage`: where an installation keeps its state, and moving it elsewhere."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.words import amount, table
from aicontext.wiring.platform import storage as kept
from aicontext.wiring.platform.checks import checks

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def storage() -> None:
    """Check the stores, bring them up to date, or move them."""


@storage.command()
@_JSON
def check(as_json: bool) -> None:
    """Ask every store whether it answers and is up to date.

    The exit status is 1 where one does not.
    """
    found = kept.run(checks())
    if as_json:
        click.echo(json.dumps({"stores": [asdict(one) for one in found]}))
    else:
        rows = [
            (one.kind, "fails" if one.trouble else "ok", f"{one.seconds * 1000:,.0f} ms", one.place)
            for one in found
        ]
        click.echo("\n".join(table([("state", "", "answer", "kept in"), *rows], (2,))))
        for one in found:
            if one.trouble:
                click.echo(f"{one.kind}: {one.trouble} {one.hint}".rstrip())
    sys.exit(any(one.trouble for one in found))


@storage.command()
@_JSON
def migrate(as_json: bool) -> None:
    """Bring the schemas up to date. Safe while services run, and from several machines at once."""
    done = kept.run(kept.migrations())
    if as_json:
        click.echo(json.dumps({"steps": list(done)}))
    else:
        click.echo("\n".join(map("Done: {}".format, done)) or "All is up to date.")


@storage.command()
@click.option("--from", "source", required=True, help="A size, or a file of settings.")
@click.option("--to", "target", required=True, help="The same, of where it is to go.")
@click.option("--again", is_flag=True, help="After an earlier copy: bring what is new.")
@_JSON
def copy(source: str, target: str, again: bool, as_json: bool) -> None:
    """Copy one installation to another, and compare both.

    Accounts, usage, contents and vectors are copied. A size is embedded, server or cluster, with
    the addresses that are set; a file holds lines such as AICONTEXT_RECORDS=postgresql://host/name.
    Copy once while services run, stop them, copy --again, start them with the new settings. Nothing
    is changed in the source. The exit status is 1 where both differ afterwards.
    """
    with progress("Copying", as_json) as advance:
        moved = kept.run(kept.copying(source, target, advance, again=again))
    equal = all(one.equal for one in moved)
    if as_json:
        click.echo(json.dumps({"equal": equal, "collections": [asdict(one) for one in moved]}))
    else:
        rows = [
            (one.name, f"{one.source.count:,}", f"{one.target.count:,}", _verdict(one.equal))
            for one in moved
            if one.source.count or one.target.count
        ]
        click.echo("\n".join(table([("what", "there", "here", ""), *rows], (1, 2))))
        click.echo(
            f"All {amount(len(moved), 'collection')} are equal by count and digest."
            if equal
            else "They differ. Stop what writes to either, then copy --again."
        )
    sys.exit(not equal)


def _verdict(equal: bool) -> str:
    return "equal" if equal else "differs"
