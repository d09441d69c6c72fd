"""Users, and who is asking."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response, Security
from pydantic import BaseModel

from aicontext.domain.storage.records import Role, User
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import (
    Id,
    Listing,
    Name,
    Page,
    Seen,
    Shelf,
    Taken,
    created,
    tagged,
)
from aicontext.services.enterprise.identity.users import Users

Reader = Annotated[Principal, Security(Guarded("users:read", "user"))]
Writer = Annotated[Principal, Security(Guarded("users:write", "user"))]
Self = Annotated[Principal, Security(Guarded("account:read", "user", own=True))]

routes = router("users", "/api/v1/users")


class Me(BaseModel):
    """Who asks: ids, and what the credential allows."""

    organisation: str
    user: str
    role: Role
    credential: Credential
    scopes: list[str]
    teams: list[str]


class NewService(Taken):
    name: Name


class UserChange(Taken):
    """What is left out stays. active: whether they may come in."""

    role: Role | None = None
    active: bool | None = None


@routes.get("/me")
async def who_am_i(who: Self) -> Me:
    """Who is asking, as the server knows them."""
    return Me(
        organisation=who.organisation,
        user=who.user,
        role=who.role,
        credential=who.credential,
        scopes=sorted(who.scopes),
        teams=sorted(who.teams),
    )


@routes.get("")
async def list_users(who: Reader, shelf: Shelf, listing: Listing) -> Page[User]:
    """The organisation's users, the oldest first; for administrators."""
    return await listing.of(shelf, User, who.organisation)


@routes.get("/{user}", response_model=User)
async def get_user(
    request: Request, response: Response, who: Reader, shelf: Shelf, user: Id
) -> Any:
    """One user."""
    return tagged(request, response, await shelf.get(User, who.organisation, user))


@routes.post("", status_code=201)
async def create_service(
    request: Request, response: Response, who: Writer, new: NewService
) -> User:
    """A user for a program, which comes in by keys. People join by invitation."""
    users: Users = request.app.state.parts.users
    return created(request, response, await users.add_service(who, new.name))


@routes.patch("/{user}", response_model=User)
async def change_user(
    request: Request,
    response: Response,
    who: Writer,
    *,
    user: Id,
    seen: Seen,
    change: UserChange,
) -> Any:
    """Another role, or whether they may come in; the last owner stays."""
    users: Users = request.app.state.parts.users
    given = change.model_dump(exclude_none=True)
    return tagged(request, response, await users.change(who, user, seen=seen, **given))
