"""Where this machine's user is signed in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Login:
    """url: of the server. until: when the access token ends, in seconds since the epoch."""

    url: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    until: float


class Logins(Protocol):
    """Only their owner may read them. Methods raise Unavailable."""

    def held(self) -> AbstractContextManager[None]:
        """No other process is in here: a refresh token is good once, for one of them."""

    def get(self, url: str) -> Login | None: ...

    def all(self) -> list[Login]: ...

    def put(self, login: Login) -> None:
        """In the place of the one of that server."""

    def remove(self, url: str) -> None: ...
