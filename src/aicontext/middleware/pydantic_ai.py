"""Pydantic AI: `Agent(..., capabilities=[ProcessHistory(smaller_history)])`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from aicontext.middleware.requests import safely, smaller_messages


def smaller_history(messages: list[ModelMessage]) -> list[ModelMessage]:
    """The messages with the results of tools made smaller where that cannot cost more.

    What the agent keeps of them is what went out, so the next call begins with the same.
    """
    return safely(lambda: _planned(messages), messages)


def _planned(messages: list[ModelMessage]) -> list[ModelMessage]:
    told = [_told(part) for message in messages for part in message.parts]
    before = [one for one in told if one is not None]
    model = next((m.model_name for m in messages[::-1] if isinstance(m, ModelResponse)), None)
    called = {
        part.tool_name for m in messages for part in m.parts if isinstance(part, ToolCallPart)
    }
    tools = [{"type": "function", "function": {"name": name}} for name in sorted(called)]
    after = smaller_messages(
        before, model or "", "pydantic-ai", **({"tools": tools} if tools else {})
    )
    if after is before:
        return messages
    shown = iter(after)
    return [
        replace(message, parts=[_shown(part, shown) for part in message.parts])
        for message in messages
    ]


def _told(part: Any) -> dict[str, Any] | None:
    """A part in the form of OpenAI's API; None of one that is nothing there."""
    match part:
        case SystemPromptPart():
            return {"role": "system", "content": part.content}
        case UserPromptPart():
            said = part.content if isinstance(part.content, str) else str(part.content)
            return {"role": "user", "content": said}
        case TextPart():
            return {"role": "assistant", "content": part.content}
        case ToolCallPart():
            given = part.args if isinstance(part.args, str) else json.dumps(part.args or {})
            call = {"name": part.tool_name, "arguments": given}
            made = {"id": part.tool_call_id, "type": "function", "function": call}
            return {"role": "assistant", "content": "", "tool_calls": [made]}
        case ToolReturnPart():
            said = part.content if isinstance(part.content, str) else json.dumps(part.content)
            return {"role": "tool", "tool_call_id": part.tool_call_id, "content": said}
    return None


def _shown(part: Any, shown: Any) -> Any:
    if (before := _told(part)) is None:
        return part
    after = next(shown)
    if isinstance(part, ToolReturnPart) and after["content"] != before["content"]:
        return replace(part, content=after["content"])
    return part
