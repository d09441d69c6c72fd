"""Programs of others that may ask people for tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Request, Response, Security
from pydantic import BaseModel, Field

from aicontext.domain.storage.records import Client
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.identity.shapes import parts
from aicontext.entrypoints.api.rest.listing import Id, Listing, Page, Taken
from aicontext.services.enterprise.identity.oauth.clients import Grant, NewClient

Reader = Annotated[Principal, Security(Guarded("clients:read", "client"))]
Writer = Annotated[Principal, Security(Guarded("clients:write", "client"))]

routes = router("oauth", "/api/v1/clients")


class ClientWanted(Taken):
    """redirects: addresses to lead back to. scopes: what it may have at most. confidential: it can
    keep a secret. user: the service in whose name it acts by itself."""

    name: str = Field(min_length=1, max_length=200)
    redirects: list[Annotated[str, Field(max_length=500)]] = Field([], max_length=20)
    grants: list[Grant] = Field([Grant.CODE], min_length=1, max_length=4)
    scopes: list[Annotated[str, Field(max_length=81)]] = Field(min_length=1, max_length=50)
    confidential: bool = False
    user: str = Field("", pattern="^([0-9a-f]{32})?$")


class ClientShown(BaseModel):
    """A program, without its secret."""

    id: str
    name: str
    redirects: Sequence[str]
    grants: Sequence[str]
    scopes: Sequence[str]
    confidential: bool
    user: str
    created_at: datetime


class ClientMade(BaseModel):
    """secret: shown now and never again; empty where the program can keep none."""

    client: ClientShown
    secret: str


@routes.get("")
async def list_clients(request: Request, who: Reader, listing: Listing) -> Page[ClientShown]:
    """The organisation's programs, the oldest first."""
    found = await parts(request).oauth.clients.all(
        who.organisation, after=listing.after, limit=listing.limit + 1
    )
    return await listing.page([_shown(one) for one in found], [one.id for one in found])


@routes.post("", status_code=201, responses={404: {}})
async def create_client(
    request: Request, response: Response, who: Writer, new: ClientWanted
) -> ClientMade:
    """A new program."""
    given = new.model_dump() | {
        name: tuple(getattr(new, name)) for name in ("redirects", "grants", "scopes")
    }
    made = await parts(request).oauth.clients.register(who, NewClient(**given))
    response.headers["location"] = f"{routes.prefix}/{made.client.id}"
    return ClientMade(client=_shown(made.client), secret=made.secret)


@routes.delete("/{client}", status_code=204)
async def delete_client(request: Request, who: Writer, client: Id) -> None:
    """The program and all tokens that it got."""
    await parts(request).oauth.clients.remove(who.organisation, client)


def _shown(client: Client) -> ClientShown:
    return ClientShown(
        id=client.id,
        name=client.name,
        redirects=client.redirects,
        grants=client.grants,
        scopes=client.scopes,
        confidential=bool(client.digest),
        user=client.user,
        created_at=client.created_at,
    )
