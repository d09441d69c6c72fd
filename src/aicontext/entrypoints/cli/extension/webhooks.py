"""`aicontext webhooks`: signed messages to others, and from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.extension.webhooks import Delivery, State
from aicontext.entrypoints.cli.words import cut, table
from aicontext.wiring.extension.webhooks import courier, webhook_service

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_LIMIT = click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="Deliveries at most.",
)


@click.group()
def webhooks() -> None:
    """Send signed messages to other programs, and take them.

    Their form is that of Standard Webhooks. `aicontext serve` delivers them; what fails is tried
    again for three days.
    """


@webhooks.command()
@click.option("--asymmetric", is_flag=True, help="Sign with a key whose public half NAME gets.")
@click.argument("name")
@click.argument("url")
@_JSON
def add(name: str, url: str, asymmetric: bool, as_json: bool) -> None:
    """Send everything to URL from now on; show what verifies it."""
    verifies = webhook_service().add(name, url, asymmetric=asymmetric)
    _say({"name": name, "verifies": verifies}, verifies, as_json)


@webhooks.command()
@click.argument("name")
@_JSON
def rotate(name: str, as_json: bool) -> None:
    """Sign with a new secret beside the one before, and show it."""
    verifies = webhook_service().rotate(name)
    _say({"name": name, "verifies": verifies}, verifies, as_json)


@webhooks.command()
@click.argument("name")
@_JSON
def remove(name: str, as_json: bool) -> None:
    """Send nothing to NAME any more, nor what waits for it."""
    webhook_service().remove(name)
    _say({"name": name}, f"Nothing more goes to {name}.", as_json)


@webhooks.command("list")
@_LIMIT
@_JSON
def listed(limit: int, as_json: bool) -> None:
    """Show the endpoints, and what was sent to them lately."""
    service = webhook_service()
    endpoints, found = service.endpoints(), service.deliveries(limit=limit)
    if as_json:
        shown = [{"name": e.name, "url": e.url, "disabled": e.disabled} for e in endpoints]
        click.echo(json.dumps({"endpoints": shown, "deliveries": list(map(_record, found))}))
        return
    for one in endpoints:
        click.echo(f"{one.name}  {one.url}{'  ' * bool(one.disabled)}{one.disabled}")
    if not endpoints:
        click.echo("There are no endpoints. See: aicontext webhooks add --help.")
    _show(found)


@webhooks.command()
@_LIMIT
@_JSON
def dead(limit: int, as_json: bool) -> None:
    """Show what was given up."""
    found = webhook_service().deliveries(State.DEAD, limit)
    if as_json:
        click.echo(json.dumps({"deliveries": list(map(_record, found))}))
        return
    if not found:
        click.echo("Nothing was given up.")
    _show(found)


@webhooks.command()
@click.argument("message", default="")
@_JSON
def replay(message: str, as_json: bool) -> None:
    """Send again what was given up, or the one MESSAGE."""
    count = webhook_service().replay(message)
    _say({"replayed": count}, f"To be sent again: {count:,}.", as_json)


@webhooks.command()
@click.argument("type_", metavar="TYPE")
@click.argument("data", default="{}")
@_JSON
def send(type_: str, data: str, as_json: bool) -> None:
    """Put a message out for all endpoints. DATA: a JSON object."""
    try:
        given: Any = json.loads(data)
    except ValueError as error:
        raise InvalidInput(f"The data is no JSON: {error}.") from None
    if not isinstance(given, dict):
        raise InvalidInput("The data is no JSON object.")
    message = webhook_service().send(type_, given)
    _say({"id": message}, message, as_json)


@webhooks.command()
@click.argument("name")
@_JSON
def test(name: str, as_json: bool) -> None:
    """Send NAME a test message now, and show what it answered."""
    sent = webhook_service().send("webhooks.test", {}, only=name)
    working = courier()
    while (found := working.deliver()) and found.message.id != sent:
        pass
    if found is None or found.state is not State.DELIVERED:
        why = found.why if found else "another process has taken it"
        raise Unavailable(f"{name} was not told: {why}.", hint="It will be tried again.")
    _say({"name": name, "status": found.status}, f"{name} answered {found.status}.", as_json)


@webhooks.command()
@click.option("--secret", default="", help="What the sender signs with; a new one unless given.")
@click.argument("sender")
@_JSON
def accept(sender: str, secret: str, as_json: bool) -> None:
    """Take messages of SENDER, for the plugin of that name.

    Shows what verifies them.
    """
    verifies = webhook_service().accept(sender, secret)
    _say({"sender": sender, "verifies": verifies}, verifies, as_json)


@webhooks.command()
@click.argument("sender")
@_JSON
def reject(sender: str, as_json: bool) -> None:
    """Take no messages of SENDER any more."""
    webhook_service().reject(sender)
    _say({"sender": sender}, f"Nothing more is taken from {sender}.", as_json)


def _say(told: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(json.dumps(told) if as_json else text)


def _show(found: Sequence[Delivery]) -> None:
    for line in table([_row(one) for one in found]) if found else ():
        click.echo(line)


def _row(one: Delivery) -> tuple[str, ...]:
    return (
        one.message.id,
        cut(one.message.type, 30),
        one.endpoint,
        one.state,
        f"{one.attempts} tried",
        cut(one.why, 60),
    )


def _record(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.message.id,
        "type": one.message.type,
        "at": datetime.fromtimestamp(one.message.at, UTC).isoformat(),
        "endpoint": one.endpoint,
        "state": one.state,
        "attempts": one.attempts,
        "due": datetime.fromtimestamp(one.due, UTC).isoformat(),
        "status": one.status,
        "why": one.why,
    }
