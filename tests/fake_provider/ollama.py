"""Ollama's own API: what is refused, and what answers look like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aicontext.domain.usage import Billed
from fake_provider.billing import Rejected
from fake_provider.script import Answer, pieces

Json = Any


def check(request: Json, headers: Mapping[str, str]) -> None:
    """Raises Rejected for a request that it would refuse."""
    if not request.get("model"):
        raise Rejected(400, "", "model is required")


def error(rejected: Rejected, number: int) -> dict[str, Json]:
    return {"error": rejected.message}


def whole(answer: Answer, request: Json, billed: Billed, number: int) -> bytes:
    """An answer in one piece."""
    return json.dumps({**_line(request, _message(answer, answer.text)), **_end(billed)}).encode()


def stream(answer: Answer, request: Json, billed: Billed, number: int) -> list[bytes]:
    """A line of JSON for each piece."""
    lines = [_line(request, {"role": "assistant", "content": p}) for p in pieces(answer.text)]
    lines.append({**_line(request, _message(answer, "")), **_end(billed)})
    return [json.dumps(line).encode() + b"\n" for line in lines]


def _message(answer: Answer, text: str) -> Json:
    message: dict[str, Json] = {"role": "assistant", "content": text}
    if answer.calls:
        message["tool_calls"] = [
            {"function": {"name": call.name, "arguments": dict(call.arguments)}}
            for call in answer.calls
        ]
    return message


def _line(request: Json, message: Json) -> dict[str, Json]:
    found = {"model": request["model"], "created_at": "2026-11-20T10:00:00.000000Z", "done": False}
    return (
        {**found, "response": message["content"]}
        if "prompt" in request
        else {**found, "message": message}
    )


def _end(billed: Billed) -> dict[str, Json]:
    return {
        "done": True,
        "done_reason": "stop",
        "total_duration": 1_000_000,
        "prompt_eval_count": billed.all_input,
        "eval_count": billed.output,
    }
