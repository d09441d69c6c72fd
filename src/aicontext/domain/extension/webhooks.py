"""Messages between this platform and others, as Standard Webhooks has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What has become of a delivery."""

    PENDING = "pending"
    """It will be tried, or tried again."""

    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up: only a replay sends it again."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go. secrets: each signs, the newest first, so that one can be replaced while
    the receiver still knows the other alone. disabled: why nothing goes there any more."""

    name: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    disabled: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is told. body: JSON, to the byte what is signed. at: seconds since the epoch."""

    id: str
    type: str
    at: float
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one endpoint.

    attempts: how often it was tried. due: when it is tried next, in seconds since the epoch.
    status: of the last answer, 0 where there was none. why: what went wrong last.
    """

    message: Message
    endpoint: str
    state: State = State.PENDING
    attempts: int = 0
    due: float = 0.0
    status: int = 0
    why: str = ""
