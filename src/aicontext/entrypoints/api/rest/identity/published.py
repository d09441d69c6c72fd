"""What anyone may know of the tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.rest.identity.shapes import parts

routes = router("auth", "/.well-known")


class KeySet(BaseModel):
    """Public keys (a JWK set, RFC 7517)."""

    keys: Sequence[dict[str, Any]]


@routes.get("/jwks.json", dependencies=[OPEN])
async def signing_keys(request: Request, response: Response) -> KeySet:
    """The keys that access tokens are signed with; a new one is here a day before it signs."""
    response.headers["cache-control"] = "public, max-age=300"
    return KeySet(keys=[dict(one) for one in await parts(request).tokens.published()])
