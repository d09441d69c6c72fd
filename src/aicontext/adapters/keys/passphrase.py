"""A master key that is made of a passphrase."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aicontext.domain.errors import InvalidInput

_SALT, _NONCE = 16, 12
_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}
"""Of scrypt (RFC 7914): 32 MiB, and a tenth of a second for each guess."""


class PassphraseKeys:
    """What is sealed starts with the salt of its own master key."""

    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase.encode()

    async def seal(self, key: bytes, about: str) -> bytes:
        salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
        master = await self._master(salt)
        return salt + nonce + AESGCM(master).encrypt(nonce, key, about.encode())

    async def open(self, sealed: bytes, about: str) -> bytes:
        salt, rest = sealed[:_SALT], sealed[_SALT:]
        master = await self._master(salt)
        try:
            return AESGCM(master).decrypt(rest[:_NONCE], rest[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            raise InvalidInput("The passphrase is another.") from None

    async def close(self) -> None: ...

    async def _master(self, salt: bytes) -> bytes:
        return await asyncio.to_thread(
            lambda: hashlib.scrypt(self._passphrase, salt=salt, dklen=32, **_COST)
        )
