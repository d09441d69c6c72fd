"""How the server is."""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from pydantic import BaseModel

from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.parts import Parts


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """The stores answer too."""

    status: Literal["ready"] = "ready"


class Version(BaseModel):
    """api: of this contract; version: of the program."""

    api: Literal["v1"] = "v1"
    version: str


routes = router("system")


@routes.get("/health", dependencies=[OPEN])
async def health() -> Health:
    """Whether the process is alive. Asks no store."""
    return Health()


@routes.get("/ready", dependencies=[OPEN])
async def ready(request: Request) -> Ready:
    """Whether requests can be served."""
    parts: Parts = request.app.state.parts
    try:
        await parts.ready()
    except InvalidInput as error:
        raise Unavailable(error.message, hint=error.hint) from None
    return Ready()


@routes.get("/version", dependencies=[OPEN])
async def program_version(request: Request) -> Version:
    """What this server is."""
    parts: Parts = request.app.state.parts
    return Version(version=parts.version)
