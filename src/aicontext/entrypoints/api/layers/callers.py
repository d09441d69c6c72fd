"""Finds out who asks. Whether they may is for the routes to say."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from aicontext.domain.errors import Unauthenticated
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.parts import Authenticate, Presented


class Callers:
    def __init__(self, app: ASGIApp, authenticate: Authenticate) -> None:
        self._app, self._authenticate = app, authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            call = Call.of(scope)
            with call.stage("auth"):
                try:
                    call.principal = await self._authenticate(_presented(scope, call))
                except Unauthenticated as error:
                    call.refusal = error
        await self._app(scope, receive, send)


def _presented(scope: Scope, call: Call) -> Presented:
    """Raises Unauthenticated where there are several credentials."""
    shown = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(shown) > 1:
        raise Unauthenticated("There are several credentials.", hint="Send one.")
    return Presented(shown[0].decode("latin-1") if shown else "", call.address)
