"""Secrets that are shown once: random, and kept as their digest alone.

A lookup is by the digest, which whoever asks cannot steer: how long it takes says nothing of what
is kept.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from zlib import crc32

from aicontext.domain.errors import Unauthenticated

KEY = "aic_"
"""What API keys start with, so that people and scanners know them."""

REFRESH, TICKET, CLIENT = "aicr_", "aict_", "aics_"
"""The same of refresh tokens, of what may be done once, and of OAuth clients."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY, _CHECK = 43, 6
"""Characters that hold 256 bits, and those that hold a CRC-32 of them."""


def made(prefix: str) -> str:
    """A new secret: the prefix, 256 random bits, and a checksum by which a slip of the pen or a
    random guess is told without asking the records."""
    body = _written(secrets.randbits(256), _BODY)
    return f"{prefix}{body}{_check(body)}"


def digest(secret: str) -> str:
    """SHA-256: enough for 256 random bits, which no list of guesses reaches."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def checked(prefix: str, secret: str) -> str:
    """The secret's digest. Raises Unauthenticated where it cannot be one of ours."""
    body, check = secret[len(prefix) : -_CHECK], secret[-_CHECK:]
    whole = len(secret) == len(prefix) + _BODY + _CHECK and secret.isascii()
    if not whole or not secret.startswith(prefix) or _check(body) != check:
        raise Unauthenticated("This is not known.", hint="Look whether all of it was copied.")
    return digest(secret)


def _check(body: str) -> str:
    return _written(crc32(body.encode()), _CHECK)


def _written(number: int, width: int) -> str:
    found = ""
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        found = _DIGITS[digit] + found
    return found
