"""Who may use the proxy."""

from __future__ import annotations

import hmac
import re

from multidict import MultiMapping

from aicontext.domain.errors import (
    AiContextError,
    Forbidden,
    InvalidInput,
    RateLimited,
    Unauthenticated,
)
from aicontext.domain.proxy import ProxyOptions
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.proxy.message.headers import TOKEN
from aicontext.entrypoints.proxy.message.problems import Problem
from aicontext.kit.web.hosts import Hosts, loopback
from aicontext.services.enterprise.admission import Admission

_CREDENTIAL = re.compile(r"aic_|eyJ")
"""What keys and access tokens of the platform begin with."""

_STATUSES = ((Unauthenticated, 401), (Forbidden, 403), (RateLimited, 429))


class Guard:
    """admission: of those who show a key or an access token of the platform instead of the proxy's
    token. Raises InvalidInput for options that would let strangers in."""

    def __init__(self, options: ProxyOptions, admission: Admission | None = None) -> None:
        if not loopback(options.host) and not options.token:
            raise InvalidInput(
                f"Listening on {options.host} would let anyone on the network use this proxy.",
                hint="Set a token (--token or AICONTEXT_TOKEN), or listen on 127.0.0.1.",
            )
        self._hosts = Hosts((*options.hosts, options.host))
        self._token = options.token.encode()
        self._admission = admission

    async def admitted(
        self, headers: MultiMapping[str], address: str, *, own: bool = False
    ) -> Principal | None:
        """Who calls; None: this machine's user. own: the request is for us, and so its other
        credentials may be, too. Raises Problem for one that may not pass."""
        self._check_names(headers)
        shown = headers.get(TOKEN, "")
        if self._token and (self._is_token(shown) or (own and self._bears(headers))):
            return None
        if self._admission is not None and _CREDENTIAL.match(shown):
            try:
                return await self._admission.admit(shown, address)
            except AiContextError as error:
                raise _refused(error) from None
        if self._token:
            raise Problem(
                401, "token_required", f"This proxy wants its token or a key in the header {TOKEN}."
            )
        return None

    def _check_names(self, headers: MultiMapping[str]) -> None:
        if not self._hosts.known(headers.getall("host", [])):
            raise Problem(
                403,
                "host_not_allowed",
                "This proxy does not go by the name in the Host header. Use 127.0.0.1 or"
                " localhost, or add the name to AICONTEXT_HOSTS.",
            )
        if any(map(self._hosts.foreign, headers.getall("origin", []))):
            raise Problem(
                403, "origin_not_allowed", "This proxy is for local tools, not for web pages."
            )

    def _bears(self, headers: MultiMapping[str]) -> bool:
        """As programs that fetch metrics show tokens."""
        kind, _, token = headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._is_token(token)

    def _is_token(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token)


def _refused(error: AiContextError) -> Problem:
    headers = error.headers if isinstance(error, RateLimited) else {}
    status = next((one for kind, one in _STATUSES if isinstance(error, kind)), 503)
    return Problem(status, error.code, str(error), headers)
