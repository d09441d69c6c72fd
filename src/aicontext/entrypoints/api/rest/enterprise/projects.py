"""Projects."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Request, Response, Security

from aicontext.domain.storage.records import Project
from aicontext.domain.tenancy.access import Principal
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

Reader = Annotated[Principal, Security(Guarded("projects:read", "project"))]
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
async def list_projects(who: Reader, shelf: Shelf, listing: Listing) -> Page[Project]:
    """The organisation's projects, the oldest first."""
    return await listing.of(shelf, Project, who.organisation)


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
    return tagged(request, response, await shelf.get(Project, who.organisation, project))


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
