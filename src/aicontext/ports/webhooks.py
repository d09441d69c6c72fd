"""Messages that wait to be delivered, and those that came in; and how one is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from aicontext.domain.extension.webhooks import Delivery, Endpoint, Message, State


class Claim(StrEnum):
    """Whether a message that came in is to be handled."""

    OURS = "ours"
    BUSY = "busy"
    """Somebody else is at it."""

    DONE = "done"
    """It was handled before."""


class Outbox(Protocol):
    """Of one user. What a method wrote survives `kill -9` once it returns. Raises Unavailable."""

    def keep(self, endpoint: Endpoint) -> None:
        """In the place of the one of the same name."""

    def remove(self, name: str) -> bool:
        """With what was to go there; whether there was one."""

    def endpoints(self) -> list[Endpoint]:
        """By name."""

    def put(self, message: Message, endpoints: tuple[str, ...]) -> None:
        """To be delivered to these as soon as possible."""

    def take(self, now: float, lease: float, longest: float) -> tuple[Delivery, Endpoint] | None:
        """The delivery that has been due for longest, which nobody else gets for `lease` seconds;
        if it is not settled by then, it is due again. One due more than `longest` seconds from now
        is due too: the clock was put back since."""

    def settle(self, delivery: Delivery) -> None:
        """What became of one that was taken."""

    def deliveries(self, state: State | None, limit: int) -> list[Delivery]:
        """The latest first."""

    def replay(self, now: float, message: str = "", state: State = State.DEAD) -> int:
        """Have those in that state, or those of one message in any, delivered again; how many."""

    def purge(self, before: float) -> None:
        """Forget what was delivered, and what came in, before then."""


class Inbox(Protocol):
    """Who may tell us something, and what was told. Raises Unavailable."""

    def accept(self, sender: str, secrets: tuple[str, ...]) -> None:
        """From a sender with any of these secrets; with none, from that one no more."""

    def secrets(self, sender: str) -> tuple[str, ...]: ...

    def claim(self, sender: str, id_: str, now: float, lease: float) -> Claim:
        """Take a message on. Where it is not done within `lease` seconds, it can be claimed
        again."""

    def done(self, sender: str, id_: str) -> None: ...

    def release(self, sender: str, id_: str) -> None:
        """Let it be claimed again at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """status: of HTTP. wait: seconds that were asked for before another try; 0: none were."""

    status: int
    wait: float = 0.0


class Post(Protocol):
    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises Refused where the address may not be called, Unavailable where nobody answers."""
