"""What was read of the parts of requests, kept for the next request that repeats them.

A request of an AI tool repeats nearly all of the one before it, byte for byte. A value that stands
where the same bytes were read before needs no scan: JSON ends a string, a list and an object by
itself, so nothing that follows can change what they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from sys import getsizeof
from typing import NamedTuple

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
    def closed(self) -> bool:
        """Whether the value says itself where it ends: a number may go on."""
        return self.raw[:1] in (b"{", b"[", b'"')

    @property
    def weight(self) -> int:
        """Bytes that it holds."""
        texts = sum(getsizeof(message.text) + _OVERHEAD for message in self.messages)
        return getsizeof(self.raw) + texts + _OVERHEAD


NOTHING = Reading(b"", 0, None, (), (), (), (), (), ())


class Size(NamedTuple):
    """So many messages, breakpoints and pairs; weight: bytes that they hold."""

    messages: int = 0
    breakpoints: int = 0
    pairs: int = 0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """The first items of a list: what was read of each, and of all of them as if they were one.

    raw: the bytes of the items and of what stands between them, perhaps of more behind them. ends:
    of each item in it. sizes: of what each item and those before it hold.
    """

    items: tuple[Reading, ...] = ()
    raw: bytes = b""
    ends: tuple[int, ...] = ()
    sizes: tuple[Size, ...] = ()
    whole: Reading = NOTHING

    def repeated(self, raw: bytes, at: int) -> tuple[int, int]:
        """(items, bytes) that stand in `raw` from `at` on too; no byte is looked at twice while
        they are the same."""
        own, ends = memoryview(self.raw), (0, *self.ends)
        same, most = 0, len(self.items)
        while same < most:
            middle = (same + most + 1) // 2
            if raw.startswith(own[ends[same] : ends[middle]], at + ends[same]):
                same = middle
            else:
                most = middle - 1
        return same, ends[same]

    def first(self, count: int) -> Run:
        """Its first items alone, one at least."""
        if count == len(self.items):
            return self
        items, size, whole = self.items[:count], self.sizes[count - 1], self.whole
        one = replace(
            whole,
            form=next(filter(None, (item.form for item in items)), None),
            messages=whole.messages[: size.messages],
            digests=whole.digests[: size.messages],
            slots=whole.slots[: size.messages],
            breakpoints=whole.breakpoints[: size.breakpoints],
            pairs=whole.pairs[: size.pairs],
        )
        return Run(items, self.raw, self.ends[:count], self.sizes[:count], one)


class Readings:
    """Readings by the key they stood under and the bytes they start with, and runs of them by
    their first one. limit: bytes held of either."""

    def __init__(self, limit: int = 16_000_000) -> None:
        self._known: Recent[tuple[str, bytes], tuple[Reading, ...]] = Recent(limit)
        self._runs: Recent[tuple[str, bytes], Run | None] = Recent(limit)

    def find(self, key: str, raw: bytes, at: int) -> Reading | None:
        """What was read under `key` of the value that stands in `raw` from `at` on."""
        for reading in self._known.get((key, raw[at : at + _HEAD]), ()):
            if raw.startswith(reading.raw, at):
                return reading
        return None

    def keep(self, key: str, raw: bytes, reading: Reading) -> None:
        """Keeps what was read under `key` of a value of `raw`."""
        if not reading.closed:
            return
        place = key, raw[reading.start : reading.start + _HEAD]
        alike = (reading, *self._known.get(place, ()))[:_ALIKE]
        self._known.put(place, alike, sum(one.weight for one in alike))

    def find_run(self, key: str, raw: bytes, at: int) -> tuple[Run, int] | None:
        """The items that start a list under `key` in `raw` at `at`, and their bytes."""
        if (first := self.find(key, raw, at)) is None:
            return None
        if (known := self._runs.get((key, first.raw), None)) is None:
            return None
        count, size = known.repeated(raw, at)
        return (known.first(count), size) if count else None

    def keep_run(self, key: str, run: Run) -> None:
        """Keeps what was read of a list under `key`."""
        weight = run.sizes[-1].weight + len(run.raw)
        self._runs.put((key, run.items[0].raw), run, weight)
