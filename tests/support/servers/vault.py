"""The transit engine of Vault, as its documentation says it answers: no server of it can be had."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from contextlib import ExitStack
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from servers.local_http import Handler, listening

TOKEN = "hvs.test"
_MASTER = AESGCM(AESGCM.generate_key(256))


class Vault:
    """A server in threads of this process, with one key, `ours`."""

    def __init__(self) -> None:
        self._running = ExitStack()
        server = self._running.enter_context(listening(_Transit))
        self.address = f"vault+http://127.0.0.1:{server.server_port}/ours"

    def stop(self) -> None:
        self._running.close()


class _Transit(Handler):
    def do_POST(self) -> None:
        body = json.loads(self.body())
        if self.headers["X-Vault-Token"] != TOKEN:
            return self._answer(403, {"errors": ["permission denied"]})
        about = b64decode(body["associated_data"])
        try:
            if self.path == "/v1/transit/encrypt/ours":
                nonce = secrets.token_bytes(12)
                sealed = nonce + _MASTER.encrypt(nonce, b64decode(body["plaintext"]), about)
                text = f"vault:v1:{b64encode(sealed).decode()}"
                return self._answer(200, {"data": {"ciphertext": text, "key_version": 1}})
            if self.path == "/v1/transit/decrypt/ours":
                _, _, text = body["ciphertext"].split(":")
                sealed = b64decode(text, validate=True)
                plain = _MASTER.decrypt(sealed[:12], sealed[12:], about)
                return self._answer(200, {"data": {"plaintext": b64encode(plain).decode()}})
        except (ValueError, InvalidTag):
            return self._answer(400, {"errors": ["invalid ciphertext"]})
        return self._answer(404, {"errors": []})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self.answer(status, json.dumps(body).encode())
