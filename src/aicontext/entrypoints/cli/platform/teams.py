"""`aicontext teams`: teams of the installation on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.storage.records import Role, Team, TeamMember, User
from aicontext.entrypoints.cli.platform.names import MOST, named, short
from aicontext.entrypoints.cli.words import amount, cut, table
from aicontext.wiring.platform.administration import Administration, administer

if TYPE_CHECKING:
    from collections.abc import Sequence

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_ROLE = click.Choice([str(role) for role in Role])


@click.group()
def teams() -> None:
    """Teams of the installation on this machine. TEAM is a team's short name or its id, WHO
    an e-mail address or an id."""


@teams.command("list")
@_JSON
def listed(as_json: bool) -> None:
    """Show the teams and who belongs to them."""

    async def work(on: Administration) -> list[tuple[Team, Sequence[TeamMember]]]:
        of = on.by.organisation
        found = await on.directory.list(Team, of, "", MOST)
        return [
            (one, await on.directory.list(TeamMember, of, "", MOST, team=one.id)) for one in found
        ]

    found = administer(work)
    if as_json:
        told = [
            {
                "id": team.id,
                "slug": team.slug,
                "name": team.name,
                "members": [{"user": one.user, "role": one.role} for one in members],
            }
            for team, members in found
        ]
        click.echo(json.dumps({"teams": told}))
        return
    if not found:
        click.echo("There are no teams. Make one: aicontext teams create NAME.")
        return
    rows = [
        (team.slug, cut(team.name, 40), amount(len(members), "member"), team.id)
        for team, members in found
    ]
    click.echo("\n".join(table([("team", "name", "", "id"), *rows])))


@teams.command()
@click.argument("slug", metavar="TEAM")
@click.option("--name", default="", help="In words; else as TEAM.")
@_JSON
def create(slug: str, name: str, as_json: bool) -> None:
    """Make a team."""
    fields = {"name": name or slug, "slug": short(slug)}
    made = administer(lambda on: on.directory.add(Team, on.by.organisation, **fields))
    _done({"id": made.id, **fields}, f"{slug} is there.", as_json)


@teams.command()
@click.argument("slug", metavar="TEAM")
@_JSON
def delete(slug: str, as_json: bool) -> None:
    """Remove a team, but not its members' accounts. Fails while projects belong to it."""

    async def work(on: Administration) -> None:
        await on.directory.remove(await named(on, Team, slug), 0)

    administer(work)
    _done({"slug": slug}, f"{slug} is gone.", as_json)


@teams.command()
@click.argument("slug", metavar="TEAM")
@click.argument("who")
@click.option(
    "--role", type=_ROLE, default=str(Role.MEMBER), show_default=True, help="What they are in it."
)
@_JSON
def add(slug: str, who: str, role: str, as_json: bool) -> None:
    """Put somebody into a team."""

    async def work(on: Administration) -> User:
        user = await on.identity.users.named(on.by.organisation, who)
        team = await named(on, Team, slug)
        await on.directory.join(on.by.organisation, team.id, user.id, Role(role))
        return user

    user = administer(work)
    told = {"slug": slug, "user": user.id, "role": role}
    _done(told, f"{user.name} belongs to {slug}.", as_json)


@teams.command()
@click.argument("slug", metavar="TEAM")
@click.argument("who")
@_JSON
def remove(slug: str, who: str, as_json: bool) -> None:
    """Take somebody out of a team."""

    async def work(on: Administration) -> User:
        of = on.by.organisation
        user = await on.identity.users.named(of, who)
        team = await named(on, Team, slug)
        found = await on.directory.find(TeamMember, of, team=team.id, user=user.id)
        await on.directory.remove(found, 0)
        return user

    user = administer(work)
    told = {"slug": slug, "user": user.id}
    _done(told, f"{user.name} belongs to {slug} no more.", as_json)


def _done(told: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(json.dumps({"team": told}) if as_json else text)
