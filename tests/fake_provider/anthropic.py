"""Anthropic Messages: what is refused, and what answers look like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from aicontext.domain.usage import Billed
from fake_provider.billing import Rejected
from fake_provider.script import Answer, is_sealed, named, pieces, seal

Json = Any

_PAIRED = {("context_management",): "context-management-", ("output_config", "effort"): "effort-"}
"""Fields that only come with a beta."""


def check(request: Json, headers: Mapping[str, str]) -> None:
    """Raises Rejected, in the provider's words, for a request that it would refuse."""
    for name in ("model", "max_tokens", "messages"):
        if name not in request:
            _refuse(f"{name}: Field required")
    for path, beta in _PAIRED.items():
        found = reduce(lambda at, name: (at or {}).get(name), path, request)
        if found is not None and beta not in headers.get("anthropic-beta", ""):
            _refuse(f"{'.'.join(path)}: Extra inputs are not permitted")
    messages = request["messages"]
    if not messages:
        _refuse("messages: at least one message is required")
    for at, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant"):
            _refuse(f"messages.{at}.role: Input should be 'user' or 'assistant'")
        for place, block in enumerate(blocks(message)):
            _check_block(f"messages.{at}.content.{place}", block)
    if messages[0]["role"] != "user":
        _refuse('messages: first message must use the "user" role')
    _check_pairs(messages)
    if (request.get("thinking") or {}).get("type") == "enabled":
        _check_last_answer(messages)


def blocks(message: Json) -> Sequence[Json]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content or ()


def _check_block(place: str, block: Json) -> None:
    match block.get("type"):
        case "text" if not block.get("text"):
            _refuse("messages: text content blocks must be non-empty")
        case "thinking" if not is_sealed(block["thinking"], block.get("signature")):
            _refuse(f"{place}: Invalid `signature` in `thinking` block")
        case "redacted_thinking" if not is_sealed("redacted", block.get("data")):
            _refuse(f"{place}: Invalid `data` in `redacted_thinking` block")


def _check_pairs(messages: Sequence[Json]) -> None:
    """Each tool_use is answered at once, and nothing else is."""
    for at, message in enumerate([*messages, {}]):
        before = messages[at - 1] if at else {}
        called = _ids(before, "tool_use", "id") if before.get("role") == "assistant" else []
        answered = _ids(message, "tool_result", "tool_use_id")
        for place, block in enumerate(blocks(message)):
            if block.get("type") == "tool_result" and block["tool_use_id"] not in called:
                _refuse(
                    f"messages.{at}.content.{place}: unexpected `tool_use_id` found in "
                    f"`tool_result` blocks: {block['tool_use_id']}. Each `tool_result` block must "
                    "have a corresponding `tool_use` block in the previous message."
                )
        if lost := [one for one in called if one not in answered]:
            _refuse(
                f"messages.{at - 1}: `tool_use` ids were found without `tool_result` blocks "
                f"immediately after: {', '.join(lost)}. Each `tool_use` block must have a "
                "corresponding `tool_result` block in the next message."
            )


def _ids(message: Json, kind: str, key: str) -> list[str]:
    return [block[key] for block in blocks(message) if block.get("type") == kind]


def _check_last_answer(messages: Sequence[Json]) -> None:
    """Inside a tool loop the last answer keeps the thinking that it began with."""
    last = next((m for m in reversed(messages) if m["role"] == "assistant"), None)
    kinds = [block["type"] for block in blocks(last or {})]
    if "tool_use" in kinds and kinds[0] not in ("thinking", "redacted_thinking"):
        at = messages.index(last)
        _refuse(
            f"messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
            f"`{kinds[0]}`. When `thinking` is enabled, a final `assistant` message must start "
            "with a thinking block."
        )


def _refuse(message: str) -> None:
    raise Rejected(400, "invalid_request_error", message)


def usage(billed: Billed) -> dict[str, Json]:
    return {
        "input_tokens": billed.input,
        "cache_creation_input_tokens": billed.cache_write + billed.cache_write_1h,
        "cache_read_input_tokens": billed.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": billed.cache_write,
            "ephemeral_1h_input_tokens": billed.cache_write_1h,
        },
        "output_tokens": billed.output,
        "service_tier": "standard",
    }


def whole(answer: Answer, request: Json, billed: Billed, number: int) -> bytes:
    """A message in one piece."""
    return json.dumps(
        {**_start(request, billed, number), **_end(answer), "content": _content(answer, number)}
    ).encode()


def stream(answer: Answer, request: Json, billed: Billed, number: int) -> list[bytes]:
    """Server-sent events, as recorded: a ping after the first block's start."""
    message = {**_start(request, billed, number), "content": []}
    message["usage"] = {**message["usage"], "output_tokens": 1}
    events: list[Json] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(_content(answer, number)):
        events += _block_events(index, block)
        if not index:
            events.insert(2, {"type": "ping"})
    end = _end(answer)
    events.append(
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": billed.output}}
    )
    return [event(one) for one in [*events, {"type": "message_stop"}]]


def event(data: Json) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def error(rejected: Rejected, number: int) -> dict[str, Json]:
    found = {"type": rejected.kind, "message": rejected.message}
    return {"type": "error", "error": found, "request_id": f"req_fake{number:06}"}


def _block_events(index: int, block: Json) -> Iterator[Json]:
    match block["type"]:
        case "thinking":
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [
                *({"type": "thinking_delta", "thinking": p} for p in pieces(block["thinking"])),
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        case "tool_use":
            empty = {**block, "input": {}}
            parts = ["", *pieces(json.dumps(block["input"]))]
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
        case _:
            empty = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": part} for part in pieces(block["text"])]
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _start(request: Json, billed: Billed, number: int) -> dict[str, Json]:
    return {
        "id": f"msg_fake{number:06}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage(billed),
    }


def _end(answer: Answer) -> dict[str, Json]:
    return {"stop_reason": "tool_use" if answer.calls else "end_turn", "stop_sequence": None}


def _content(answer: Answer, number: int) -> list[Json]:
    found: list[Json] = []
    if answer.thinking:
        signature = seal(answer.thinking)
        found.append({"type": "thinking", "thinking": answer.thinking, "signature": signature})
    if answer.text or not answer.calls:
        found.append({"type": "text", "text": answer.text or "Done."})
    for name, call in named(answer, "toolu_fake", number):
        found.append(
            {"type": "tool_use", "id": name, "name": call.name, "input": dict(call.arguments)}
        )
    return found
