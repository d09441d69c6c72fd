"""A master key in the transit engine of HashiCorp Vault or OpenBao."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from aicontext.domain.errors import InvalidInput, Unavailable

_PATIENCE = 5.0
"""Seconds that an answer may take."""

_LARGEST = 2**16
"""Bytes of an answer."""


class VaultKeys:
    """Vault itself keeps and rotates the key; `about` goes along as associated data.

    address: vault://HOST:PORT/KEY, vault+http:// without TLS, the key's name after the engine's
    mount where that is not `transit`. token: of a policy that may encrypt and decrypt with the key.
    Raises InvalidInput for an address that is none.
    """

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        mount, _, key = parts.path.strip("/").rpartition("/")
        if not parts.hostname or not key:
            raise InvalidInput(
                "The master key's address is none.", hint="Give vault://HOST:PORT/KEY."
            )
        self._secure = parts.scheme != "vault+http"
        self._place = (parts.hostname, parts.port or 8200)
        self._paths = {
            verb: f"/v1/{quote(mount or 'transit')}/{verb}/{quote(key, safe='')}"
            for verb in ("encrypt", "decrypt")
        }
        self._headers = {"X-Vault-Token": token, "Content-Type": "application/json"}

    async def seal(self, key: bytes, about: str) -> bytes:
        answer = await self._ask("encrypt", about, plaintext=b64encode(key).decode())
        return str(answer["ciphertext"]).encode()

    async def open(self, sealed: bytes, about: str) -> bytes:
        if not sealed.isascii():
            raise InvalidInput("A sealed key was changed, or is another's.")
        answer = await self._ask("decrypt", about, ciphertext=sealed.decode())
        return b64decode(answer["plaintext"])

    async def close(self) -> None: ...

    async def _ask(self, verb: str, about: str, **given: str) -> dict[str, Any]:
        body = {**given, "associated_data": b64encode(about.encode()).decode()}
        status, data = await asyncio.to_thread(self._exchange, verb, json.dumps(body))
        if status == 400:
            raise InvalidInput("Vault refuses the key: it was changed, or is another's.")
        try:
            answer = json.loads(data)["data"] if status == 200 else None
        except (ValueError, KeyError, TypeError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise _unavailable(f"status {status}")
        return answer

    def _exchange(self, verb: str, body: str) -> tuple[int, bytes]:
        kind = HTTPSConnection if self._secure else HTTPConnection
        connection = kind(*self._place, timeout=_PATIENCE)
        try:
            connection.request("POST", self._paths[verb], body, self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read(_LARGEST)
        except (OSError, HTTPException) as error:
            raise _unavailable(type(error).__name__) from None
        finally:
            connection.close()


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        f"Vault gave no answer ({why}).", hint="Look at the key, its policy and our token."
    )
