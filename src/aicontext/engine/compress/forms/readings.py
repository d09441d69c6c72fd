"""What was read of the parts of requests, kept for the next request that repeats them.

A request of an AI tool repeats nearly all of the one before it, byte for byte. A value that stands
where the same bytes were read before needs no scan: JSON ends a string, a list and an object by
itself, so nothing that follows can change what they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import getsizeof

from aicontext.domain.messages import Message
from aicontext.engine.compress.forms.conversation import Breakpoint, Form, Slot
from aicontext.engine.compress.forms.pairing import Pair
from aicontext.kit.recent import Recent

LISTS = ("contents", "messages", "input", "events")
"""Keys of a request under which the conversation is a list of items."""

_HEAD = 128
"""Bytes by which readings are found: nearly always they hold an id, or words of their own."""

_ALIKE = 4
"""Readings kept that start with the same bytes."""

_OVERHEAD = 400
"""Bytes of a message and its place beside its text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a value: an item, the tools, or the system text.

    raw: its own bytes. start: where it stood; slots are those of that place. breakpoints: of
    messages counted from its first one; -1 is the last message before it. pairs: its calls and
    answers, in order: other ones before them may give them other tools or ids. names: of tools.
    """

    raw: bytes
    start: int
    form: Form | None
    messages: tuple[Message, ...]
    digests: tuple[bytes, ...]
    slots: tuple[Slot | None, ...]
    breakpoints: tuple[Breakpoint, ...]
    pairs: tuple[Pair, ...]
    names: tuple[str, ...]

    def slots_at(self, start: int) -> tuple[Slot | None, ...]:
        """The slots where the same bytes start elsewhere."""
        if not (shift := start - self.start):
            return self.slots
        return tuple(slot and Slot(slot.start + shift, slot.end + shift) for slot in self.slots)

    @property
    def weight(self) -> int:
        """Bytes that it holds."""
        texts = sum(getsizeof(message.text) + _OVERHEAD for message in self.messages)
        return getsizeof(self.raw) + texts + _OVERHEAD


class Readings:
    """Readings by the key they stood under and the bytes they start with. limit: bytes held."""

    def __init__(self, limit: int = 16_000_000) -> None:
        self._known: Recent[tuple[str, bytes], tuple[Reading, ...]] = Recent(limit)

    def find(self, key: str, raw: bytes, at: int) -> Reading | None:
        """What was read under `key` of the value that stands in `raw` from `at` on."""
        for reading in self._known.get((key, raw[at : at + _HEAD]), ()):
            if raw.startswith(reading.raw, at):
                return reading
        return None

    def keep(self, key: str, raw: bytes, reading: Reading) -> None:
        """Keeps what was read under `key` of a value of `raw`."""
        if reading.raw[:1] not in (b"{", b"[", b'"'):
            return
        place = key, raw[reading.start : reading.start + _HEAD]
        alike = (reading, *self._known.get(place, ()))[:_ALIKE]
        self._known.put(place, alike, sum(one.weight for one in alike))
