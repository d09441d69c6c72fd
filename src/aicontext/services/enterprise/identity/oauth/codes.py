"""Authorization codes: a person lets a program act for them (RFC 6749, 7636, 9207)."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from aicontext.domain.errors import Conflict, GrantRefused, NotFound, Unauthenticated
from aicontext.domain.storage.records import Client, Ticket, User
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.accounts.tickets import Tickets
from aicontext.services.enterprise.identity.changing import changed
from aicontext.services.enterprise.identity.oauth.clients import (
    Clients,
    Grant,
    redirects_to,
    scopes_of,
)
from aicontext.services.enterprise.identity.tokens.sessions import Sessions, Tokens

_ASKED, _CODE = "authorize", "code"
_TO_DECIDE, _TO_FETCH = timedelta(minutes=10), timedelta(minutes=1)
_STOLEN = "stolen"
"""What the data of a code's ticket holds once the code came again."""

_CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile("[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks for, as its address says it."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """A person is asked. ticket: comes back with what they decide; browser: what only the browser
    that asked has. origin: where they will be led."""

    client: Client
    scopes: tuple[str, ...]
    ticket: str = field(repr=False)
    browser: str = field(repr=False)
    origin: str


class Answered(Exception):
    """The client is told by leading the browser to `address`."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Codes:
    """issuer: the address by which the platform is known."""

    def __init__(
        self,
        records: Records,
        clients: Clients,
        tickets: Tickets,
        sessions: Sessions,
        *,
        issuer: str,
    ) -> None:
        self._records = records
        self._clients = clients
        self._tickets = tickets
        self._sessions = sessions
        self._issuer = issuer

    async def ask(self, request: Request) -> Asking:
        """Raises GrantRefused where nobody is to be led anywhere, and Answered where the client is
        to be told what is wrong."""
        client = await self._clients.get(request.client_id)
        if not redirects_to(client, request.redirect_uri):
            raise GrantRefused("invalid_request", "The address to lead back to is not registered.")
        try:
            scopes = _checked(client, request)
        except GrantRefused as error:
            raise Answered(self._told(request, error=error.error)) from None
        browser = secrets.token_urlsafe(32)
        data = {"request": asdict(request), "browser": secret.digest(browser)}
        async with self._records.transaction(None) as transaction:
            ticket = await self._tickets.issue(transaction, _ASKED, data, _TO_DECIDE)
        return Asking(client, scopes, ticket, browser, _origin(request))

    async def again(self, ticket: str, browser: str) -> Asking:
        """The same question to the same browser, after a wrong answer. Raises Unauthenticated."""
        _, request = await self._asked(ticket, browser)
        client = await self._clients.get(request.client_id)
        scopes = scopes_of(client, request.scope)
        return Asking(client, scopes, ticket, browser, _origin(request))

    async def refuse(self, ticket: str, browser: str) -> str:
        """The address that tells the client so. Raises Unauthenticated."""
        found, request = await self._asked(ticket, browser)
        await self._use(found)
        return self._told(request, error="access_denied")

    async def allow(self, ticket: str, browser: str, user: User) -> str:
        """The address that brings the client its code. Raises Unauthenticated, GrantRefused."""
        found, request = await self._asked(ticket, browser)
        client = await self._clients.get(request.client_id)
        if client.organisation != user.organisation:
            raise GrantRefused("access_denied", "This program belongs to another organisation.")
        await self._use(found)
        data = {
            "client": client.id,
            "redirect_uri": request.redirect_uri,
            "challenge": request.code_challenge,
            "scopes": scopes_of(client, request.scope),
            "user": user.id,
        }
        of = user.organisation
        async with self._records.transaction(of) as transaction:
            code = await self._tickets.issue(transaction, _CODE, data, _TO_FETCH, organisation=of)
        return self._told(request, code=code)

    async def redeem(self, client: Client, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """Raises GrantRefused. A code that comes twice was stolen: what it gave ends."""
        if Grant.CODE not in client.grants:
            raise GrantRefused("unauthorized_client", "The client does not use codes.")
        refused = GrantRefused("invalid_grant", "The code is not good, or not any more.")
        of = client.organisation
        try:
            async with self._records.transaction(of) as transaction:
                ticket = await self._tickets.look(transaction, _CODE, code)
                await self._tickets.use(transaction, ticket)
                user = await transaction.get(User, ticket.data["user"])
        except (Unauthenticated, Conflict):
            await self._end_stolen(of, code)
            raise refused from None
        except NotFound:
            raise refused from None
        data = ticket.data
        meant = (data["client"], data["redirect_uri"]) == (client.id, redirect_uri)
        if not (meant and user.active and _answers(verifier, data["challenge"])):
            raise refused
        tokens = await self._sessions.start(
            user, strong=False, scopes=tuple(data["scopes"]), client=client.id
        )
        if await self._came_again(ticket, tokens):
            await self._sessions.end(of, tokens.session)
            raise refused
        return tokens

    async def _came_again(self, ticket: Ticket, tokens: Tokens) -> bool:
        """Whether the code came again meanwhile. Else it is kept which sign-in came of it, to end
        that should the code yet come."""

        def kept(used: Ticket) -> Ticket:
            return replace(used, data={**used.data, "session": tokens.session})

        used = await changed(self._records, ticket.organisation, Ticket, ticket.id, kept)
        return _STOLEN in used.data

    async def _end_stolen(self, organisation: str, code: str) -> None:
        digest = secret.digest(code)
        found = await self._records.find(organisation, Ticket, digest=digest, kind=_CODE)
        if not found:
            return

        def stolen(used: Ticket) -> Ticket:
            return replace(used, data={**used.data, _STOLEN: True})

        used = await changed(self._records, organisation, Ticket, found[0].id, stolen)
        if session := used.data.get("session"):
            with suppress(NotFound):  # It has ended long ago.
                await self._sessions.end(organisation, session)

    async def _asked(self, ticket: str, browser: str) -> tuple[Ticket, Request]:
        async with self._records.transaction(None, reading=True) as transaction:
            found = await self._tickets.look(transaction, _ASKED, ticket)
        if not hmac.compare_digest(secret.digest(browser), found.data["browser"]):
            raise Unauthenticated("This was asked in another browser.", hint="Begin again.")
        return found, Request(**found.data["request"])

    async def _use(self, ticket: Ticket) -> None:
        try:
            async with self._records.transaction(None) as transaction:
                await self._tickets.use(transaction, ticket)
        except Conflict:
            raise Unauthenticated("This was answered already.", hint="Begin again.") from None

    def _told(self, request: Request, **said: str) -> str:
        given = {**said, "iss": self._issuer}
        if request.state:
            given["state"] = request.state
        joint = "&" if urlsplit(request.redirect_uri).query else "?"
        return f"{request.redirect_uri}{joint}{urlencode(given)}"


def _origin(request: Request) -> str:
    parts = urlsplit(request.redirect_uri)
    return f"{parts.scheme}://{parts.netloc}"


def _checked(client: Client, request: Request) -> tuple[str, ...]:
    """The scopes. Raises GrantRefused."""
    if request.response_type != "code":
        raise GrantRefused("unsupported_response_type", "Only codes are given out.")
    if Grant.CODE not in client.grants:
        raise GrantRefused("unauthorized_client", "The client does not use codes.")
    if request.code_challenge_method != "S256" or not _CHALLENGE.fullmatch(request.code_challenge):
        raise GrantRefused("invalid_request", "PKCE with S256 is needed.")
    return scopes_of(client, request.scope)


def _answers(verifier: str, challenge: str) -> bool:
    """RFC 7636, section 4.6."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    found = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(found, challenge)
