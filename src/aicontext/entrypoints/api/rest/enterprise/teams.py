"""Teams and who belongs to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response, Security

from aicontext.domain.storage.records import Role, Team, TeamMember
from aicontext.domain.tenancy.access import Principal, Resource
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import (
    Id,
    Listing,
    Name,
    Page,
    Seen,
    Shelf,
    Slug,
    Taken,
    created,
    tagged,
)

_READ = Guarded("teams:read", "team")
Reader = Annotated[Principal, Security(_READ)]
Writer = Annotated[Principal, Security(Guarded("teams:write", "team"))]

routes = router("enterprise", "/api/v1/enterprise/teams")


class NewTeam(Taken):
    name: Name
    slug: Slug


class TeamChange(Taken):
    """What is left out stays."""

    name: Name | None = None
    slug: Slug | None = None


class NewMember(Taken):
    user: Id
    role: Role = Role.MEMBER


class MemberChange(Taken):
    role: Role


@routes.get("")
async def list_teams(request: Request, who: Reader, shelf: Shelf, listing: Listing) -> Page[Team]:
    """The caller's teams, the oldest first; for administrators, the organisation's."""

    def seen(team: Team) -> bool:
        about = Resource(kind="team", organisation=team.organisation, id=team.id, team=team.id)
        return _READ.may(request, about)

    return await listing.of(shelf, Team, who.organisation, seen=seen)


@routes.post("", status_code=201)
async def create_team(
    request: Request, response: Response, who: Writer, shelf: Shelf, new: NewTeam
) -> Team:
    """A new team without members."""
    made = await shelf.add(Team, who.organisation, **new.model_dump())
    return created(request, response, made)


@routes.get("/{team}", response_model=Team)
async def get_team(
    request: Request, response: Response, who: Reader, shelf: Shelf, team: Id
) -> Any:
    """One team."""
    return tagged(request, response, await shelf.get(Team, who.organisation, team))


@routes.patch("/{team}", response_model=Team)
async def change_team(
    request: Request,
    response: Response,
    who: Writer,
    shelf: Shelf,
    *,
    team: Id,
    seen: Seen,
    change: TeamChange,
) -> Any:
    """Another name or slug."""
    found = await shelf.get(Team, who.organisation, team)
    changed = await shelf.change(found, seen, **change.model_dump(exclude_none=True))
    return tagged(request, response, changed)


@routes.delete("/{team}", status_code=204)
async def delete_team(who: Writer, shelf: Shelf, team: Id, seen: Seen) -> None:
    """The team and its members' places in it. Fails while projects belong to it."""
    await shelf.remove(await shelf.get(Team, who.organisation, team), seen)


@routes.get("/{team}/members")
async def list_members(who: Reader, shelf: Shelf, listing: Listing, team: Id) -> Page[TeamMember]:
    """Who belongs to the team, and as what."""
    await shelf.get(Team, who.organisation, team)
    return await listing.of(shelf, TeamMember, who.organisation, team=team)


@routes.post("/{team}/members", status_code=201)
async def add_member(
    request: Request,
    response: Response,
    who: Writer,
    shelf: Shelf,
    *,
    team: Id,
    new: NewMember,
) -> TeamMember:
    """Makes a user of the organisation a member of the team."""
    made = await shelf.join(who.organisation, team, new.user, new.role)
    return created(request, response, made, made.user)


@routes.patch("/{team}/members/{user}", response_model=TeamMember)
async def change_member(
    request: Request,
    response: Response,
    who: Writer,
    shelf: Shelf,
    *,
    team: Id,
    user: Id,
    seen: Seen,
    change: MemberChange,
) -> Any:
    """Another role in the team."""
    found = await shelf.find(TeamMember, who.organisation, team=team, user=user)
    return tagged(request, response, await shelf.change(found, seen, role=change.role))


@routes.delete("/{team}/members/{user}", status_code=204)
async def remove_member(who: Writer, shelf: Shelf, team: Id, user: Id, seen: Seen) -> None:
    """Takes a user out of the team."""
    found = await shelf.find(TeamMember, who.organisation, team=team, user=user)
    await shelf.remove(found, seen)
