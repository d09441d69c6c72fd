"""Request bodies as the parts that a provider renders them to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from fake_provider.billing import HOUR_1, MINUTES_5, Part, Prompt, Rejected

Count = Callable[[str], int]
Json = Any

IMAGE_TOKENS = 1500
_ATTRIBUTION = "x-anthropic-billing-header:"
_NOTHING: Mapping[str, Json] = {}


class Number(str):
    """A float as it was spelled: 1e5 and 100000.0 are not the same prompt."""


class Renderer:
    """Renders bodies; counts each text once. count: tokens of a text."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._known: dict[Hashable, tuple[bytes, int, str]] = {}

    def anthropic(self, body: bytes) -> Prompt:
        """tools -> system -> messages; a block's digest does not cover its cache_control.

        Claude Code's attribution, a system block of its own and the first, is not in the prompt.
        """
        request = parse(body)
        parts = _Parts(self)
        for tool in request.get("tools") or ():
            parts.add(tool)
        for index, block in enumerate(_blocks(request.get("system"))):
            if index or not text_of(block).startswith(_ATTRIBUTION):
                parts.add(block)
        first = len(parts.found)
        settings = json.dumps([request.get("tool_choice"), request.get("thinking")])
        for message in request.get("messages") or ():
            for block in _blocks(message.get("content")):
                parts.add(block, message["role"] + settings)
                settings = ""
        if parts.found and (control := request.get("cache_control")):
            last = parts.found[-1]
            parts.found[-1] = Part(last.digest, last.tokens, _hold(control))
        return Prompt(request.get("model", ""), tuple(parts.found), first, tuple(parts.texts))

    def responses(self, body: bytes, before: Iterable[Json] = ()) -> Prompt:
        """tools -> instructions -> input. before: items the server keeps from earlier calls."""
        request = parse(body)
        given = request.get("input") or ()
        items = [{"role": "user", "content": given}] if isinstance(given, str) else given
        return self._openai(request, [request.get("instructions")], [*before, *items])

    def chat(self, body: bytes) -> Prompt:
        """tools -> messages."""
        request = parse(body)
        return self._openai(request, [], request.get("messages") or ())

    def gemini(self, body: bytes, model: str) -> Prompt:
        """tools -> systemInstruction -> contents, each part of them by itself."""
        request = parse(body)
        system = request.get("systemInstruction") or request.get("system_instruction") or _NOTHING
        parts = _Parts(self)
        for block in (*(request.get("tools") or ()), *system.get("parts", ())):
            parts.add(block)
        first = len(parts.found)
        for content in request.get("contents") or ():
            for block in content.get("parts", ()):
                parts.add(block, content.get("role", "user"))
        return Prompt(model, tuple(parts.found), first, tuple(parts.texts))

    def part(self, block: Json, role: str, hold: int) -> tuple[Part, str]:
        """The block as a part, and its text."""
        key = _flat(block, role) or role + json.dumps(block, ensure_ascii=False)
        if (known := self._known.get(key)) is None:
            spelled = role + json.dumps(block, ensure_ascii=False)
            digest = hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).digest()
            text = text_of(block)
            tokens = self.tokens(text) or IMAGE_TOKENS * _is_image(block)
            known = self._known[key] = digest, tokens, text
        return Part(known[0], known[1], hold), known[2]

    def tokens(self, text: str) -> int:
        return self._count(text)

    def _openai(self, request: Json, system: Iterable[Json], items: Iterable[Json]) -> Prompt:
        parts = _Parts(self)
        for block in (*(request.get("tools") or ()), *system):
            if block:
                parts.add(block)
        first = len(parts.found)
        for item in items:
            parts.add(item)
        return Prompt(request.get("model", ""), tuple(parts.found), first, tuple(parts.texts))


class _Parts:
    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self.found: list[Part] = []
        self.texts: list[str] = []

    def add(self, block: Json, role: str = "") -> None:
        hold = 0
        if isinstance(block, dict) and (control := block.pop("cache_control", None)):
            hold = _hold(control)
            if block.get("type") == "text" and not block.get("text"):
                raise Rejected(
                    400,
                    "invalid_request_error",
                    "cache_control cannot be set for empty text blocks",
                )
        part, text = self._renderer.part(block, role, hold)
        self.found.append(part)
        self.texts.append(text)


def parse(body: bytes) -> Json:
    """The JSON of a body, its floats as they were spelled. Raises Rejected."""
    try:
        request = json.loads(body, parse_float=Number)
    except ValueError as error:
        raise Rejected(400, "invalid_request_error", f"The body is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise Rejected(400, "invalid_request_error", "The body must be a JSON object.")
    return request


def text_of(block: Json) -> str:
    """What the model reads of a block of any protocol; media are left out."""
    if isinstance(block, str):
        return block
    if isinstance(block, list):
        return "\n".join(map(text_of, block))
    match block.get("type", ""):
        case "text" | "input_text" | "output_text":
            return str(block["text"])
        case "tool_result":
            return text_of(block.get("content") or "")
        case "tool_use":
            return f"{block['name']} {json.dumps(block['input'], ensure_ascii=False)}"
        case "thinking":
            return str(block["thinking"])
        case "function_call" | "custom_tool_call":
            return f"{block['name']} {block.get('arguments', block.get('input'))}"
        case "function_call_output" | "custom_tool_call_output":
            return text_of(block["output"])
    return "" if _is_image(block) else _untyped(block)


def _untyped(block: Json) -> str:
    """A chat message, a Responses message, a part of Gemini's, or a tool."""
    if "role" in block:
        calls = [call["function"] for call in block.get("tool_calls") or ()]
        said = [text_of(block.get("content") or "")]
        return "\n".join([*said, *(f"{call['name']} {call['arguments']}" for call in calls)])
    if "text" in block:
        return str(block["text"])
    return json.dumps(block, ensure_ascii=False)


def _flat(block: Json, role: str) -> Hashable:
    """Names the block without spelling it out, where it holds nothing but strings."""
    if isinstance(block, dict) and all(type(value) is str for value in block.values()):
        return (role, *block.items())
    return None


def _is_image(block: Json) -> bool:
    return isinstance(block, dict) and block.get("type") in ("image", "input_image", "image_url")


def _blocks(content: Json) -> list[Json]:
    """A string is one block of text."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content or ())


def _hold(control: Json) -> int:
    return HOUR_1 if control.get("ttl") == "1h" else MINUTES_5
