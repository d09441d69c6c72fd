"""Signed tokens by Ed25519 (EdDSA under the name that RFC 9864 gives it)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from aicontext.domain.errors import Unauthenticated
from aicontext.ports.access.signing import Expected

_ALGORITHM = "Ed25519"
"""The only one: what a token says of it chooses nothing."""

LEEWAY = 10
"""Seconds that the clocks of two servers may differ."""

_LONGEST = 8192
"""Characters of a token."""


class JoseSigning:
    def new_key(self) -> tuple[Mapping[str, Any], bytes]:
        made = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": _ALGORITHM})
        public = {**made.as_dict(private=False), "kid": made.thumbprint()}
        return public, json.dumps(made.as_dict(private=True)).encode()

    def sign(self, kind: str, claims: Mapping[str, Any], kid: str, private: bytes) -> str:
        header = {"alg": _ALGORITHM, "typ": kind, "kid": kid}
        key = OKPKey.import_key(json.loads(private))
        return jwt.encode(header, dict(claims), key, algorithms=[_ALGORITHM])

    def read(
        self, token: str, keys: Sequence[Mapping[str, Any]], expected: Expected
    ) -> Mapping[str, Any]:
        if len(token) > _LONGEST or not token.isascii():
            raise _refused()
        known = KeySet([_key(key["kid"], key["x"]) for key in keys])
        registry = jwt.JWTClaimsRegistry(
            now=int(expected.at),
            leeway=LEEWAY,
            iss={"essential": True, "value": expected.issuer},
            aud={"essential": True, "value": expected.audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            found = jwt.decode(token, known, algorithms=[_ALGORITHM])
            registry.validate(found.claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise _refused() from None
        if found.header.get("typ") != expected.kind:
            raise _refused()
        return found.claims


@lru_cache(64)
def _key(kid: str, x: str) -> OKPKey:
    """Reading a key takes as long as checking a signature."""
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x})


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "The token is not good, or not any more.", hint="Sign in again, or refresh it."
    )
