"""The names that a server goes by, and who a page that calls it belongs to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::\d+)?", re.IGNORECASE)


@lru_cache(maxsize=256)
def loopback(address: str) -> bool:
    """Whether only this machine can reach, or can be, that address or name."""
    try:
        return ipaddress.ip_address(address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return address == "localhost"


def reached(host: str, port: int) -> str:
    """Host and port of a URL by which this machine reaches what listens there: one that listens on
    all addresses is reached on its own."""
    with suppress(ValueError):
        found = ipaddress.ip_address(host)
        if found.is_unspecified:
            host = "127.0.0.1" if found.version == 4 else "::1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Hosts:
    """names: beside those of this machine itself.

    The Host check stops a foreign page whose name was made to point here (DNS rebinding), the
    Origin check one that sends blindly.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = _LOOPBACK | {name.lower() for name in names}

    def known(self, fields: Sequence[str]) -> bool:
        """Whether a request with these Host headers means this server."""
        match = _HOST.fullmatch(fields[0]) if len(fields) == 1 else None
        return match is not None and match[1].lower() in self._names

    def foreign(self, origin: str, at: str = "") -> bool:
        """Whether an Origin is another site's. Pages of editors and extensions have schemes of
        their own, which no site can have. at: the Host that the page must be of, to the port; else
        any page of this machine, or of a name of this server, is at home."""
        try:
            parts = urlsplit(origin)
        except ValueError:
            return True
        if parts.scheme not in ("http", "https", "file", ""):
            return False
        if at:
            return parts.netloc.lower() != at.lower()
        host = parts.hostname or ""
        return not loopback(host) and host not in self._names
