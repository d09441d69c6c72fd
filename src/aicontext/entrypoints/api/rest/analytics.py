"""What was used and saved."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Security
from pydantic import JsonValue

from aicontext.domain.events import By
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.threads import in_thread

Reader = Annotated[Principal, Security(Guarded("analytics:read", "savings", own=True, here=True))]
_DAY = 86_400.0

routes = router("analytics", "/api/v1/analytics")


@routes.get("/savings")
async def savings(
    request: Request,
    who: Reader,
    by: By = By.TOOL,
    days: Annotated[int, Query(ge=1, le=3_650)] = 7,
) -> dict[str, JsonValue]:
    """What calls through the server's own proxy cost and saved: tokens, money, caches."""
    parts = request.app.state.parts
    since = parts.clock.now() - days * _DAY
    found: dict[str, JsonValue] = await in_thread(
        request, lambda: parts.savings(by, since).as_dict()
    )
    return found
