"""How requests are sent: with patience, and each that changes something once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aicontext.client.platform.asks import Ask
from aicontext.domain.errors import InvalidInput

_AGAIN = frozenset({429, 502, 503, 504})
_FIRST, _LONGEST = 0.2, 30.0
"""Seconds before the first repetition, doubled each time; and that are ever waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """url: of the server. key: "" on the server's own machine. timeout: seconds for one attempt.
    retries: of a request that got no answer, or was told to come again."""

    url: str = "http://127.0.0.1:8788"
    key: str = field(default="", repr=False)
    timeout: float = 60.0
    retries: int = 3

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidInput(f"{self.url[:80]!r} is no address.", hint="Begin it with https://.")
        if not (self.key.isascii() and self.key.isprintable()):
            raise InvalidInput("The key holds characters that no key has.")

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"} if self.key else {}


def headers(ask: Ask[Any]) -> dict[str, str]:
    """Of each attempt: the key makes all of them one request."""
    found = {"content-type": "application/json"} if ask.body is not None else {}
    return {**found, "idempotency-key": uuid4().hex} if ask.changes else found


class Patience:
    """The waits between attempts."""

    def __init__(self, retries: int) -> None:
        self._waits = iter(min(_LONGEST, _FIRST * 2**number) for number in range(retries))

    def after(self, status: int, answered: Mapping[str, str]) -> float | None:
        """Seconds until the next attempt; None where there is to be none. status: 0 where there
        was no answer."""
        busy = status == 409 and "retry-after" in answered
        if status and status not in _AGAIN and not busy:
            return None
        if (wait := next(self._waits, None)) is None:
            return None
        said = answered.get("retry-after", "")
        asked = float(said) if said.isascii() and said.isdigit() else 0.0
        return None if asked > _LONGEST else max(wait, asked)


@dataclass(slots=True)
class Events:
    """Server-sent events, line by line. last: number of the last one that is whole. seen: places of
    the items that came, which another server tells from the first on."""

    last: str = ""
    seen: set[int] = field(default_factory=set)
    _id: str = ""
    _name: str = ""
    _data: list[str] = field(default_factory=list)

    def take(self, line: str) -> Iterator[tuple[str, bytes]]:
        """(name, data) where the line ends an event."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if self._data:
                self.last = self._id
                yield self._name, "\n".join(self._data).encode()
            self._name, self._data = "", []
        elif name == "id":
            self._id = value
        elif name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
