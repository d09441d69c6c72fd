"""The items of a conversation's list, each read by its own shape."""

from __future__ import annotations

from aicontext.domain.messages import Role
from aicontext.engine.compress.forms.conversation import Form
from aicontext.engine.compress.forms.draft import Draft
from aicontext.engine.compress.forms.parts import (
    read_content,
    read_gemini_part,
    read_result,
    role_of,
)
from aicontext.engine.compress.forms.spans import Node

_OUTPUT = "_call_output"
_CALLS = {"function_call": "arguments", "custom_tool_call": "input", "local_shell_call": "action"}


def read_item(draft: Draft, item: Node, log: bool = False) -> Form | None:
    """Adds the item's messages; the form whose mark it bears, None where it could be any.

    log: the item is a line of a transcript file, where items of unknown type are the tool's own
    bookkeeping, which no model reads.
    """
    kind = item.text("type")
    if (body := item.get("message")) is not None and isinstance(body.value, dict):
        read_item(draft, body)
        return Form.CLAUDE_CODE
    if (body := item.get("payload")) is not None and isinstance(body.value, dict):
        if kind == "response_item":
            read_item(draft, body)
        return Form.CODEX
    if "role" not in _keys(item) and kind:
        return _read_typed(draft, item, kind, log)
    if item.get("parts") is not None:
        for part in item.children("parts"):
            read_gemini_part(draft, part, role_of(item))
        return Form.GEMINI
    if item.get("content") is not None or item.get("tool_calls") is not None:
        return _read_message(draft, item)
    if "role" in _keys(item):
        return _read_plain(draft, item)
    if not log:
        draft.opaque(item)
    return None


def _keys(item: Node) -> dict[str, Node]:
    return item.value if isinstance(item.value, dict) else {}


def _read_message(draft: Draft, item: Node) -> Form | None:
    """A message of Chat or Anthropic form: role, content, and Chat's own fields."""
    if item.text("role") in ("tool", "function"):
        tool, call_id = draft.answered(item.text("name"), item.text("tool_call_id"))
        read_result(draft, item.get("content"), tool, call_id, failed=False)
        draft.cached(item)
        return Form.CHAT
    for reasoning in ("reasoning_content", "reasoning"):
        if text := item.text(reasoning):
            draft.say(Role.OPAQUE, text)
    read_content(draft, item.get("content"), role_of(item))
    calls = item.children("tool_calls")
    for call in calls:
        body = call.get("function") or call.get("custom") or call
        draft.call(body.text("name"), body.get("arguments") or body.get("input"), call.text("id"))
    if (legacy := item.get("function_call")) is not None and isinstance(legacy.value, dict):
        draft.call(legacy.text("name"), legacy.get("arguments"), "")
    draft.cached(item)
    if calls or legacy is not None or item.text("role") == "system":
        return Form.CHAT
    blocks = {part.text("type") for part in item.children("content")}
    if blocks & {"tool_use", "tool_result", "thinking", "redacted_thinking"}:
        return Form.ANTHROPIC
    return Form.CHAT if "image_url" in blocks else None


def _read_typed(draft: Draft, item: Node, kind: str, log: bool) -> Form | None:
    """An item of the Responses form that is not a message."""
    if kind in _CALLS:
        name = item.text("name") or kind.removesuffix("_call")
        draft.call(name, item.get(_CALLS[kind]), item.text("call_id"))
    elif kind.endswith(_OUTPUT):
        tool, call_id = draft.answered("", item.text("call_id"))
        read_result(draft, item.get("output"), tool, call_id, failed=False)
    elif kind == "reasoning" or not log:
        draft.opaque(item)
    else:
        return None
    return Form.RESPONSES


def _read_plain(draft: Draft, item: Node) -> Form:
    """A line of a plain list: role, text, tool, input."""
    role, tool = item.text("role"), item.text("tool")
    call_id = next(filter(None, map(item.text, ("call_id", "cid", "id"))), "")
    text = item.get("text")
    if role in ("tool_result", "tool"):
        tool, call_id = draft.answered(tool, call_id)
        failed = next((n for n in map(item.get, ("failed", "error", "is_error")) if n), None)
        read_result(draft, text, tool, call_id, failed is not None and failed.value is True)
        return Form.PLAIN
    if text is not None and isinstance(text.value, str) and text.value:
        draft.say(role_of(item), text.value)
    if role == "tool_call" or item.get("input") is not None:
        draft.call(tool, item.get("input"), call_id)
    return Form.PLAIN
