"""Asking a running proxy how it is."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 5.0
"""A busy proxy may take a moment; where none listens, the answer comes at once."""


def health(host: str, port: int, token: str = "") -> dict[str, Any] | None:
    """What the proxy at that address says of itself; None where none answers."""
    connection = HTTPConnection(host, port, timeout=_SECONDS)
    try:
        headers = {"x-aicontext-token": token} if token else {}
        connection.request("GET", "/aicontext/health", headers=headers)
        answer = connection.getresponse()
        found = json.loads(answer.read(2**16))
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return found if answer.status == 200 and isinstance(found, dict) else None


def is_ours(address: str) -> bool:
    """Whether the web address is one of a proxy that runs on this machine."""
    parts = urlsplit(address)
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return False
    return (health(parts.hostname, parts.port or 80) or {}).get("status") == "ok"
