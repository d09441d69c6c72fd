"""A session as one text, in which each message has its place."""

from __future__ import annotations

from collections.abc import Sequence

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.session import spoken


def record(messages: Sequence[Message]) -> tuple[str, list[int]]:
    """(all that was said, each message under a line on who said it; the number of that line for
    each message, from 1). Opaque parts and media are named, not held."""
    lines: list[str] = []
    places = []
    for number, message in enumerate(messages, 1):
        places.append(len(lines) + 1)
        tool = f" {message.tool}" if message.role is Role.TOOL_RESULT and message.tool else ""
        lines.append(f"--- message {number}: {message.role}{tool}")
        if message.media or message.role is Role.OPAQUE:
            lines.append(f"(opaque{f': {message.media}' if message.media else ''})")
        else:
            lines += spoken(message).split("\n")
    return "\n".join(lines), places
