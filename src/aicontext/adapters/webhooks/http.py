"""Messages sent over HTTP to addresses that others chose, and to nothing else.

The name is resolved once, every address it has is judged, and the connection goes to one of those:
a name that means something else a moment later changes nothing. Redirects are answers.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping
from contextlib import suppress
from threading import Event, Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from aicontext.domain.errors import Refused, Unavailable
from aicontext.ports.webhooks import Answer

PATIENCE = 20.0
"""Seconds for one message, from the first to the last byte."""

LONGEST = 64 * 2**10
"""Bytes of an answer that are read; what they say is of no interest."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_HEADERS = 100
"""Of an answer, at most."""


class HttpPost:
    """private: hosts, as they are written in URLs, that may be on this machine or network and may
    be called without TLS."""

    def __init__(self, private: Collection[str] = (), patience: float = PATIENCE) -> None:
        self._private = frozenset(host.lower() for host in private)
        self._patience = patience

    def check(self, url: str) -> SplitResult:
        """Raises Refused where it may not be called whatever its name means."""
        try:
            parts = urlsplit(url)
            sound = parts.port is None or parts.port > 0
        except ValueError:
            raise Refused("That is no address.") from None
        host = (parts.hostname or "").lower()
        plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
        if not (sound and plain and host and parts.scheme in ("http", "https")):
            raise Refused("That is no address.", hint="Give one such as https://example.com/hook.")
        if parts.scheme == "http" and host not in self._private:
            raise Refused(
                "Messages go out over https.",
                hint=f"To allow {host} anyway, name it in AICONTEXT_WEBHOOK_PRIVATE.",
            )
        with suppress(ValueError):  # Of a name it is seen when it is resolved.
            self._judge(host, host)
        return parts

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = self.check(url)
        connection = self._connection(parts)
        late = Event()
        watch = Timer(self._patience, _cut, (connection.sock, late))
        watch.daemon = True
        watch.start()
        try:
            target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            connection.request("POST", target, body, dict(headers))
            answer = connection.getresponse()
            if len(answer.headers) > _HEADERS:  # Other libraries lift the limit for all.
                raise http.client.HTTPException(f"more than {_HEADERS} headers")
            answer.read(LONGEST)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise self._late(parts) from None
            said = str(error) or type(error).__name__
            raise Unavailable(f"{parts.hostname} did not answer: {said[:200]}.") from None
        finally:
            watch.cancel()
            connection.close()
        if late.is_set():
            raise self._late(parts)
        return Answer(answer.status, _seconds(answer.getheader("retry-after", "")))

    def _late(self, parts: SplitResult) -> Unavailable:
        return Unavailable(f"{parts.hostname} took over {self._patience:g} s to answer.")

    def _judge(self, host: str, text: str) -> None:
        """Raises Refused where the address is not for everybody, ValueError where it is none."""
        address = _meant(ipaddress.ip_address(text.partition("%")[0]))
        if host not in self._private and (not address.is_global or address.is_multicast):
            raise Refused(
                f"{host} is at {address}, on this machine or network.",
                hint=f"To allow it, name {host} in AICONTEXT_WEBHOOK_PRIVATE.",
            )

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unavailable(f"{host} has no address: {error}.") from None
        for _, _, _, _, place in found:
            self._judge(host, str(place[0]))
        connection = http.client.HTTPConnection(host, port)
        connection.auto_open = 0  # It goes to the address that was judged, or nowhere.
        try:
            connection.sock = self._connected(found[0], host if parts.scheme == "https" else "")
        except OSError as error:
            raise Unavailable(f"{host} cannot be reached: {error}.") from None
        return connection

    def _connected(self, found: tuple[Any, ...], name: str) -> socket.socket:
        """name: that the certificate must have; empty without TLS."""
        family, kind, protocol, _, place = found
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(self._patience)
            sock.connect(place)
            if name:
                return ssl.create_default_context().wrap_socket(sock, server_hostname=name)
        except BaseException:
            sock.close()
            raise
        return sock


def _meant(address: Address) -> Address:
    """The address of IPv4 that one of IPv6 stands for, if it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        return inner or address
    return address


def _cut(sock: socket.socket, late: Event) -> None:
    late.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0
