"""How people show that it is they, beside a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class OneTimeCodes(Protocol):
    """Codes of a program that shares a secret with us (RFC 6238): another every half minute."""

    def new_secret(self) -> str: ...

    def address(self, secret: str, account: str) -> str:
        """What such a program reads, as the picture of a QR code for instance."""

    def step(self, secret: str, code: str, at: float, *, after: int) -> int | None:
        """The number of the half minute that the code is of: this one or a neighbour, but none up
        to `after`. at: now, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """id: as its authenticator names it. kept: all that checking it again needs. counter: of its
    uses; 0 where it does not count."""

    id: bytes
    kept: bytes
    counter: int


class Passkeys(Protocol):
    """Credentials of WebAuthn level 3, which are good at this platform's address alone. Answers of
    browsers come as they give them. Methods raise Unauthenticated where one is not sound."""

    def creation(
        self, challenge: bytes, user: str, name: str, known: Sequence[bytes]
    ) -> Mapping[str, Any]:
        """What a browser is asked to make one. user: its id; name: that the person knows. known:
        `kept` of those that are there."""

    def created(self, answer: Mapping[str, Any], challenge: bytes) -> Passkey: ...

    def request(self, challenge: bytes, known: Sequence[bytes]) -> Mapping[str, Any]:
        """What a browser is asked to show one; any, where none is known."""

    def named(self, answer: Mapping[str, Any]) -> bytes:
        """The id of the one that the answer says it is of."""

    def shown(self, answer: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> int:
        """The counter from now on."""
