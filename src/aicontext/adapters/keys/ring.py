"""Master keys in a file that only their owner may read."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aicontext.adapters import atomic
from aicontext.domain.errors import InvalidInput, Unavailable

_NAME = 8
"""Bytes of a master key's name, which what it sealed starts with."""

_NONCE = 12


class KeyRing:
    """The last key of the file is the newest. The file is made, with one key, where it is missing.

    Whoever loses the file loses all that was sealed under its keys: back it up.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def seal(self, key: bytes, about: str) -> bytes:
        name, master = list(self._read().items())[-1]
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(master).encrypt(nonce, key, about.encode())
        return bytes.fromhex(name) + nonce + sealed

    async def open(self, sealed: bytes, about: str) -> bytes:
        name, rest = sealed[:_NAME], sealed[_NAME:]
        if (master := self._read().get(name.hex())) is None:
            raise InvalidInput(
                "The master key of this content is not in the key ring.",
                hint=f"Restore {self._path} from a backup.",
            )
        try:
            return AESGCM(master).decrypt(rest[:_NONCE], rest[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            raise InvalidInput("A sealed key was changed, or is another's.") from None

    def rotate(self) -> None:
        """Add a master key, under which keys are sealed from now on. Raises Unavailable."""
        self._write(self._read() | _new())

    async def close(self) -> None: ...

    def _read(self) -> dict[str, bytes]:
        try:
            kept = json.loads(self._path.read_bytes())
            keys = {name: bytes.fromhex(key) for name, key in kept.items()}
            if not keys:
                raise ValueError("no key")
            return keys
        except FileNotFoundError:
            self._write(_new())
            return self._read()
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise Unavailable(
                f"The key ring {self._path} cannot be read ({type(error).__name__}).",
                hint="Restore it from a backup.",
            ) from None

    def _write(self, keys: dict[str, bytes]) -> None:
        text = json.dumps({name: key.hex() for name, key in keys.items()}, indent=1)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            atomic.replace(self._path, text.encode(), mode=0o600)
        except OSError as error:
            raise Unavailable(
                f"The key ring {self._path} cannot be written ({error.strerror}).",
                hint="Free some space, or make its folder writable.",
            ) from None


def _new() -> dict[str, bytes]:
    return {secrets.token_hex(_NAME): AESGCM.generate_key(256)}
