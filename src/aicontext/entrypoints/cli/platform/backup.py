"""`aicontext backup`, `verify` and `restore`: copies of all that is kept on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from getpass import GetPassWarning
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import click

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.entrypoints.cli.asking import agreed
from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.words import amount, size, table
from aicontext.wiring import surroundings
from aicontext.wiring.platform import storage

if TYPE_CHECKING:
    from aicontext.domain.storage.backups import Backup
    from aicontext.services.enterprise.storage.backups import Backups

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_WHICH = click.option("--id", "backup_id", default="", help="Which one, as --list shows it.")


def _target(context: click.Context, option: click.Parameter, name: str) -> str:
    if not name:
        raise InvalidInput("The target has no name.", hint="Name a folder, or s3://BUCKET/PREFIX.")
    return name


_TARGET = click.argument("target", callback=_target)


@click.command()
@_TARGET
@click.option("--keep", type=click.IntRange(1), help="Remove all but so many of the newest.")
@click.option("--list", "listing", is_flag=True, help="Only show the backups that are there.")
@_JSON
def backup(target: str, keep: int | None, listing: bool, as_json: bool) -> None:
    """Copy all that is kept on this machine to TARGET, sealed.

    TARGET is a folder, or s3://BUCKET/PREFIX with AWS' own settings. Only what changed since the
    last backup is written. Running services need not stop. The passphrase is asked for, or that of
    AICONTEXT_BACKUP_PASSPHRASE.
    """
    first = storage.empty(target)
    if listing:
        found = [] if first else storage.run(storage.backups(target, _passphrase()).all())
        _show(as_json, {"backups": [_told(one) for one in found]}, _table(found))
        return
    kept = storage.backups(target, _passphrase(new=first))
    with progress("Copying", as_json) as advance:
        made = storage.run(kept.make(advance))
    removed = storage.run(kept.keep(keep)) if keep else 0
    text = (
        f"Backup {made.backup.id}: {amount(len(made.backup.files), 'file')},"
        f" {size(made.backup.size)}, of which {size(made.added)} are new."
    )
    if removed:
        text += f"\nRemoved {amount(removed, 'older backup')}."
    more = {**_told(made.backup), "added": made.added, "removed": removed}
    _show(as_json, more, f"{text}\nTry it: aicontext verify {target}")


@click.command()
@_TARGET
@_WHICH
@_JSON
def verify(target: str, backup_id: str, as_json: bool) -> None:
    """Read a whole backup, and say whether it could be restored."""
    kept = _kept(target)
    with progress("Reading", as_json) as advance:
        found = storage.run(kept.verify(backup_id, advance))
    text = f"Backup {found.id} is whole: {amount(len(found.files), 'file')}, {size(found.size)}."
    _show(as_json, _told(found), text)


@click.command()
@_TARGET
@_WHICH
@click.option("--yes", "-y", is_flag=True, help="Do not ask before that.")
@_JSON
def restore(target: str, backup_id: str, yes: bool, as_json: bool) -> None:
    """Put a backup from TARGET in the place of what is kept here.

    What was there is moved aside, not removed.
    """
    if surroundings.proxy_health() is not None:
        raise InvalidInput("The proxy is running.", hint="Stop it, then restore.")
    kept = _kept(target)
    if not yes and not as_json and kept.replaces():
        agreed("Replace what is kept on this machine?")
    with progress("Restoring", as_json) as advance:
        done = storage.run(kept.restore(backup_id, advance))
    text = f"Restored backup {done.backup.id} of {_time(done.backup)}."
    if done.former:
        text += f"\nWhat was there lies in {done.former}"
    _show(as_json, {**_told(done.backup), "former": done.former}, text)


def _kept(target: str) -> Backups:
    if storage.empty(target):
        raise NotFound(
            f"There are no backups in {target}.", hint=f"Make one: aicontext backup {target}"
        )
    return storage.backups(target, _passphrase())


def _passphrase(*, new: bool = False) -> str:
    if said := storage.passphrase():
        return said
    with catch_warnings():
        simplefilter("ignore", GetPassWarning)  # A pipe has no echo to turn off.
        try:
            asked: str = click.prompt(
                "Passphrase", hide_input=True, confirmation_prompt=new, err=True
            )
        except click.Abort:
            if sys.stdin and sys.stdin.isatty():
                raise
            raise InvalidInput(
                "Nobody typed a passphrase.", hint="Set AICONTEXT_BACKUP_PASSPHRASE."
            ) from None
    return asked


def _show(as_json: bool, value: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(value) if as_json else text)


def _told(found: Backup) -> dict[str, Any]:
    return {
        "id": found.id,
        "at": _time(found),
        "release": found.release,
        "files": len(found.files),
        "bytes": found.size,
    }


def _table(found: Sequence[Backup]) -> str:
    if not found:
        return "There are no backups."
    rows = [
        (one.id, _time(one), f"{len(one.files):,}", size(one.size), one.release) for one in found
    ]
    return "\n".join(table([("backup", "made", "files", "size", "release"), *rows], (2, 3)))


def _time(found: Backup) -> str:
    return datetime.fromtimestamp(found.at, UTC).isoformat(timespec="seconds")
