"""OpenAI Chat Completions: what is refused, and what answers look like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aicontext.domain.usage import Billed
from fake_provider.billing import Rejected
from fake_provider.script import Answer, named, pieces

Json = Any

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


def check(request: Json, headers: Mapping[str, str]) -> None:
    """Raises Rejected, in the provider's words, for a request that it would refuse."""
    if not request.get("model"):
        refuse("you must provide a model parameter")
    messages = request.get("messages")
    if not messages:
        refuse("Missing required parameter: 'messages'.", "messages")
    waiting: list[str] = []
    for at, message in enumerate(messages):
        role = message.get("role")
        if role not in _ROLES:
            refuse(
                f"Invalid value: '{role}'. Supported values are: {_ROLES}.", f"messages[{at}].role"
            )
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                refuse(
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceeding message with 'tool_calls'.",
                    f"messages.[{at}].role",
                )
            waiting.remove(message["tool_call_id"])
            continue
        _none_left(waiting, at)
        waiting = [call["id"] for call in message.get("tool_calls") or ()]
    _none_left(waiting, len(messages))


def _none_left(waiting: list[str], at: int) -> None:
    if waiting:
        refuse(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(waiting),
            f"messages.[{at}].role",
        )


def refuse(message: str, param: str | None = None, code: str | None = None) -> None:
    found = Rejected(400, "invalid_request_error", message)
    found.param, found.code = param, code
    raise found


def error(rejected: Rejected, number: int) -> dict[str, Json]:
    return {
        "error": {
            "message": rejected.message,
            "type": rejected.kind,
            "param": rejected.param,
            "code": rejected.code,
        }
    }


def usage(billed: Billed) -> dict[str, Json]:
    return {
        "prompt_tokens": billed.all_input,
        "completion_tokens": billed.output,
        "total_tokens": billed.all_input + billed.output,
        "prompt_tokens_details": {"cached_tokens": billed.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def whole(answer: Answer, request: Json, billed: Billed, number: int) -> bytes:
    """A completion in one piece."""
    message: dict[str, Json] = {
        "role": "assistant",
        "content": answer.text or None,
        "refusal": None,
    }
    if answer.calls:
        message["tool_calls"] = _calls(answer, number)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _why(answer)}
    found = {**_start(request, number, "chat.completion"), "choices": [choice]}
    return json.dumps({**found, "usage": usage(billed)}).encode()


def stream(answer: Answer, request: Json, billed: Billed, number: int) -> list[bytes]:
    """Chunks; a last one with the usage where the request asks for it."""
    wanted = (request.get("stream_options") or {}).get("include_usage")
    start = _start(request, number, "chat.completion.chunk")
    if wanted:
        start["usage"] = None
    deltas: list[Json] = [{"role": "assistant", "content": "", "refusal": None}]
    deltas += [{"content": piece} for piece in pieces(answer.text)]
    for index, call in enumerate(_calls(answer, number)):
        function = {"name": call["function"]["name"], "arguments": ""}
        deltas.append({"tool_calls": [{"index": index, **call, "function": function}]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in pieces(call["function"]["arguments"])
        ]
    chunks = [_chunk(start, delta, None) for delta in deltas]
    chunks.append(_chunk(start, {}, _why(answer)))
    if wanted:
        chunks.append({**start, "choices": [], "usage": usage(billed)})
    return [*(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks), b"data: [DONE]\n\n"]


def _chunk(start: Json, delta: Json, why: str | None) -> Json:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": why}
    return {**start, "choices": [choice]}


def _start(request: Json, number: int, kind: str) -> dict[str, Json]:
    return {
        "id": f"chatcmpl-fake{number:06}",
        "object": kind,
        "created": 1_780_000_000,
        "model": request["model"],
        "service_tier": "default",
        "system_fingerprint": "fp_fake",
    }


def _why(answer: Answer) -> str:
    return "tool_calls" if answer.calls else "stop"


def _calls(answer: Answer, number: int) -> list[Json]:
    return [
        {"id": name, "type": "function", "function": {"name": call.name, "arguments": call.json}}
        for name, call in named(answer, "call_fake", number)
    ]
