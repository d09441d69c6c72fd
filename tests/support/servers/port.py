"""Ports for servers that are started later, or again."""

from __future__ import annotations

import socket


def held_port() -> int:
    """A port of this machine that nothing else is given until this process ends. It is bound and
    nobody listens there, so a call is refused, and a server that reuses addresses, as they do, can
    listen there at any time."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        sock.detach()
    return port


def listens(port: int) -> bool:
    """Whether a server does there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
