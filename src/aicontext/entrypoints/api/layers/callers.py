"""Finds out who asks. Whether they may is for the routes to say."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from aicontext.domain.errors import Unauthenticated
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.tls import names
from aicontext.services.enterprise.identity.authentication import Authentication

_PASSED_ON = frozenset(
    (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")
)


class Callers:
    def __init__(self, app: ASGIApp, authentication: Authentication) -> None:
        self._app, self._authentication = app, authentication

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            call = Call.of(scope)
            with call.stage("auth"):
                try:
                    shown = _shown(scope)
                    call.principal = await self._authentication.authenticate(
                        shown, _came_from(scope, call), names(scope)
                    )
                except Unauthenticated as error:
                    call.refusal = error
        await self._app(scope, receive, send)


def _came_from(scope: Scope, call: Call) -> str:
    """Where the other end is; "" where that only passes on what others ask, who would be taken for
    users of this machine."""
    passed_on = any(name in _PASSED_ON for name, _ in scope["headers"])
    return "" if passed_on else call.address


def _shown(scope: Scope) -> str:
    """Raises Unauthenticated where there are several credentials."""
    shown = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(shown) > 1:
        raise Unauthenticated("There are several credentials.", hint="Send one.")
    return shown[0].decode("latin-1") if shown else ""
