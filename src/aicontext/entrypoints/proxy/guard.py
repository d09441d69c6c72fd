"""Who may use the proxy."""

from __future__ import annotations

import hmac

from multidict import MultiMapping

from aicontext.domain.errors import InvalidInput
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.message.headers import TOKEN
from aicontext.entrypoints.proxy.message.problems import Problem
from aicontext.kit.web.hosts import Hosts, loopback


class Guard:
    """Raises InvalidInput for options that would let strangers in."""

    def __init__(self, options: ProxyOptions) -> None:
        if not loopback(options.host) and not options.token:
            raise InvalidInput(
                f"Listening on {options.host} would let anyone on the network use this proxy.",
                hint="Set a token (--token or AICONTEXT_TOKEN), or listen on 127.0.0.1.",
            )
        self._hosts = Hosts((*options.hosts, options.host))
        self._token = options.token.encode()

    def check(self, headers: MultiMapping[str], *, own: bool = False) -> None:
        """Raises Problem for a request that may not pass. own: it is for us, and so its credential
        may be, too."""
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
        if self._token and not (
            self._shows(headers.get(TOKEN, "")) or (own and self._bears(headers))
        ):
            raise Problem(
                401, "token_required", f"This proxy wants its token in the header {TOKEN}."
            )

    def _bears(self, headers: MultiMapping[str]) -> bool:
        """As programs that fetch metrics show tokens."""
        kind, _, token = headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._shows(token)

    def _shows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token)
