"""Lets in only who means this server, and no foreign page."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from aicontext.entrypoints.api.problems import problem
from aicontext.kit.web.hosts import Hosts


class HostGuard:
    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refused(scope) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)

    def _refused(self, scope: Scope) -> ASGIApp | None:
        told = {b"host": [], b"origin": []}  # type: dict[bytes, list[str]]
        for name, value in scope["headers"]:
            if name in told:
                told[name].append(value.decode("latin-1"))
        if not self._hosts.known(told[b"host"]):
            return problem(
                403,
                "host_not_allowed",
                "This server does not go by the name in the Host header.",
                hint="Use 127.0.0.1 or localhost, or add the name to AICONTEXT_HOSTS.",
            )
        if any(self._hosts.foreign(one, told[b"host"][0]) for one in told[b"origin"]):
            return problem(
                403, "origin_not_allowed", "This server is not for pages of other sites."
            )
        return None
