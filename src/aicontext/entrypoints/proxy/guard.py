"""Who may use the proxy."""

from __future__ import annotations

import hmac
import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from multidict import MultiMapping

from aicontext.domain.errors import InvalidInput
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.message.headers import TOKEN
from aicontext.entrypoints.proxy.message.problems import Problem

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::\d+)?", re.IGNORECASE)


@lru_cache(maxsize=256)
def loopback(address: str) -> bool:
    """Whether only this machine can reach, or can be, that address or name."""
    try:
        return ipaddress.ip_address(address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return address == "localhost"


class Guard:
    """Raises InvalidInput for options that would let strangers in."""

    def __init__(self, options: ProxyOptions) -> None:
        if not loopback(options.host) and not options.token:
            raise InvalidInput(
                f"Listening on {options.host} would let anyone on the network use this proxy.",
                hint="Set a token (--token or AICONTEXT_TOKEN), or listen on 127.0.0.1.",
            )
        self._hosts = _LOOPBACK | {host.lower() for host in options.hosts} | {options.host.lower()}
        self._token = options.token.encode()

    def check(self, headers: MultiMapping[str]) -> None:
        """Raises Problem for a request that may not pass.

        The Host check stops a foreign page whose name was made to point here (DNS rebinding), the
        Origin check one that sends blindly; neither could show the token.
        """
        named = headers.getall("host", [])
        match = _HOST.fullmatch(named[0]) if len(named) == 1 else None
        if match is None or match[1].lower() not in self._hosts:
            raise Problem(
                403,
                "host_not_allowed",
                "This proxy does not go by the name in the Host header. Use 127.0.0.1 or"
                " localhost, or add the name to AICONTEXT_HOSTS.",
            )
        if any(map(self._foreign, headers.getall("origin", []))):
            raise Problem(
                403, "origin_not_allowed", "This proxy is for local tools, not for web pages."
            )
        if self._token and not self._shows_token(headers):
            raise Problem(
                401, "token_required", f"This proxy wants its token in the header {TOKEN}."
            )

    def _foreign(self, origin: str) -> bool:
        """Pages of editors and extensions have schemes of their own, which no site can have."""
        try:
            parts = urlsplit(origin)
        except ValueError:
            return True
        web = parts.scheme in ("http", "https", "") or origin == "null"
        host = parts.hostname or ""
        return web and not loopback(host) and host not in self._hosts

    def _shows_token(self, headers: MultiMapping[str]) -> bool:
        shown = headers.get(TOKEN, "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(shown, self._token)
