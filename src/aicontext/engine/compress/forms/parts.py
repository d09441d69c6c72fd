"""The parts of one message: text, calls, results, media, and what nobody here knows.

A part is read by its own shape, whatever form surrounds it: what a part means never depends on
what comes later in the conversation.
"""

from __future__ import annotations

from aicontext.domain.messages import Role
from aicontext.engine.compress.forms.draft import Draft
from aicontext.engine.compress.forms.spans import Node

TEXT = {"text", "input_text", "output_text"}
MEDIA = {"audio", "document", "file", "image", "image_url", "input_audio", "input_file"} | {
    "input_image",
    "video_url",
}
_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.DEVELOPER,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "model": Role.ASSISTANT,
}


def role_of(item: Node) -> Role:
    return _ROLES.get(item.text("role"), Role.OPAQUE)


def read_content(draft: Draft, content: Node | None, role: Role) -> None:
    """The `content` of a message: a string, or a list of typed parts."""
    if content is None:
        return
    if isinstance(content.value, str):
        draft.say(role, content.value)
    elif isinstance(content.value, list):
        for part in content.value:
            _read_part(draft, part, role)
            draft.cached(part)
    elif content.value is not None:
        draft.opaque(content)


def read_result(draft: Draft, body: Node | None, tool: str, call_id: str, failed: bool) -> None:
    """The body of a tool result: a string, or a list of parts of which text may be changed."""
    if body is None:
        return
    if not isinstance(body.value, list):
        draft.result(body, tool, call_id, failed)
        return
    for part in body.value:
        kind = part.text("type")
        text = part.get("text")
        if kind in MEDIA:
            draft.media(part, kind, call_id)
        elif kind in TEXT and text is not None and isinstance(text.value, str):
            draft.result(text, tool, call_id, failed)
        else:
            draft.opaque(part, call_id=call_id)
        draft.cached(part)


def _read_part(draft: Draft, part: Node, role: Role) -> None:
    kind = part.text("type")
    if isinstance(part.value, str):
        draft.say(role, part.value)
    elif kind in TEXT:
        draft.say(role, part.text("text"))
    elif kind == "tool_use":
        draft.call(part.text("name"), part.get("input"), part.text("id"))
    elif kind == "tool_result":
        tool, call_id = draft.answered("", part.text("tool_use_id"))
        failed = part.get("is_error")
        read_result(
            draft, part.get("content"), tool, call_id, failed is not None and failed.value is True
        )
    elif kind in MEDIA:
        draft.media(part, kind)
    else:
        draft.opaque(part, part.text("thinking"))


def read_gemini_part(draft: Draft, part: Node, role: Role) -> None:
    """A part of a Gemini content; keys come in camel and in snake case."""
    thought = part.get("thought")
    text = part.get("text")
    call = part.get("functionCall") or part.get("function_call")
    answer = part.get("functionResponse") or part.get("function_response")
    media = part.get("inlineData") or part.get("inline_data") or part.get("fileData")
    if thought is not None and thought.value is True:
        draft.opaque(part, part.text("text"))
    elif text is not None and isinstance(text.value, str):
        draft.say(role, text.value)
    elif call is not None:
        draft.call(call.text("name"), call.get("args"), call.text("id"))
    elif answer is not None:
        tool, call_id = draft.answered(answer.text("name"), answer.text("id"))
        _read_response(draft, answer.get("response"), tool, call_id)
        for extra in answer.children("parts"):
            draft.media(extra, "media", call_id)
    elif media is not None:
        draft.media(part, "media")
    else:
        draft.opaque(part)


def _read_response(draft: Draft, response: Node | None, tool: str, call_id: str) -> None:
    """A function's response is an object: the strings right in it and its text parts are text."""
    if response is None:
        return
    if not isinstance(response.value, dict):
        draft.result(response, tool, call_id)
        return
    for value in response.value.values():
        if isinstance(value.value, list) and any(part.text("type") in TEXT for part in value.value):
            read_result(draft, value, tool, call_id, failed=False)
        else:
            draft.result(value, tool, call_id)
