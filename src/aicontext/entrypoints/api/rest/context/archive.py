"""Originals, by the handles that results name."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Security
from fastapi.responses import PlainTextResponse

from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.threads import in_thread

READ = Guarded("archive:read", "original", own=True)
Handle = Annotated[str, Path(pattern="^[0-9a-f]{12,64}$", description="As a result names it.")]
Lines = Annotated[str, Query(max_length=40, description='A line or a range, such as "10-40".')]
Json = Annotated[str, Query(max_length=500, description="A JSON path, such as `$.items[3].name`.")]
Words = Annotated[str, Query(max_length=2_000, description="Words that lines are to match.")]

routes = router("context", "/api/v1/archive")


@routes.get("/{original}", response_class=PlainTextResponse)
async def retrieve_original(
    request: Request,
    *,
    original: Handle,
    principal: Annotated[Principal, Security(READ)],
    lines: Lines = "",
    path: Json = "",
    query: Words = "",
) -> PlainTextResponse:
    """An original that was left out of a result: whole, or one part of it."""
    service = request.app.state.parts.context(principal)
    text = await in_thread(
        request, lambda: service.retrieve(original, lines=lines, path=path, query=query)
    )
    return PlainTextResponse(text.encode("utf-8", "replace"))
