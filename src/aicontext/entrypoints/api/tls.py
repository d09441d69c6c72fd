"""TLS, and who the other end is by its certificate."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any

from starlette.types import Scope

from aicontext.entrypoints.api.connection import Connection
from aicontext.entrypoints.api.parts import Tls

_EXTENSION = "aicontext.certificate"
_KINDS = ("DNS", "URI", "email")
"""Of subject alternative names (RFC 5280) that name a program; addresses do not."""


def given(tls: Tls | None) -> dict[str, Any]:
    """Of uvicorn's settings. Certificates are asked for, but nobody needs one: keys and tokens go
    over the same port."""
    if tls is None:
        return {"http": Connection}
    asked = ssl.CERT_OPTIONAL if tls.clients else ssl.CERT_NONE
    return {
        "http": _Protocol,
        "ssl_certfile": str(tls.certificate),
        "ssl_keyfile": str(tls.key),
        "ssl_ca_certs": str(tls.clients) if tls.clients else None,
        "ssl_cert_reqs": asked,
    }


def names(scope: Scope) -> Sequence[str]:
    """Those in the certificate that the other end proved to have, such as "DNS:ci.example.org"."""
    found: Sequence[str] = scope.get("extensions", {}).get(_EXTENSION, {}).get("names", ())
    return found


class _Protocol(Connection):
    _names: Sequence[str] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        certificate = transport.get_extra_info("peercert") or {}
        self._names = tuple(
            f"{kind}:{name.lower() if kind == 'DNS' else name}"
            for kind, name in certificate.get("subjectAltName", ())
            if kind in _KINDS
        )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"names": self._names}}
