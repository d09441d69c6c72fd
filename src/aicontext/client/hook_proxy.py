"""Asking a proxy that runs to answer a hook, with as few imports as can be."""

from __future__ import annotations

import socket

ADDRESS = "127.0.0.1:8787"
"""Where the proxy listens unless it is told otherwise."""

_SECONDS = 8.0
_CONNECTING = 0.2
_HEALTHY = b'{"status": "ok"'


def asked(address: str, tool: str, event: str, payload: bytes) -> bytes | None:
    """The answer of the proxy at an IPv4 address of this machine; None where none of ours answers.

    Asked how it is first: what a tool printed is not for whoever else listens there.
    """
    host, _, port = address.rpartition(":")
    if not (f"{tool}{event}".isascii() and f"{tool}{event}".isprintable()) or " " in tool + event:
        return None
    try:
        with socket.socket() as proxy:
            proxy.settimeout(_CONNECTING)
            proxy.connect((host, int(port)))
            proxy.settimeout(_SECONDS)
            head = f"Host: {address}\r\n"
            healthy = _said(proxy, f"GET /aicontext/health HTTP/1.1\r\n{head}\r\n".encode())
            if healthy is None or not healthy.startswith(_HEALTHY):
                return None
            head += f"Content-Length: {len(payload)}\r\nConnection: close\r\n"
            line = f"POST /aicontext/hooks/{tool}/{event} HTTP/1.1\r\n"
            return _said(proxy, f"{line}{head}\r\n".encode() + payload)
    except (OSError, ValueError):
        return None


def _said(proxy: socket.socket, request: bytes) -> bytes | None:
    """The body of its answer; None unless that is a success in full. Raises OSError, ValueError."""
    proxy.sendall(request)
    found = b""
    while b"\r\n\r\n" not in found:
        if not (part := proxy.recv(1 << 16)):
            return None
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    status, *fields = head.lower().split(b"\r\n")
    length = next((one for one in fields if one.startswith(b"content-length:")), b":-1")
    size = int(length.partition(b":")[2])
    while len(body) < size:
        if not (part := proxy.recv(1 << 16)):
            return None
        body += part
    return body if size >= 0 and status.split()[1:2] == [b"200"] else None
