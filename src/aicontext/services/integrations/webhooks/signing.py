"""Signatures of Standard Webhooks 1.0: v1 (HMAC-SHA256) and v1a (ed25519).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib import import_module
from typing import Any

from aicontext.domain.errors import InvalidInput, MissingExtra, Refused

SHARED, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
"""What secrets begin with: one that both know, and the two halves of one that the sender has."""

TOLERANCE = 300.0
"""Seconds by which a sender's clock may differ, and a message may be late."""

_SIGNATURES = 32
"""Signatures that are looked at."""


def new_secret(random: bytes) -> str:
    """A secret that both sides know, of 24 to 64 random bytes."""
    return SHARED + base64.b64encode(random).decode()


def new_pair(random: bytes) -> tuple[str, str]:
    """(what signs, what verifies) from 32 random bytes. Raises MissingExtra."""
    key = _ed25519().Ed25519PrivateKey.from_private_bytes(random)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    return PRIVATE + base64.b64encode(random).decode(), PUBLIC + public


def check(secret: str) -> None:
    """Raises InvalidInput where nothing can be verified with it, MissingExtra where not here."""
    kind, key = _parsed(secret)
    if kind == PRIVATE:
        raise InvalidInput(f"{PRIVATE} is the sender's half.", hint=f"Ask for that of {PUBLIC}.")
    if kind == PUBLIC:
        _ed25519()
    least, most = (24, 64) if kind == SHARED else (32, 32)
    if not least <= len(key) <= most:
        raise InvalidInput(f"The secret holds {len(key)} bytes, not {least} to {most}.")


def signed(secrets: Iterable[str], id_: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a message. at: now, in whole seconds since the epoch."""
    content = _content(id_, str(at), body)
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(_sign(secret, content) for secret in secrets),
    }


def verified(
    secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float
) -> tuple[str, int]:
    """(id, time) of a message that whoever has one of the secrets sent at about `now`.

    Raises Refused; all that is wrong looks the same but for a clock.
    """
    told = {name.lower(): value for name, value in headers.items()}
    id_, at, said = (told.get(f"webhook-{key}", "") for key in ("id", "timestamp", "signature"))
    if not (id_ and said and at.isascii() and at.isdigit() and len(at) < 16):
        raise Refused("The message lacks a header of Standard Webhooks.")
    if abs(int(at) - now) > TOLERANCE:
        raise Refused("The message is too old, or of the future.", hint="Set the clocks.")
    content, given = _content(id_, at, body), said.split(" ")[:_SIGNATURES]
    # Each secret is tried, so that the time taken does not tell which one fitted.
    if not sum(_fits(secret, given, content) for secret in secrets):
        raise Refused("No signature of the message is by a secret that is known.")
    return id_, int(at)


def _content(id_: str, at: str, body: bytes) -> bytes:
    return _bytes(f"{id_}.{at}.") + body


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _sign(secret: str, content: bytes) -> str:
    kind, key = _parsed(secret)
    if kind == SHARED:
        return "v1," + base64.b64encode(hmac.digest(key, content, sha256)).decode()
    made = _ed25519().Ed25519PrivateKey.from_private_bytes(key[:32]).sign(content)
    return "v1a," + base64.b64encode(made).decode()


def _fits(secret: str, given: Iterable[str], content: bytes) -> bool:
    kind, key = _parsed(secret)
    if kind == SHARED:
        wanted = _sign(secret, content).encode()
        return sum(hmac.compare_digest(wanted, _bytes(one)) for one in given) > 0
    if kind == PRIVATE:
        return False
    public = _ed25519().Ed25519PublicKey.from_public_bytes(key)
    return any(_verifies(public, one, content) for one in given if one.startswith("v1a,"))


def _verifies(public: Any, signature: str, content: bytes) -> bool:
    try:
        public.verify(base64.b64decode(signature.removeprefix("v1a,"), validate=True), content)
    except (binascii.Error, ValueError, import_module("cryptography.exceptions").InvalidSignature):
        return False
    return True


def _parsed(secret: str) -> tuple[str, bytes]:
    for kind in (SHARED, PRIVATE, PUBLIC):
        if secret.startswith(kind):
            text = secret.removeprefix(kind)
            try:
                return kind, base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
            except (binascii.Error, ValueError):
                break
    raise InvalidInput(
        "That is no secret of Standard Webhooks.",
        hint=f"It begins with {SHARED}, {PRIVATE} or {PUBLIC}, and base64 follows.",
    )


def _ed25519() -> Any:
    try:
        return import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    except ModuleNotFoundError:
        raise MissingExtra(
            "Signatures of ed25519 need cryptography.",
            hint="Run: pip install 'ai-context-platform[webhooks]'.",
        ) from None
