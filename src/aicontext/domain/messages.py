"""A conversation as a flat list of messages, whatever the wire form it came in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    OPAQUE = "opaque"
    """Thinking, signed, encrypted, binary and unknown parts: counted, never changed."""


@dataclass(frozen=True, slots=True)
class Message:
    """One part of a conversation.

    text: what the model reads; for a tool call its arguments as JSON. tool: the tool's name, for
    calls and results. call_id: joins a result to its call. failed: the tool said so itself.
    media: MIME type, or the part's own word for it, of an image, document or sound; `size` is then
    the length of its encoded data in characters, 0 where only an address was given.
    """

    role: Role
    text: str
    tool: str = ""
    call_id: str = ""
    failed: bool = False
    media: str = ""
    size: int = 0

    def __hash__(self) -> int:
        # What tells nearly all apart, in a third of the time that a hash of every field takes.
        return hash((self.text, self.call_id))
