"""Passwords, by Argon2id (RFC 9106)."""

from __future__ import annotations

from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aicontext.domain.errors import Unavailable
from aicontext.kit.threads.workers import Workers

MEMORY = 46 * 1024
"""KiB for each guess, at one pass and in one lane: the largest of OWASP's equal choices."""

THREADS, WAITING = 2, 32
"""At once, and those that may be under way or wait: they bound the memory, and the wait."""


class Argon2Passwords:
    """In threads of its own, since each takes a twentieth of a second. memory: as MEMORY.

    nobody: is checked against where there is no verifier; it has the same cost and fits nothing.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._hasher = PasswordHasher(1, memory, 1)
        tail = b64encode(bytes(16)).decode().rstrip("="), b64encode(bytes(32)).decode().rstrip("=")
        self.nobody = f"$argon2id$v=19$m={memory},t=1,p=1${tail[0]}${tail[1]}"
        self._workers: Workers[str | bool] | None = None

    async def verifier(self, password: str) -> str:
        return str(await self._ready().start(lambda: self._hasher.hash(password)))

    async def fits(self, password: str, verifier: str) -> bool:
        return bool(
            await self._ready().start(lambda: self._fits(password, verifier or self.nobody))
        )

    def close(self) -> None:
        if self._workers is not None:
            self._workers.close()

    def _fits(self, password: str, verifier: str) -> bool:
        try:
            return self._hasher.verify(verifier, password) and verifier != self.nobody
        except (VerificationError, InvalidHashError):
            return False

    def _ready(self) -> Workers[str | bool]:
        if self._workers is None:
            self._workers = Workers(THREADS, "passwords")
        if self._workers.under_way >= WAITING:
            raise Unavailable("Too many people sign in just now.", hint="Try again in a second.")
        return self._workers
