"""A conversation that remembers the bytes it was read from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.errors import InvalidInput
from aicontext.domain.messages import Message


class Form(StrEnum):
    """The wire form a conversation came in."""

    CHAT = "openai-chat"
    RESPONSES = "openai-responses"
    ANTHROPIC = "anthropic-messages"
    GEMINI = "gemini"
    CLAUDE_CODE = "claude-code"
    CODEX = "codex"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Slot:
    """Bytes [start, end) of a JSON string literal, quotes included, that may be replaced."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """The request asks to cache everything up to this message. hour: for an hour, not 5 minutes.
    more: messages that the provider takes together with others, of those it looks at before it."""

    message: int
    hour: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages in the order the model reads them.

    digests: of the messages (`message_digest`). slots: aligned with them; None where nothing may be
    changed. turns: for each item of the
    form's own list the messages [first, last) it holds; messages before the first turn are tools
    and system text. raw: what was read. clears: the request asks the provider to drop old tool
    results by itself, so that later text cannot rely on them. model: the request's own, if it says.
    breakpoints: in order. tools: names of the tools that the model may call. continues: the
    provider keeps what came before. calls: of tools, made there and answered here, where known.
    """

    form: Form
    messages: tuple[Message, ...]
    digests: tuple[bytes, ...]
    slots: tuple[Slot | None, ...]
    turns: tuple[tuple[int, int], ...]
    raw: bytes
    clears: bool = False
    model: str = ""
    breakpoints: tuple[Breakpoint, ...] = ()
    tools: tuple[str, ...] = ()
    continues: bool = False
    calls: tuple[Message, ...] = ()


def literal(text: str) -> bytes:
    """The text as JSON: ASCII with escapes, so that its bytes depend on nothing but itself."""
    return json.dumps(text).encode("ascii")


def write(conversation: Conversation, replacements: Mapping[int, str]) -> bytes:
    """The conversation's bytes with new text in the slots of the messages at these indices.

    Everything else stays byte for byte. Raises InvalidInput for a message that has no slot.
    """
    return splice(conversation, {index: literal(text) for index, text in replacements.items()})


def splice(conversation: Conversation, literals: Mapping[int, bytes]) -> bytes:
    """As `write`, with texts that are JSON literals already."""
    edits = []
    for index, new in literals.items():
        slot = conversation.slots[index] if 0 <= index < len(conversation.slots) else None
        if slot is None:
            raise InvalidInput(f"Message {index} may not be changed.", hint="See its slot.")
        edits.append((slot.start, slot.end, new))
    pieces, at = [], 0
    for start, end, new in sorted(edits):
        pieces += [conversation.raw[at:start], new]
        at = end
    return b"".join([*pieces, conversation.raw[at:]])
