"""`aicontext projects`: projects of the installation on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.storage.records import Project, Team
from aicontext.entrypoints.cli.platform.names import MOST, named, short
from aicontext.entrypoints.cli.words import cut, table
from aicontext.wiring.platform.administration import Administration, administer

if TYPE_CHECKING:
    from collections.abc import Sequence

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def projects() -> None:
    """Projects, which keys and budgets can be for. PROJECT is a project's short name, or its id."""


@projects.command("list")
@_JSON
def listed(as_json: bool) -> None:
    """Show the projects and the teams that they belong to."""

    async def work(on: Administration) -> tuple[Sequence[Project], Sequence[Team]]:
        of = on.by.organisation
        teams = await on.directory.list(Team, of, "", MOST)
        return await on.directory.list(Project, of, "", MOST), teams

    found, teams = administer(work)
    if as_json:
        click.echo(json.dumps({"projects": [_told(one) for one in found]}))
        return
    if not found:
        click.echo("There are no projects. Make one: aicontext projects create NAME.")
        return
    slugs = {one.id: one.slug for one in teams}
    rows = [(one.slug, cut(one.name, 40), slugs.get(one.team, "-"), one.id) for one in found]
    click.echo("\n".join(table([("project", "name", "team", "id"), *rows])))


@projects.command()
@click.argument("slug", metavar="PROJECT")
@click.option("--name", default="", help="In words; else as PROJECT.")
@click.option("--team", default="", help="The team that it belongs to; else none.")
@_JSON
def create(slug: str, name: str, team: str, as_json: bool) -> None:
    """Make a project."""
    fields = {"slug": short(slug), "name": name or slug}

    async def work(on: Administration) -> Project:
        of = (await named(on, Team, team)).id if team else ""
        return await on.directory.add(Project, on.by.organisation, team=of, **fields)

    made = administer(work)
    _done(_told(made), f"{slug} is there: {made.id}", as_json)


@projects.command()
@click.argument("project", metavar="PROJECT")
@click.option("--slug", help="Another short name.")
@click.option("--name", help="Another name in words.")
@click.option("--team", help='Another team; "" for none.')
@_JSON
def change(project: str, team: str | None, as_json: bool, **given: str | None) -> None:
    """Give a project another name or team. What is left out stays."""
    fields = {field: value for field, value in given.items() if value}
    if "slug" in fields:
        short(fields["slug"])
    if not fields and team is None:
        raise click.UsageError("Say what changes: --slug, --name or --team.")

    async def work(on: Administration) -> Project:
        found = await named(on, Project, project)
        if team is not None:
            fields["team"] = (await named(on, Team, team)).id if team else ""
        return await on.directory.change(found, 0, **fields)

    changed = administer(work)
    _done(_told(changed), f"{changed.slug} is changed.", as_json)


@projects.command()
@click.argument("project", metavar="PROJECT")
@_JSON
def delete(project: str, as_json: bool) -> None:
    """Remove a project, with the keys that are good for it alone."""

    async def work(on: Administration) -> Project:
        found = await named(on, Project, project)
        await on.directory.remove(found, 0)
        return found

    gone = administer(work)
    _done(_told(gone), f"{gone.slug} is gone.", as_json)


def _told(project: Project) -> dict[str, Any]:
    return {name: getattr(project, name) for name in ("id", "slug", "name", "team")}


def _done(told: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(json.dumps({"project": told}) if as_json else text)
