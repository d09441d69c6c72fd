"""API keys: each is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Request, Response, Security
from pydantic import BaseModel, Field

from aicontext.domain.storage.records import Key
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import Id, Listing, Moment, Page, Taken
from aicontext.services.enterprise.identity.keys import Issued, KeyService, Wanted

READ = Guarded("keys:read", "key", own=True)
WRITE = Guarded("keys:write", "key", own=True)
Reader = Annotated[Principal, Security(READ)]
Writer = Annotated[Principal, Security(WRITE)]
Scopes = Annotated[list[Annotated[str, Field(max_length=81)]], Field(max_length=50)]

routes = router("keys", "/api/v1/keys")


class NewKey(Taken):
    """scopes: what it allows at most, such as "context:write" or "teams:*". project, environment,
    networks: the only ones that it is good for."""

    name: str = Field(min_length=1, max_length=200)
    user: str = Field("", pattern="^([0-9a-f]{32})?$")
    scopes: Scopes = Field(["*"], min_length=1)
    project: str = Field("", pattern="^([0-9a-f]{32})?$")
    environment: str = Field("", max_length=60)
    networks: list[Annotated[str, Field(max_length=50)]] = Field([], max_length=50)
    expires_at: Moment | None = None


class KeyShown(BaseModel):
    """prefix: its first characters, by which people know it."""

    id: str
    user: str
    name: str
    prefix: str
    scopes: Sequence[str]
    project: str
    environment: str
    networks: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class KeyMade(BaseModel):
    """secret: the key itself, which is shown now and never again."""

    key: KeyShown
    secret: str


@routes.get("")
async def list_keys(request: Request, who: Reader, listing: Listing) -> Page[KeyShown]:
    """The caller's own keys, the oldest first."""
    found = await _keys(request).all(
        who.organisation, user=who.user, after=listing.after, limit=listing.limit + 1
    )
    return await listing.page([_shown(one) for one in found], [one.id for one in found])


@routes.post("", status_code=201, responses={404: {}})
async def create_key(request: Request, response: Response, who: Writer, new: NewKey) -> KeyMade:
    """A new key, for the caller or for a user that is a service."""
    wanted = new.model_dump() | {"scopes": tuple(new.scopes), "networks": tuple(new.networks)}
    return _made(response, await _keys(request).create(who, Wanted(**wanted)))


@routes.get("/{key}")
async def get_key(request: Request, who: Reader, key: Id) -> KeyShown:
    """One key."""
    found = await _keys(request).get(who.organisation, key)
    READ.check(request, owner=found.user)
    return _shown(found)


@routes.delete("/{key}")
async def revoke_key(request: Request, who: Writer, key: Id) -> KeyShown:
    """The key is good no more."""
    found = await _keys(request).get(who.organisation, key)
    WRITE.check(request, owner=found.user)
    return _shown(await _keys(request).revoke(who.organisation, key))


@routes.post("/{key}/rotations", status_code=201)
async def rotate_key(request: Request, response: Response, who: Writer, key: Id) -> KeyMade:
    """A new key in the place of one, which goes on being good for a day."""
    found = await _keys(request).get(who.organisation, key)
    WRITE.check(request, owner=found.user)
    return _made(response, await _keys(request).rotate(who, key))


def _keys(request: Request) -> KeyService:
    found: KeyService = request.app.state.parts.keys
    return found


def _made(response: Response, issued: Issued) -> KeyMade:
    response.headers["location"] = f"{routes.prefix}/{issued.key.id}"
    return KeyMade(key=_shown(issued.key), secret=issued.secret)


def _shown(key: Key) -> KeyShown:
    return KeyShown.model_validate(key, from_attributes=True)
