"""Signed statements that whoever has the public key can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. kind: its type; at: now, in seconds since the epoch."""

    kind: str
    issuer: str
    audience: str
    at: float


class Signing(Protocol):
    """Tokens are JWTs (RFC 7519), keys JWKs (RFC 7517) that name themselves by `kid`."""

    def new_key(self) -> tuple[Mapping[str, Any], bytes]:
        """(the public half, the private half)."""

    def sign(self, kind: str, claims: Mapping[str, Any], kid: str, private: bytes) -> str:
        """The token."""

    def read(
        self, token: str, keys: Sequence[Mapping[str, Any]], expected: Expected
    ) -> Mapping[str, Any]:
        """The claims of a token that one of these public keys signed. Raises Unauthenticated where
        none did, or it is not what is expected."""
