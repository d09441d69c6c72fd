"""Settings: of the user who asks, and of their organisation."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response, Security
from pydantic import JsonValue, TypeAdapter

from aicontext.domain.storage.records import Setting
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.parts import Parts
from aicontext.entrypoints.api.rest.listing import Listing, Page, Seen, Shelf, Taken, tagged
from aicontext.kit.caching import Cached, Space

Own = Annotated[Principal, Security(Guarded("settings:read", "setting", own=True))]
OwnWriter = Annotated[Principal, Security(Guarded("settings:write", "setting", own=True))]
Reader = Annotated[Principal, Security(Guarded("organisation:read", "setting"))]
Writer = Annotated[Principal, Security(Guarded("organisation:write", "setting"))]
SettingName = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9._-]{0,99}$")]

routes = router("settings", "/api/v1")

DAY = 86_400.0
_BYTES = TypeAdapter(Setting)


def cached(parts: Parts) -> Cached[Setting]:
    """Settings of users, by user and name. Where processes share no cache, one would not hear of
    what another changes: nothing is kept."""
    space = Space("settings", DAY if parts.cache_shared else 0.0)
    return Cached(parts.cache, space, _BYTES.dump_json, _BYTES.validate_json, now=parts.clock.now)


async def _kept(request: Request) -> Cached[Setting]:
    found: Cached[Setting] = request.app.state.settings
    return found


Kept = Annotated[Cached[Setting], Depends(_kept)]


class Value(Taken):
    """Anything that JSON can say."""

    value: JsonValue


@routes.get("/settings")
async def list_settings(who: Own, shelf: Shelf, listing: Listing) -> Page[Setting]:
    """The user's own settings."""
    return await listing.of(shelf, Setting, who.organisation, owner=who.user)


@routes.get("/settings/{setting}", response_model=Setting)
async def get_setting(
    request: Request,
    response: Response,
    who: Own,
    shelf: Shelf,
    kept: Kept,
    *,
    setting: SettingName,
) -> Any:
    """One of the user's own settings."""
    find = partial(shelf.find, Setting, who.organisation, owner=who.user, name=setting)
    return tagged(request, response, await kept.get(f"{who.user}:{setting}", find))


@routes.put("/settings/{setting}", response_model=Setting)
async def put_setting(
    request: Request,
    response: Response,
    who: OwnWriter,
    shelf: Shelf,
    kept: Kept,
    *,
    setting: SettingName,
    seen: Seen,
    new: Value,
) -> Any:
    """Sets one of the user's own settings."""
    of, owner = who.organisation, who.user
    put = partial(shelf.put_setting, of, owner, setting, value=new.value, seen=seen)
    return tagged(request, response, await kept.write(f"{owner}:{setting}", put))


@routes.delete("/settings/{setting}", status_code=204)
async def delete_setting(
    who: OwnWriter, shelf: Shelf, kept: Kept, setting: SettingName, seen: Seen
) -> None:
    """Forgets one of the user's own settings."""
    found = await shelf.find(Setting, who.organisation, owner=who.user, name=setting)
    await kept.drop(f"{who.user}:{setting}", partial(shelf.remove, found, seen))


@routes.get("/enterprise/settings")
async def list_organisation_settings(who: Reader, shelf: Shelf, listing: Listing) -> Page[Setting]:
    """The organisation's settings."""
    return await listing.of(shelf, Setting, who.organisation, owner=who.organisation)


@routes.put("/enterprise/settings/{setting}", response_model=Setting)
async def put_organisation_setting(
    request: Request,
    response: Response,
    who: Writer,
    shelf: Shelf,
    *,
    setting: SettingName,
    seen: Seen,
    new: Value,
) -> Any:
    """Sets one of the organisation's settings."""
    owner = who.organisation
    done = await shelf.put_setting(owner, owner, setting, value=new.value, seen=seen)
    return tagged(request, response, done)
