"""What clients ask of the token endpoint and beside it (RFC 6749, 7009, 7662)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aicontext.domain.errors import GrantRefused, NotFound, Unauthenticated
from aicontext.domain.storage.records import Client
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.authentication import Authentication
from aicontext.services.enterprise.identity.oauth.clients import CLI, Clients, Grant, scopes_of
from aicontext.services.enterprise.identity.oauth.codes import Codes
from aicontext.services.enterprise.identity.oauth.devices import Devices
from aicontext.services.enterprise.identity.tokens.access import LIFETIME, AccessTokens
from aicontext.services.enterprise.identity.tokens.sessions import Sessions, Tokens


@dataclass(frozen=True, slots=True)
class OAuth:
    """Methods raise GrantRefused."""

    clients: Clients
    codes: Codes
    devices: Devices
    sessions: Sessions
    tokens: AccessTokens
    authentication: Authentication

    async def token(self, client: Client, given: Mapping[str, str]) -> Tokens:
        """given: the parameters of the request."""
        match given.get("grant_type"):
            case Grant.CODE:
                back = given.get("redirect_uri", "")
                verifier = given.get("code_verifier", "")
                return await self.codes.redeem(client, given.get("code", ""), back, verifier)
            case Grant.DEVICE:
                return await self.devices.redeem(client, given.get("device_code", ""))
            case Grant.REFRESH:
                return await self._refreshed(client, given)
            case Grant.CLIENT:
                return await self._own(client, given.get("scope", ""))
        raise GrantRefused("unsupported_grant_type", "This grant is not known.")

    async def revoke(self, client: Client, token: str) -> None:
        """End what the token, of either kind, belongs to; nothing where it is not the client's."""
        try:
            if token.startswith(secret.REFRESH):
                await self.sessions.revoke(token, client=_own_name(client))
                return
            said = await self.tokens.read(token)
            if said.get("client_id", "") == _own_name(client) and said.get("sid"):
                await self.sessions.end(said["org"], said["sid"])
        except (Unauthenticated, NotFound):
            return

    async def introspect(self, client: Client, token: str) -> Mapping[str, Any]:
        """What a resource server of the client's organisation may know of an access token."""
        if not client.digest:
            raise GrantRefused("invalid_client", "Only clients with a secret may look into tokens.")
        try:
            said = await self.tokens.read(token)
            if said["org"] != client.organisation:
                return {"active": False}
            await self.authentication.by_token(token)
        except Unauthenticated:
            return {"active": False}
        told = ("iss", "aud", "sub", "exp", "nbf", "iat", "jti", "scope", "client_id")
        shown = {name: said[name] for name in told if name in said}
        return {"active": True, "token_type": "Bearer", **shown}

    async def _refreshed(self, client: Client, given: Mapping[str, str]) -> Tokens:
        name = _own_name(client)
        try:
            return await self.sessions.refresh(given.get("refresh_token", ""), client=name)
        except Unauthenticated as error:
            raise GrantRefused("invalid_grant", error.message) from None

    async def _own(self, client: Client, scope: str) -> Tokens:
        """Without a refresh token: the client shows its secret again."""
        if Grant.CLIENT not in client.grants or not client.digest:
            raise GrantRefused("unauthorized_client", "The client does not act by itself.")
        scopes = scopes_of(client, scope)
        said = {"org": client.organisation, "client_id": client.id, "scope": " ".join(scopes)}
        access = await self.tokens.issue(client.user, said)
        return Tokens(access, "", int(LIFETIME.total_seconds()), scopes)


def _own_name(client: Client) -> str:
    """As sign-ins say it."""
    return "" if client.id == CLI else client.id
