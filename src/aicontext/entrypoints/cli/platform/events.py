"""`aicontext events`: usage events that could not be kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.errors import InvalidInput
from aicontext.entrypoints.cli.asking import agreed
from aicontext.entrypoints.cli.words import amount, cut, table
from aicontext.wiring.platform import messages

if TYPE_CHECKING:
    from aicontext.domain.storage.messages import DeadLetter

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_IDS = click.argument("ids", nargs=-1)
_ALL = click.option("--all", "every", is_flag=True, help="All of them.")


@click.group()
def events() -> None:
    """Look after usage events that travel over a message bus."""


@events.group()
def dead() -> None:
    """Events that were given up, with the reason. Nothing of them is lost.

    They are no events, or of a newer release; what could not be kept because the store was away is
    no case of this, but tried until it is kept.
    """


@dead.command("list")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    help="So many at most.",
)
@click.option("--after", default="", help="Only those whose id comes after this one.")
@_JSON
def listed(limit: int, after: str, as_json: bool) -> None:
    """Show which there are, by their ids."""
    found = messages.dead_letters(lambda letters: letters.some(after, limit))
    if as_json:
        click.echo(json.dumps({"dead": [_told(letter) for letter in found]}))
        return
    if not found:
        click.echo("No event was given up.")
        return
    rows = [
        (cut(one.message.id, 40), _time(one), str(one.attempts), cut(one.why, 80)) for one in found
    ]
    for line in table([("id", "given up", "tried", "why"), *rows], (2,)):
        click.echo(line)


@dead.command()
@click.argument("id_", metavar="ID")
@_JSON
def show(id_: str, as_json: bool) -> None:
    """Show one with all that it carries."""
    letter = messages.dead_letters(lambda letters: letters.one(id_))
    found = {**_told(letter), "payload": letter.message.payload.decode("utf-8", "replace")}
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in found.items():
        click.echo(f"{name}: {value}")


@dead.command()
@_IDS
@_ALL
@click.option(
    "--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Those that drop wrote to this file.",
)  # fmt: skip
@_JSON
def replay(ids: tuple[str, ...], every: bool, file: Path | None, as_json: bool) -> None:
    """Have them tried again: IDS, --all, or dropped ones --from a file."""
    if [bool(ids), every, file is not None].count(True) != 1:
        raise InvalidInput("Say which: give ids, --all, or --from FILE.")
    if file is not None:
        text = file.read_bytes()
        count = messages.dead_letters(lambda letters: letters.restore(text))
    else:
        count = messages.dead_letters(lambda letters: letters.replay(ids))
    words = f"{amount(count, 'event')} will be tried again by aicontext worker."
    click.echo(json.dumps({"replayed": count}) if as_json else words)


@dead.command()
@_IDS
@_ALL
@click.option("--yes", "-y", is_flag=True, help="Do not ask before that.")
@_JSON
def drop(ids: tuple[str, ...], every: bool, yes: bool, as_json: bool) -> None:
    """Take them off the list: IDS or --all. A file keeps them, for replay --from."""
    if bool(ids) == every:
        raise InvalidInput("Say which: give ids or --all.")
    if every and not yes and not as_json:
        agreed("Drop all of them?")
    count, file = messages.dropped(ids)
    if as_json:
        click.echo(json.dumps({"dropped": count, "file": file}))
        return
    click.echo(f"Dropped {amount(count, 'event')}.")
    if count:
        click.echo(f"To have them back: aicontext events dead replay --from {file}")


def _told(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.message.id,
        "at": _time(letter),
        "attempts": letter.attempts,
        "why": letter.why,
        "bytes": len(letter.message.payload),
    }


def _time(letter: DeadLetter) -> str:
    return datetime.fromtimestamp(letter.at, UTC).isoformat(timespec="seconds")
