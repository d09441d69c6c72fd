"""Bytes in any form to a conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from aicontext.domain.errors import InvalidInput
from aicontext.domain.messages import Role
from aicontext.engine.compress.forms.conversation import Conversation, Form
from aicontext.engine.compress.forms.draft import Draft
from aicontext.engine.compress.forms.items import read_item
from aicontext.engine.compress.forms.pairing import Calls
from aicontext.engine.compress.forms.parts import read_content, read_gemini_part
from aicontext.engine.compress.forms.readings import Readings
from aicontext.engine.compress.forms.spans import Node, scan

_FORMS = {
    "contents": Form.GEMINI,
    "messages": Form.CHAT,
    "input": Form.RESPONSES,
    "events": Form.PLAIN,
}
_SYSTEM = ("system", "instructions", "systemInstruction", "system_instruction")
_TRANSCRIPTS = (Form.CLAUDE_CODE, Form.CODEX, Form.PLAIN)


def read(
    payload: bytes, readings: Readings | None = None, calls: Calls | None = None
) -> Conversation:
    """The conversation in a request body, a list of messages, or a transcript file.

    The form is found from the shape: `messages` (OpenAI Chat, Anthropic), `input` (Responses),
    `contents` (Gemini), `events` or lines of JSON (transcripts of Claude Code, Codex, or plain
    {role, text, tool, input}). Items are read one by one, each by its own shape, so that what an
    item means never depends on later ones. Linear in the payload's length.

    readings: of earlier payloads; they make the same parts of requests fast to read, and change
    nothing else. calls: those that a request may answer although it does not hold them.

    Raises InvalidInput (with the position) for broken JSON and for JSON without a conversation,
    InputTooLarge for JSON nested too deep.
    """
    values = scan(payload, readings)
    if len(values) == 1 and isinstance(values[0].value, dict):
        request = values[0]
        draft = Draft(payload, readings, calls if _continues(request) else None)
        key = next((key for key in _FORMS if _holds(request, key)), None)
        if key is not None:
            found = _read_request(draft, request, key, payload)
            return read(payload, calls=calls) if draft.mispaired else found
    if readings is not None:
        return read(payload)
    items, draft = values, Draft(payload)
    if len(values) == 1 and isinstance(values[0].value, list):
        items = values[0].value
    turns, form = _read_items(draft, items, log=items is values)
    if not any(turn.role is not Role.OPAQUE for turn in draft.messages):
        raise InvalidInput(
            "The input holds no conversation.",
            hint="Pass a request with messages, input or contents, or a transcript.",
        )
    return Conversation(form or Form.CHAT, *draft.found, tuple(turns), payload)


def _holds(request: Node, key: str) -> bool:
    """Whether the conversation is under `key`; a mere string is one only in a request."""
    body = request.get(key)
    if body is not None and isinstance(body.value, str):
        return any(request.get(name) is not None for name in ("model", "tools", *_SYSTEM))
    return body is not None


def _read_request(draft: Draft, request: Node, key: str, payload: bytes) -> Conversation:
    if (tools := request.get("tools")) is not None:
        draft.take("tools", tools, _read_tools)
    for name in _SYSTEM:
        if (system := request.get(name)) is not None:
            draft.take(name, system, _read_system)
    body = request.get(key)
    if body is not None and isinstance(body.value, str):
        draft.say(Role.USER, body.value)
        turns, form = [(len(draft.messages) - 1, len(draft.messages))], None
    else:
        turns, form = _read_items(draft, request.children(key), key)
    if key != "messages":
        form = _FORMS[key]
    elif form not in _TRANSCRIPTS:
        form = form if request.get("system") is None else Form.ANTHROPIC
    draft.cached(request)
    return Conversation(
        form or _FORMS[key],
        *draft.found,
        tuple(turns),
        payload,
        clears=_clears(request),
        model=request.text("model"),
        breakpoints=tuple(point for point in draft.breakpoints if point.message >= 0),
        tools=tuple(draft.names),
        continues=_continues(request),
        calls=draft.calls,
    )


def _read_tools(draft: Draft, tools: Node) -> None:
    draft.say(Role.SYSTEM, draft.source(tools))
    if isinstance(tools.value, list):
        for tool in tools.value:
            for node in filter(None, (tool, tool.get("function"))):
                draft.cached(node)
            draft.names += _names(tool)


def _read_system(draft: Draft, system: Node) -> None:
    if system.get("parts") is None:
        read_content(draft, system, Role.SYSTEM)
    for part in system.children("parts"):
        read_gemini_part(draft, part, Role.SYSTEM)


def _read_items(
    draft: Draft, items: Sequence[Node], key: str = "", log: bool = False
) -> tuple[list[tuple[int, int]], Form | None]:
    return draft.take_all(key, items, partial(read_item, log=log))


def _names(tool: Node) -> Iterator[str]:
    """Flat (Anthropic, Responses), under `function` (Chat), or as declarations (Gemini)."""
    declared = tool.children("functionDeclarations") or tool.children("function_declarations")
    for one in declared or [tool.get("function") or tool]:
        yield one.text("name") or one.text("type")


def _continues(request: Node) -> bool:
    """Whether it goes on from what the provider keeps (Responses)."""
    kept = request.get("conversation")
    return bool(request.text("previous_response_id") or (kept is not None and kept.value))


def _clears(request: Node) -> bool:
    """Anthropic's context editing, and Responses' truncation."""
    edits = (request.get("context_management") or request).children("edits")
    clearing = any(edit.text("type").startswith("clear_tool") for edit in edits)
    return clearing or request.text("truncation") == "auto"
