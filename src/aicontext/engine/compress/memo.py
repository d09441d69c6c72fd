"""What earlier passes over a session worked out, kept for the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import Generic, TypeVar

from aicontext.domain.messages import Message
from aicontext.kit.recent import Recent

Value = TypeVar("Value")
State = TypeVar("State")


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


def rolling(steps: Iterable[bytes], seed: bytes = b"") -> list[bytes]:
    """For each step the digest of the seed and of all steps up to it; steps are of one length."""
    chain = accumulate(steps, _after, initial=hashlib.sha256(seed).digest())
    return list(chain)[1:]


@lru_cache(maxsize=16_384)
def _after(before: bytes, step: bytes) -> bytes:
    return hashlib.sha256(before + step).digest()
