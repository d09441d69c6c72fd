"""Users, and who is asking."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response, Security
from pydantic import BaseModel

from aicontext.domain.storage.records import Role, User
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import Id, Listing, Page, Shelf, tagged

Reader = Annotated[Principal, Security(Guarded("users:read", "user"))]
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
    """The organisation's users, the oldest first."""
    return await listing.of(shelf, User, who.organisation)


@routes.get("/{user}", response_model=User)
async def get_user(
    request: Request, response: Response, who: Reader, shelf: Shelf, user: Id
) -> Any:
    """One user."""
    return tagged(request, response, await shelf.get(User, who.organisation, user))
