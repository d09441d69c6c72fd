"""`aicontext users`: accounts of the installation on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.storage.records import Role, Ticket, User
from aicontext.domain.tenancy.links import address_of
from aicontext.entrypoints.cli.words import cut, table
from aicontext.wiring.platform.administration import Administration, administer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_ROLE = click.Choice([str(role) for role in Role if role is not Role.SERVICE])


@click.group()
def users() -> None:
    """People and programs that use the installation on this machine.

    WHO is an e-mail address or an id. Until the first account is made, whoever works on this
    machine needs none.
    """


@users.command("list")
@_JSON
def listed(as_json: bool) -> None:
    """Show who is here."""

    async def work(on: Administration) -> list[User]:
        found: list[User] = []
        while page := await on.directory.list(
            User, on.by.organisation, found[-1].id if found else "", 500
        ):
            found += page
        return found

    found = administer(work)
    if as_json:
        click.echo(json.dumps({"users": [_told(one) for one in found]}))
        return
    rows = [
        (one.id, _address(one), cut(one.name, 30), one.role, "" if one.active else "closed")
        for one in found
    ]
    click.echo("\n".join(table([("id", "address", "name", "role", ""), *rows])))


@users.command()
@_JSON
def claim(as_json: bool) -> None:
    """Print the link by which the first account is made. It is good once, for a day."""
    _show_link(lambda on: on.identity.accounts.owner_link(), "setup", as_json)


@users.command()
@click.argument("email")
@click.option(
    "--role", type=_ROLE, default=str(Role.MEMBER), show_default=True, help="What they may do."
)
@_JSON
def invite(email: str, role: str, as_json: bool) -> None:
    """Print a link by which somebody makes an account. It is good once, for a week."""
    _show_link(lambda on: on.identity.invitations.invite(on.by, email, Role(role)), "join", as_json)


@users.command()
@_JSON
def invitations(as_json: bool) -> None:
    """Show which invitations nobody took up yet."""
    found = administer(lambda on: on.identity.invitations.open(on.by.organisation))
    if as_json:
        click.echo(json.dumps({"invitations": [_invited(one) for one in found]}))
        return
    rows = [
        (one.id, cut(one.data["email"], 40), one.data["role"], f"{one.expires_at:%Y-%m-%d %H:%M}")
        for one in found
    ]
    click.echo("\n".join(table([("id", "address", "role", "until"), *rows])))


@users.command()
@click.argument("invitation", metavar="ID")
@_JSON
def uninvite(invitation: str, as_json: bool) -> None:
    """Withdraw an invitation: its link is good no more."""
    administer(lambda on: on.identity.invitations.withdraw(on.by.organisation, invitation))
    click.echo(json.dumps({"withdrawn": invitation}) if as_json else "It is good no more.")


@users.command()
@click.argument("who")
@click.option("--factors", is_flag=True, help="Also forget their second factors.")
@_JSON
def reset(who: str, factors: bool, as_json: bool) -> None:
    """Print a link by which somebody sets a new password. It is good once, for a day."""

    async def work(on: Administration) -> str:
        user = await on.identity.users.named(on.by.organisation, who)
        if factors:
            await on.identity.factors.remove_all(on.by, user.id)
        return await on.identity.accounts.reset_link(on.by, user.id)

    _show_link(work, "reset", as_json)


@users.command()
@click.argument("name")
@_JSON
def service(name: str, as_json: bool) -> None:
    """Add a program, which comes in by keys.

    Make it one: aicontext keys create NAME --user ID.
    """
    _show_user(administer(lambda on: on.identity.users.add_service(on.by, name)), as_json)


@users.command()
@click.argument("who")
@click.argument("name")
@click.option("--remove", is_flag=True, help="The name is no longer good.")
@_JSON
def certificate(who: str, name: str, remove: bool, as_json: bool) -> None:
    """Let a program in by certificates that hold NAME.

    NAME is such as DNS:ci.example.org or URI:spiffe://…. They come from an authority in
    AICONTEXT_TLS_CLIENTS.
    """

    async def work(on: Administration) -> None:
        user = await on.identity.users.named(on.by.organisation, who)
        if remove:
            await on.identity.users.remove_certificate(on.by, name)
        else:
            await on.identity.users.add_certificate(on.by, user.id, name)

    administer(work)
    text = f"{name} is {'no longer ' * remove}good."
    click.echo(json.dumps({"certificate": name, "good": not remove}) if as_json else text)


@users.command()
@click.argument("who")
@click.argument("new", metavar="ROLE", type=_ROLE)
@_JSON
def role(who: str, new: str, as_json: bool) -> None:
    """Give somebody another role."""
    _change(who, as_json, role=Role(new))


@users.command()
@click.argument("who")
@_JSON
def close(who: str, as_json: bool) -> None:
    """Let somebody in no more, and end their sign-ins. `reopen` undoes it."""
    _change(who, as_json, active=False)


@users.command()
@click.argument("who")
@_JSON
def reopen(who: str, as_json: bool) -> None:
    """Let somebody in again."""
    _change(who, as_json, active=True)


def _change(who: str, as_json: bool, **given: Any) -> None:
    async def work(on: Administration) -> User:
        user = await on.identity.users.named(on.by.organisation, who)
        return await on.identity.users.change(on.by, user.id, **given)

    _show_user(administer(work), as_json)


def _show_link(make: Callable[[Administration], Awaitable[str]], page: str, as_json: bool) -> None:
    async def work(on: Administration) -> tuple[str, str]:
        return await make(on), on.url

    secret, url = administer(work)
    if not secret:
        raise click.ClickException("There is an account already: invite people instead.")
    address = address_of(url, page, secret)
    click.echo(json.dumps({"link": secret, "address": address}) if as_json else address)


def _show_user(user: User, as_json: bool) -> None:
    state = "" if user.active else ", closed"
    text = f"{user.id}  {user.name} ({user.role}{state})"
    click.echo(json.dumps({"user": _told(user)}) if as_json else text)


def _address(user: User) -> str:
    return "" if user.role is Role.SERVICE else cut(user.email, 40)


def _invited(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "email": ticket.data["email"],
        "role": ticket.data["role"],
        "expires_at": ticket.expires_at.isoformat(timespec="seconds"),
    }


def _told(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "active": user.active,
        "created_at": user.created_at.isoformat(timespec="seconds"),
    }
