"""Collects the messages of a conversation while its items are read."""

from __future__ import annotations

from collections import Counter

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.forms.conversation import Breakpoint, Slot
from aicontext.engine.compress.forms.spans import Node

_DATA_KEYS = ("data", "file_data", "image_url", "url")
_TYPE_KEYS = ("media_type", "mime_type", "mimeType", "format")
_MEDIA_LEVELS = 3


class Draft:
    """Messages and slots so far; knows which tool each call id belongs to.

    Calls without an id (Gemini, plain lists) are paired with results of the same tool in order.
    """

    def __init__(self, raw: bytes) -> None:
        self.messages: list[Message] = []
        self.slots: list[Slot | None] = []
        self.breakpoints: list[Breakpoint] = []
        self._raw = raw
        self._tools: dict[str, str] = {}
        self._called: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()

    def source(self, node: Node) -> str:
        """The value's own bytes as text."""
        return self._raw[node.start : node.end].decode("utf-8", "replace")

    def cached(self, node: Node) -> None:
        """Notes a breakpoint at the last message where the node that made it asks for one."""
        control = node.get("cache_control")
        if control is not None and isinstance(control.value, dict) and self.messages:
            self.breakpoints.append(
                Breakpoint(len(self.messages) - 1, hour=control.text("ttl") == "1h")
            )

    def say(self, role: Role, text: str) -> None:
        self._add(Message(role, text))

    def call(self, tool: str, arguments: Node | None, call_id: str) -> None:
        """A tool call; arguments are a string that holds JSON, or JSON itself."""
        self._called[tool] += 1
        call_id = call_id or f"{tool}#{self._called[tool]}"
        self._tools[call_id] = tool
        text = "" if arguments is None else self._words(arguments)
        self._add(Message(Role.TOOL_CALL, text, tool, call_id))

    def answered(self, tool: str, call_id: str) -> tuple[str, str]:
        """(tool, call id) of a result that may lack either."""
        if not call_id:
            self._answered[tool] += 1
            call_id = f"{tool}#{self._answered[tool]}"
        return tool or self._tools.get(call_id, ""), call_id

    def result(self, text: Node, tool: str, call_id: str, failed: bool = False) -> None:
        """Text of a tool result: the only thing that may be changed."""
        slot = Slot(text.start, text.end) if isinstance(text.value, str) else None
        message = Message(Role.TOOL_RESULT, self._words(text), tool, call_id, failed)
        self._add(message, slot)

    def opaque(self, node: Node, text: str = "") -> None:
        """A part that is counted and never changed: by its text, or by its JSON."""
        self._add(Message(Role.OPAQUE, text or self.source(node)))

    def media(self, part: Node, kind: str) -> None:
        """An image, document or sound; a document given as text counts as its text."""
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
            self._add(Message(Role.OPAQUE, data))
            return
        if data.startswith("data:"):
            media, _, data = data.removeprefix("data:").partition(",")
        size = 0 if data[:8].startswith(("http:", "https:")) else len(data)
        self._add(Message(Role.OPAQUE, "", media=media.partition(";")[0], size=size))

    def _words(self, node: Node) -> str:
        return node.value if isinstance(node.value, str) else self.source(node)

    def _add(self, message: Message, slot: Slot | None = None) -> None:
        self.messages.append(message)
        self.slots.append(slot)
