"""Parts of messages in the providers' own forms, as tools keep them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from aicontext.adapters.transcripts.values import table, tables, text
from aicontext.domain.messages import Message, Role

_BODIES = ("text", "result")
"""Where a part of a tool's result holds its text; the second is Cline's."""

_MEDIA = {"image", "document", "file", "input_image", "input_file", "image_url"}


class Names:
    """Tools by the ids of their calls: results do not repeat the name."""

    def __init__(self) -> None:
        self._by_call: dict[str, str] = {}

    def call(self, tool: str, given: object, call_id: str) -> Message:
        """given: the arguments, as JSON or as a text that holds JSON."""
        self._by_call[call_id] = tool
        return Message(Role.TOOL_CALL, written(given), tool, call_id)

    def results(self, body: object, call_id: str, failed: bool = False) -> Iterator[Message]:
        """Of a body that is a text, or a list of parts."""
        tool = self._by_call.get(call_id, "")
        if not isinstance(body, list):
            yield Message(Role.TOOL_RESULT, written(body), tool, call_id, failed)
            return
        for part in body:
            held = [part[key] for key in _BODIES if isinstance(part, dict) and key in part]
            if text(part, "type") in _MEDIA:
                yield media(part)
            elif held and isinstance(held[0], str):
                yield Message(Role.TOOL_RESULT, held[0], tool, call_id, failed)
            else:
                yield Message(Role.OPAQUE, written(part))


def written(value: object) -> str:
    """A text as it is, anything else as JSON; nothing for null."""
    if isinstance(value, str) or value is None:
        return value or ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def media(part: object) -> Message:
    source = table(part, "source")
    data = text(source, "data") or text(part, "data") or text(part, "image_url")
    kind = text(source, "media_type") or text(part, "mimeType") or text(part, "type")
    return Message(Role.OPAQUE, "", media=kind, size=0 if data.startswith("http") else len(data))


def anthropic(content: object, role: Role, names: Names) -> Iterator[Message]:
    """The content of one of Anthropic's messages."""
    if isinstance(content, str):
        yield Message(role, content)
    for part in content if isinstance(content, list) else ():
        match text(part, "type"):
            case "text":
                yield Message(role, text(part, "text"))
            case "tool_use" | "server_tool_use":
                yield names.call(text(part, "name"), part.get("input"), text(part, "id"))
            case "tool_result":
                call_id, failed = text(part, "tool_use_id"), part.get("is_error") is True
                yield from names.results(part.get("content"), call_id, failed)
            case kind if kind in _MEDIA:
                yield media(part)
            case _:
                yield Message(Role.OPAQUE, text(part, "thinking") or written(part))


_ROLES = {"assistant": Role.ASSISTANT, "system": Role.SYSTEM, "developer": Role.DEVELOPER}


def openai(message: object, names: Names, calls: str = "tool_calls") -> Iterator[Message]:
    """One of OpenAI's chat messages; calls: the key of its calls of tools."""
    content = message.get("content") if isinstance(message, dict) else None
    if text(message, "role") == "tool":
        yield from names.results(content, text(message, "tool_call_id"))
        return
    if content:
        yield from anthropic(content, _ROLES.get(text(message, "role"), Role.USER), names)
    for call in tables(message, calls):
        function = table(call, "function")
        yield names.call(text(function, "name"), function.get("arguments"), text(call, "id"))
