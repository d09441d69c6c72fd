"""Bytes in any form to a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aicontext.domain.errors import InvalidInput
from aicontext.domain.messages import Role
from aicontext.engine.compress.forms.conversation import Conversation, Form
from aicontext.engine.compress.forms.draft import Draft
from aicontext.engine.compress.forms.items import read_item
from aicontext.engine.compress.forms.parts import read_content, read_gemini_part
from aicontext.engine.compress.forms.spans import Node, scan

_LISTS = {
    "contents": Form.GEMINI,
    "messages": Form.CHAT,
    "input": Form.RESPONSES,
    "events": Form.PLAIN,
}
_SYSTEM = ("system", "instructions", "systemInstruction", "system_instruction")
_TRANSCRIPTS = (Form.CLAUDE_CODE, Form.CODEX, Form.PLAIN)


def read(payload: bytes) -> Conversation:
    """The conversation in a request body, a list of messages, or a transcript file.

    The form is found from the shape: `messages` (OpenAI Chat, Anthropic), `input` (Responses),
    `contents` (Gemini), `events` or lines of JSON (transcripts of Claude Code, Codex, or plain
    {role, text, tool, input}). Items are read one by one, each by its own shape, so that what an
    item means never depends on later ones. Linear in the payload's length.

    Raises InvalidInput (with the position) for broken JSON and for JSON without a conversation,
    InputTooLarge for JSON nested too deep.
    """
    values = scan(payload)
    draft = Draft(payload)
    if len(values) == 1 and isinstance(values[0].value, dict):
        request = values[0]
        key = next((key for key in _LISTS if _holds(request, key)), None)
        if key is not None:
            return _read_request(draft, request, key, payload)
    items = values
    if len(values) == 1 and isinstance(values[0].value, list):
        items = values[0].value
    turns, form = _read_items(draft, items, log=items is values)
    if not any(turn.role is not Role.OPAQUE for turn in draft.messages):
        raise InvalidInput(
            "The input holds no conversation.",
            hint="Pass a request with messages, input or contents, or a transcript.",
        )
    return _conversation(draft, form or Form.CHAT, turns, payload)


def _holds(request: Node, key: str) -> bool:
    """Whether the conversation is under `key`; a mere string is one only in a request."""
    body = request.get(key)
    if body is not None and isinstance(body.value, str):
        return any(request.get(name) is not None for name in ("model", "tools", *_SYSTEM))
    return body is not None


def _read_request(draft: Draft, request: Node, key: str, payload: bytes) -> Conversation:
    if (tools := request.get("tools")) is not None:
        draft.say(Role.SYSTEM, draft.source(tools))
        for tool in request.children("tools"):
            draft.cached(tool)
    for name in _SYSTEM:
        if (system := request.get(name)) is None:
            continue
        if system.get("parts") is not None:
            for part in system.children("parts"):
                read_gemini_part(draft, part, Role.SYSTEM)
        else:
            read_content(draft, system, Role.SYSTEM)
    body = request.get(key)
    if body is not None and isinstance(body.value, str):
        draft.say(Role.USER, body.value)
        turns, form = [(len(draft.messages) - 1, len(draft.messages))], None
    else:
        turns, form = _read_items(draft, request.children(key))
    if key != "messages":
        form = _LISTS[key]
    elif form not in _TRANSCRIPTS:
        form = form if request.get("system") is None else Form.ANTHROPIC
    draft.cached(request)
    found = _conversation(draft, form or _LISTS[key], turns, payload)
    return replace(
        found,
        clears=_clears(request),
        model=request.text("model"),
        breakpoints=tuple(draft.breakpoints),
        tools=tuple(_tool_names(request)),
    )


def _read_items(
    draft: Draft, items: Iterable[Node], log: bool = False
) -> tuple[list[tuple[int, int]], Form | None]:
    turns: list[tuple[int, int]] = []
    form: Form | None = None
    for item in items:
        first = len(draft.messages)
        found = read_item(draft, item, log)
        form = form or found
        turns.append((first, len(draft.messages)))
    return turns, form


def _tool_names(request: Node) -> Iterator[str]:
    """Flat (Anthropic, Responses), under `function` (Chat), or as declarations (Gemini)."""
    for tool in request.children("tools"):
        declared = tool.children("functionDeclarations") or tool.children("function_declarations")
        for one in declared or [tool.get("function") or tool]:
            yield one.text("name") or one.text("type")


def _clears(request: Node) -> bool:
    """Anthropic's context editing, and Responses' truncation."""
    edits = (request.get("context_management") or request).children("edits")
    clearing = any(edit.text("type").startswith("clear_tool") for edit in edits)
    return clearing or request.text("truncation") == "auto"


def _conversation(
    draft: Draft, form: Form, turns: list[tuple[int, int]], payload: bytes
) -> Conversation:
    return Conversation(form, tuple(draft.messages), tuple(draft.slots), tuple(turns), payload)
