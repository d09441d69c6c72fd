"""What programs ask: tokens, what became of them, and where all of it is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from fastapi import Request
from fastapi.responses import JSONResponse

from aicontext.domain.errors import GrantRefused, InvalidInput
from aicontext.domain.storage.records import Client
from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.rest.identity.html import form
from aicontext.entrypoints.api.rest.identity.shapes import address, parts
from aicontext.services.enterprise.identity.oauth.clients import Grant
from aicontext.services.enterprise.identity.oauth.devices import INTERVAL, LIFETIME
from aicontext.services.enterprise.identity.oauth.endpoint import OAuth

routes = router("oauth")

_HIDDEN: dict[str, Any] = {"dependencies": [OPEN], "include_in_schema": False}
"""The metadata is OAuth's own contract (RFC 8414)."""

Work = Callable[[OAuth, Client, Mapping[str, str]], Awaitable[Mapping[str, Any]]]


@routes.get("/.well-known/oauth-authorization-server", **_HIDDEN)
async def authorization_server(request: Request) -> JSONResponse:
    """Where everything is, and what is supported."""
    at = parts(request).tokens.issuer
    methods = ["none", "client_secret_basic", "client_secret_post"]
    said = {
        "issuer": at,
        "authorization_endpoint": f"{at}/oauth/authorize",
        "token_endpoint": f"{at}/oauth/token",
        "device_authorization_endpoint": f"{at}/oauth/device_authorization",
        "revocation_endpoint": f"{at}/oauth/revoke",
        "introspection_endpoint": f"{at}/oauth/introspect",
        "jwks_uri": f"{at}/.well-known/jwks.json",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [str(grant) for grant in Grant],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods[1:],
        "authorization_response_iss_parameter_supported": True,
    }
    return JSONResponse(said, headers={"cache-control": "public, max-age=300"})


@routes.post("/oauth/token", **_HIDDEN)
async def token(request: Request) -> JSONResponse:
    """Tokens, for a grant."""

    async def work(oauth: OAuth, client: Client, given: Mapping[str, str]) -> Mapping[str, Any]:
        made = await oauth.token(client, given)
        return {
            "access_token": made.access,
            "token_type": "Bearer",
            "expires_in": made.expires_in,
            "scope": " ".join(made.scopes),
            **({"refresh_token": made.refresh} if made.refresh else {}),
        }

    return await _answered(request, work)


@routes.post("/oauth/device_authorization", **_HIDDEN)
async def device_authorization(request: Request) -> JSONResponse:
    """Codes for a program without a browser."""
    at, came_from = parts(request).tokens.issuer, address(request)

    async def work(oauth: OAuth, client: Client, given: Mapping[str, str]) -> Mapping[str, Any]:
        begun = await oauth.devices.begin(client, given.get("scope", ""), came_from)
        return {
            "device_code": begun.device_code,
            "user_code": begun.user_code,
            "verification_uri": f"{at}/device",
            "verification_uri_complete": f"{at}/device?user_code={begun.user_code}",
            "expires_in": int(LIFETIME.total_seconds()),
            "interval": INTERVAL,
        }

    return await _answered(request, work)


@routes.post("/oauth/revoke", **_HIDDEN)
async def revoke(request: Request) -> JSONResponse:
    """Ends what a token belongs to."""

    async def work(oauth: OAuth, client: Client, given: Mapping[str, str]) -> Mapping[str, Any]:
        await oauth.revoke(client, given.get("token", ""))
        return {}

    return await _answered(request, work)


@routes.post("/oauth/introspect", **_HIDDEN)
async def introspect(request: Request) -> JSONResponse:
    """What a token is good for."""

    async def work(oauth: OAuth, client: Client, given: Mapping[str, str]) -> Mapping[str, Any]:
        return await oauth.introspect(client, given.get("token", ""))

    return await _answered(request, work)


async def _answered(request: Request, work: Work) -> JSONResponse:
    """What the work gives for the client that asks, or why it gives nothing, as RFC 6749 says."""
    oauth = parts(request).oauth
    try:
        given = await form(request)
        client = await oauth.clients.authenticated(*_shown(request, given))
        return JSONResponse(await work(oauth, client, given))
    except GrantRefused as error:
        unknown = error.error == "invalid_client"
        headers = {"www-authenticate": 'Basic realm="oauth"'} if unknown else None
        said = {"error": error.error, "error_description": error.message}
        return JSONResponse(said, 401 if unknown else 400, headers)
    except InvalidInput as error:
        said = {"error": "invalid_request", "error_description": error.message}
        return JSONResponse(said, 400)


def _shown(request: Request, given: Mapping[str, str]) -> tuple[str, str]:
    """(the client's name, the secret that it shows)."""
    named, secret = given.get("client_id", ""), given.get("client_secret", "")
    header = request.headers.get("authorization", "")
    if not header:
        return named, secret
    scheme, _, text = header.partition(" ")
    try:
        plain = base64.b64decode(text.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""
    name, colon, shown = plain.partition(":")
    name, shown = unquote_plus(name), unquote_plus(shown)
    if scheme.lower() != "basic" or not colon or secret or named not in ("", name):
        raise GrantRefused("invalid_client", "The client shows itself in one way, and soundly.")
    return name, shown
