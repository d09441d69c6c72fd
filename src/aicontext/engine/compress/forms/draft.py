"""Collects the messages of a conversation while its items are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.forms.conversation import Breakpoint, Form, Slot
from aicontext.engine.compress.forms.pairing import Calls, Pair, Pairing
from aicontext.engine.compress.forms.readings import Reading, Readings, Run, Size
from aicontext.engine.compress.forms.spans import Node
from aicontext.engine.compress.memo import message_digest

_DATA_KEYS = ("data", "file_data", "image_url", "url")
_TYPE_KEYS = ("media_type", "mime_type", "mimeType", "format")
_MEDIA_LEVELS = 3

_CONTROL = r'"cache_control"\s*:\s*(?:\{[^{}]*\}|null)'
_CONTROLS = re.compile(rf",\s*{_CONTROL}|{_CONTROL}\s*,?\s*")
"""No cached prefix is known by where caching is asked for. As JSON inside a string has its quotes
escaped, this can only be a key."""

_ATTRIBUTION = re.compile(r"\A(x-anthropic-billing-header:)[^\n]*")
"""Claude Code's first line of system text: other with each call, and no part of the prompt."""


class Draft:
    """What was read so far; takes what it knows from `readings`, and keeps there what it reads.

    mispaired: a known part's calls or answers are not what they were where it was read before.
    """

    def __init__(
        self, raw: bytes, readings: Readings | None = None, calls: Calls | None = None
    ) -> None:
        self.messages: list[Message] = []
        self.digests: list[bytes] = []
        self.slots: list[Slot | None] = []
        self.breakpoints: list[Breakpoint] = []
        self.names: list[str] = []
        self.mispaired = False
        self._pairs: list[Pair] = []
        self._pairing = Pairing(calls)
        self._raw = raw
        self._readings = readings

    def take(self, key: str, node: Node, read: Read) -> Form | None:
        """Adds a value that stands under `key`, and says what `read` finds it to be."""
        return self._taken(key, node, read)[0]

    def take_all(
        self, key: str, nodes: Sequence[Node], read: Read
    ) -> tuple[list[tuple[int, int]], Form | None]:
        """Adds the items of a list; (the messages [first, last) of each, what they are)."""
        before = self._size()
        run = nodes[0].value if nodes and isinstance(nodes[0].value, Run) else Run()
        if run.items:
            self._repeat(run.whole, nodes[0].start)
        form, new = run.whole.form, range(1 if run.items else 0, len(nodes))
        items, sizes = list(run.items), list(run.sizes)
        for at in new:
            found, reading = self._taken(key, nodes[at], read)
            form = form or found
            if reading is not None:
                items.append(reading)
            weight = (sizes[-1].weight if sizes else 0) + (reading.weight if reading else 0)
            now = self._size()
            sizes.append(Size(now[0] - before[0], now[1] - before[1], now[2] - before[2], weight))
        sound = not self.mispaired and all(item.closed for item in items[len(run.items) :])
        if self._readings is not None and new and sound:
            start = nodes[0].start
            ends = *run.ends, *(nodes[at].end - start for at in new)
            whole = self._reading(Node(start, start, None), form, before)
            raw = self._raw[start : nodes[-1].end]
            self._readings.keep_run(key, Run(tuple(items), raw, ends, tuple(sizes), whole))
        borders = [before[0], *[before[0] + size.messages for size in sizes]]
        return list(pairwise(borders)), form

    def _taken(self, key: str, node: Node, read: Read) -> tuple[Form | None, Reading | None]:
        """The value's form, and what was read of it where that is known for other requests."""
        if isinstance(node.value, Reading):
            self._repeat(node.value, node.start)
            return node.value.form, node.value
        before = self._size()
        form = read(self, node)
        if self._readings is None:
            return form, None
        reading = self._reading(node, form, before)
        self._readings.keep(key, self._raw, reading)
        return form, reading

    @property
    def calls(self) -> tuple[Message, ...]:
        """Those made before that are answered in what was read."""
        return tuple(self._pairing.earlier.values())

    @property
    def found(self) -> _Found:
        """(messages, their digests, their slots)."""
        return tuple(self.messages), tuple(self.digests), tuple(self.slots)

    def source(self, node: Node) -> str:
        """The value's own bytes as text, without where caching is asked for."""
        text = self._raw[node.start : node.end].decode("utf-8", "replace")
        return _CONTROLS.sub("", text) if '"cache_control"' in text else text

    def cached(self, node: Node) -> None:
        """Notes a breakpoint at the last message where the node that made it asks for one."""
        control = node.get("cache_control")
        if control is not None and isinstance(control.value, dict):
            self.breakpoints.append(
                Breakpoint(len(self.messages) - 1, hour=control.text("ttl") == "1h")
            )

    def say(self, role: Role, text: str) -> None:
        if role is Role.SYSTEM:
            text = _ATTRIBUTION.sub(r"\1", text)
        self._add(Message(role, text))

    def call(self, tool: str, arguments: Node | None, call_id: str) -> None:
        """A tool call; arguments are a string that holds JSON, or JSON itself."""
        found = self._pairing.called(tool, call_id)
        self._pairs.append(Pair(True, tool, call_id, found))
        text = "" if arguments is None else self._words(arguments)
        self._add(Message(Role.TOOL_CALL, text, *found))

    def answered(self, tool: str, call_id: str) -> tuple[str, str]:
        """(tool, call id) of a result that may lack either."""
        found = self._pairing.answered(tool, call_id)
        self._pairs.append(Pair(False, tool, call_id, found))
        return found

    def result(self, text: Node, tool: str, call_id: str, failed: bool = False) -> None:
        """Text of a tool result: the only thing that may be changed."""
        slot = Slot(text.start, text.end) if isinstance(text.value, str) else None
        message = Message(Role.TOOL_RESULT, self._words(text), tool, call_id, failed)
        self._add(message, slot)

    def opaque(self, node: Node, text: str = "", call_id: str = "") -> None:
        """A part that is counted and never changed: by its text, or by its JSON. call_id: of the
        result that it is a part of."""
        self._add(Message(Role.OPAQUE, text or self.source(node), call_id=call_id))

    def media(self, part: Node, kind: str, call_id: str = "") -> None:
        """An image, document or sound; a document given as text counts as its text. call_id: as
        in `opaque`."""
        media, data = kind, ""
        level = [part]
        for _ in range(_MEDIA_LEVELS):
            for node in level:
                media = next(filter(None, map(node.text, _TYPE_KEYS)), media)
                data = max(data, *map(node.text, _DATA_KEYS), key=len)
            level = [
                child
                for node in level
                if isinstance(node.value, dict)
                for child in node.value.values()
            ]
        if media == "text/plain":
            self._add(Message(Role.OPAQUE, data, call_id=call_id))
            return
        if data.startswith("data:"):
            media, _, data = data.removeprefix("data:").partition(",")
        size = 0 if data[:8].startswith(("http:", "https:")) else len(data)
        kind = media.partition(";")[0]
        self._add(Message(Role.OPAQUE, "", call_id=call_id, media=kind, size=size))

    def _words(self, node: Node) -> str:
        return node.value if isinstance(node.value, str) else self.source(node)

    def _add(self, message: Message, slot: Slot | None = None) -> None:
        self.messages.append(message)
        self.digests.append(message_digest(message))
        self.slots.append(slot)

    def _size(self) -> _Size:
        return len(self.messages), len(self.breakpoints), len(self._pairs), len(self.names)

    def _reading(self, node: Node, form: Form | None, before: _Size) -> Reading:
        """What was read of the node since then."""
        first, points, pairs, names = before
        return Reading(
            raw=self._raw[node.start : node.end],
            start=node.start,
            form=form,
            messages=tuple(self.messages[first:]),
            digests=tuple(self.digests[first:]),
            slots=tuple(self.slots[first:]),
            breakpoints=tuple(
                replace(point, message=point.message - first) for point in self.breakpoints[points:]
            ),
            pairs=tuple(self._pairs[pairs:]),
            names=tuple(self.names[names:]),
        )

    def _repeat(self, reading: Reading, start: int) -> None:
        """Adds what was read of the same bytes before."""
        for point in reading.breakpoints:
            message = len(self.messages) + point.message
            self.breakpoints.append(replace(point, message=message))
        self.mispaired |= not self._pairing.hold(reading.pairs)
        self._pairs += reading.pairs
        self.messages += reading.messages
        self.digests += reading.digests
        self.slots += reading.slots_at(start)
        self.names += reading.names


Read: TypeAlias = Callable[[Draft, Node], Form | None]
_Found: TypeAlias = tuple[tuple[Message, ...], tuple[bytes, ...], tuple[Slot | None, ...]]
_Size: TypeAlias = tuple[int, int, int, int]
