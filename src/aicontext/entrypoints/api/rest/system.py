"""How the server is."""

from __future__ import annotations

from hmac import compare_digest
from typing import Literal

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from aicontext.domain.errors import InvalidInput, Unauthenticated, Unavailable
from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.parts import Parts
from aicontext.kit.web.hosts import loopback


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


@routes.get("/metrics", dependencies=[OPEN], response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """The process's numbers, for Prometheus: over loopback, or with the server's token."""
    parts: Parts = request.app.state.parts
    if not _may_watch(request, parts.metrics_token):
        raise Unauthenticated(
            "The metrics are for who runs this server.",
            hint="Fetch them on its own machine, or send its token as `Authorization: Bearer`.",
        )
    kind, page = parts.metrics.exposed()
    return Response(page, media_type=kind)


def _may_watch(request: Request, token: str) -> bool:
    """What another server passed on does not come from this machine, whoever sent it."""
    shown = request.headers.get("authorization", "")
    if token and compare_digest(shown.encode(), f"Bearer {token}".encode()):
        return True
    passed_on = {"forwarded", "x-forwarded-for", "via"} & set(request.headers.keys())
    return not passed_on and not shown and loopback(Call.of(request.scope).address)


@routes.get("/version", dependencies=[OPEN])
async def program_version(request: Request) -> Version:
    """What this server is."""
    parts: Parts = request.app.state.parts
    return Version(version=parts.version)
