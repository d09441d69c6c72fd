"""`aicontext keys`: API keys of the installation on this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.storage.records import Project
from aicontext.entrypoints.cli.platform.names import named
from aicontext.entrypoints.cli.words import cut, table
from aicontext.wiring.platform.administration import Administration, administer

if TYPE_CHECKING:
    from aicontext.domain.storage.records import Key
    from aicontext.services.enterprise.identity.keys import Issued

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_ONCE = "Keep it now: it is not shown again."


@click.group()
def keys() -> None:
    """API keys, by which programs use the platform."""


@keys.command()
@click.argument("name")
@click.option("--user", "who", default="", help="Whose, by address or id; else the owner's.")
@click.option("--scope", "scopes", multiple=True, help='What it allows: "context:read", "*:read".')
@click.option("--project", default="", help="The only project it is good for, by short name or id.")
@click.option("--environment", default="", help="The only environment it is good for.")
@click.option("--network", "networks", multiple=True, help="Where it may be used: 10.0.0.0/8.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good.")
@_JSON
def create(name: str, who: str, days: int | None, as_json: bool, **limits: Any) -> None:
    """Make a key called NAME, and show it once.

    Without --scope it allows what its user may, but for what is sensitive: that must be named, such
    as --scope users:write.
    """
    ends = datetime.now(UTC) + timedelta(days=days) if days else None

    async def work(on: Administration) -> Issued:
        user = (await on.identity.users.named(on.by.organisation, who)).id if who else ""
        limits["scopes"] = limits["scopes"] or ("*",)
        if limits["project"]:
            limits["project"] = (await named(on, Project, limits["project"])).id
        return await on.create_key(name=name, user=user, expires_at=ends, **limits)

    _show_issued(administer(work), as_json)


@keys.command("list")
@click.option("--user", "who", default="", help="Whose, by address or id; else all.")
@_JSON
def listed(who: str, as_json: bool) -> None:
    """Show the keys, without what they are."""

    async def work(on: Administration) -> list[Key]:
        of = on.by.organisation
        user = (await on.identity.users.named(of, who)).id if who else ""
        found: list[Key] = []
        while page := await on.identity.keys.all(
            of, user=user, after=found[-1].id if found else "", limit=500
        ):
            found += page
        return found

    found = administer(work)
    if as_json:
        click.echo(json.dumps({"keys": [_told(one) for one in found]}))
        return
    if not found:
        click.echo("There are no keys. Make one: aicontext keys create NAME.")
        return
    rows = [
        (one.id, cut(one.name, 30), f"{one.prefix}…", _state(one), cut(" ".join(one.scopes), 40))
        for one in found
    ]
    click.echo("\n".join(table([("id", "name", "key", "", "scopes"), *rows])))


@keys.command()
@click.argument("key_id", metavar="ID")
@_JSON
def revoke(key_id: str, as_json: bool) -> None:
    """End a key, by its id as `list` shows it."""
    key = administer(lambda on: on.identity.keys.revoke(on.by.organisation, key_id))
    click.echo(json.dumps({"key": _told(key)}) if as_json else f"{key.name} is good no more.")


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--hours",
    type=click.IntRange(0, 8760),
    default=24,
    show_default=True,
    help="How long both are good.",
)
@_JSON
def rotate(key_id: str, hours: int, as_json: bool) -> None:
    """Make a new key in the place of one; both are good for a while."""
    overlap = timedelta(hours=hours)
    _show_issued(
        administer(lambda on: on.identity.keys.rotate(on.by, key_id, overlap=overlap)), as_json
    )


def _show_issued(issued: Issued, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"key": _told(issued.key), "secret": issued.secret}))
        return
    click.echo(issued.secret)
    click.echo(_ONCE, err=True)


def _told(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "user": key.user,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "project": key.project,
        "environment": key.environment,
        "networks": list(key.networks),
        **{name: _time(getattr(key, name)) for name in _TIMES},
    }


_TIMES: Sequence[str] = ("created_at", "expires_at", "used_at", "revoked_at")


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _state(key: Key) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at:
        ended = key.expires_at <= datetime.now(UTC)
        return "expired" if ended else f"until {key.expires_at:%Y-%m-%d}"
    return f"used {key.used_at:%Y-%m-%d}" if key.used_at else "never used"
