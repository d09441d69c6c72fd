"""What earlier passes over a session worked out, kept for the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Generic, TypeVar

from aicontext.domain.messages import Message
from aicontext.kit.recent import Recent

Value = TypeVar("Value")
State = TypeVar("State")

_TOGETHER = 16
"""Steps whose digests are remembered as one."""


class Memo(Generic[Value, State]):
    """Values and states by the digest of the messages that led to them; so many bytes of each.

    values: pure results, read by all. states: what a pass may go on from; whoever takes one out
    owns it, and so may change it. Every step is one operation on a dictionary, so threads may
    share a memo; it only ever changes speed.
    """

    def __init__(self, values: int = 8_000_000, states: int = 48_000_000) -> None:
        self._values: Recent[bytes, Value] = Recent(values)
        self._states: Recent[bytes, State] = Recent(states)

    def get(self, key: bytes, default: Value) -> Value:
        return self._values.get(key, default)

    def put(self, key: bytes, value: Value, weight: int) -> None:
        """weight: bytes that the value holds."""
        self._values.put(key, value, weight)

    def take(self, key: bytes) -> State | None:
        return self._states.take(key)

    def give(self, key: bytes, state: State, weight: int) -> None:
        """weight: bytes that the state holds."""
        self._states.put(key, state, weight)


def message_digest(message: Message) -> bytes:
    """SHA-256 of all that a message says."""
    head = (message.role, message.tool, message.call_id, message.failed, message.media)
    found = hashlib.sha256(repr((head, message.size, len(message.text))).encode())
    found.update(message.text.encode("utf-8", "surrogatepass"))
    return found.digest()


def rolling(steps: Sequence[bytes]) -> list[bytes]:
    """For each step the digest of all steps up to it; steps are of one length."""
    keys, last = list[bytes](), hashlib.sha256().digest()
    for at in range(0, len(steps), _TOGETHER):
        keys += _after(last, tuple(steps[at : at + _TOGETHER]))
        last = keys[-1]
    return keys


@lru_cache(maxsize=1024)
def _after(before: bytes, steps: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Known for most: a conversation is the one before it and a little more."""
    chain = accumulate(steps, lambda key, step: hashlib.sha256(key + step).digest(), initial=before)
    return tuple(chain)[1:]
