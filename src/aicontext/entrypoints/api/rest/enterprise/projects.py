"""Projects."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Request, Response, Security

from aicontext.domain.storage.records import Project
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

_READ = Guarded("projects:read", "project")
Reader = Annotated[Principal, Security(_READ)]
Writer = Annotated[Principal, Security(Guarded("projects:write", "project"))]

routes = router("enterprise", "/api/v1/enterprise/projects")


class NewProject(Taken):
    """team: its id; empty where the project belongs to none."""

    name: Name
    slug: Slug
    team: Id | Literal[""] = ""


class ProjectChange(Taken):
    """What is left out stays."""

    name: Name | None = None
    slug: Slug | None = None
    team: Id | Literal[""] | None = None


@routes.get("")
async def list_projects(
    request: Request, who: Reader, shelf: Shelf, listing: Listing
) -> Page[Project]:
    """Everybody's projects and those of the caller's teams, the oldest first; for administrators,
    all."""

    def seen(one: Project) -> bool:
        about = Resource(
            kind="project",
            organisation=one.organisation,
            id=one.id,
            team=one.team,
            project=one.id,
        )
        return _READ.may(request, about)

    return await listing.of(shelf, Project, who.organisation, seen=seen)


@routes.post("", status_code=201)
async def create_project(
    request: Request, response: Response, who: Writer, shelf: Shelf, new: NewProject
) -> Project:
    """A new project."""
    made = await shelf.add(Project, who.organisation, **new.model_dump())
    return created(request, response, made)


@routes.get("/{project}", response_model=Project)
async def get_project(
    request: Request, response: Response, who: Reader, shelf: Shelf, project: Id
) -> Any:
    """One project."""
    found = await shelf.get(Project, who.organisation, project)
    _READ.check(request, team=found.team)
    return tagged(request, response, found)


@routes.patch("/{project}", response_model=Project)
async def change_project(
    request: Request,
    response: Response,
    who: Writer,
    shelf: Shelf,
    *,
    project: Id,
    seen: Seen,
    change: ProjectChange,
) -> Any:
    """Another name, slug or team."""
    found = await shelf.get(Project, who.organisation, project)
    changed = await shelf.change(found, seen, **change.model_dump(exclude_none=True))
    return tagged(request, response, changed)


@routes.delete("/{project}", status_code=204)
async def delete_project(who: Writer, shelf: Shelf, project: Id, seen: Seen) -> None:
    """The project and what was optimized in it."""
    await shelf.remove(await shelf.get(Project, who.organisation, project), seen)
