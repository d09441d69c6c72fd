"""Contexts that were kept to be found again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Security
from pydantic import BaseModel

from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.owner import Owner
from aicontext.entrypoints.api.access import Guarded, router

Writer = Annotated[Principal, Security(Guarded("context:write", "context", own=True))]

routes = router("context", "/api/v1/context/similar")


class Forgotten(BaseModel):
    """How many will no longer be found."""

    forgotten: int


@routes.delete("")
async def forget_similar(request: Request, who: Writer) -> Forgotten:
    """No longer finds any context that the caller kept; their texts stay in the archive."""
    service = await request.app.state.parts.similar(who)
    owner = Owner(organisation=who.organisation, user=who.user)
    return Forgotten(forgotten=await service.forget_all(owner))
