"""Settings: of the user who asks, and of their organisation."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request, Response, Security
from pydantic import JsonValue

from aicontext.domain.storage.records import Setting
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import Listing, Page, Seen, Shelf, Taken, tagged

Own = Annotated[Principal, Security(Guarded("settings:read", "setting", own=True))]
OwnWriter = Annotated[Principal, Security(Guarded("settings:write", "setting", own=True))]
Reader = Annotated[Principal, Security(Guarded("organisation:read", "setting"))]
Writer = Annotated[Principal, Security(Guarded("organisation:write", "setting"))]
SettingName = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9._-]{0,99}$")]

routes = router("settings", "/api/v1")


class Value(Taken):
    """Anything that JSON can say."""

    value: JsonValue


@routes.get("/settings")
async def list_settings(who: Own, shelf: Shelf, listing: Listing) -> Page[Setting]:
    """The user's own settings."""
    return await listing.of(shelf, Setting, who.organisation, owner=who.user)


@routes.get("/settings/{setting}", response_model=Setting)
async def get_setting(
    request: Request, response: Response, who: Own, shelf: Shelf, setting: SettingName
) -> Any:
    """One of the user's own settings."""
    found = await shelf.find(Setting, who.organisation, owner=who.user, name=setting)
    return tagged(request, response, found)


@routes.put("/settings/{setting}", response_model=Setting)
async def put_setting(
    request: Request,
    response: Response,
    who: OwnWriter,
    shelf: Shelf,
    *,
    setting: SettingName,
    seen: Seen,
    new: Value,
) -> Any:
    """Sets one of the user's own settings."""
    done = await shelf.put_setting(who.organisation, who.user, setting, value=new.value, seen=seen)
    return tagged(request, response, done)


@routes.delete("/settings/{setting}", status_code=204)
async def delete_setting(who: OwnWriter, shelf: Shelf, setting: SettingName, seen: Seen) -> None:
    """Forgets one of the user's own settings."""
    found = await shelf.find(Setting, who.organisation, owner=who.user, name=setting)
    await shelf.remove(found, seen)


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
