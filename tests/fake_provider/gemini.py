"""Gemini generateContent: what is refused, and what answers look like."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aicontext.domain.usage import Billed
from fake_provider.billing import Rejected
from fake_provider.script import Answer, is_sealed, pieces, seal

Json = Any


def check(request: Json, headers: Mapping[str, str]) -> None:
    """Raises Rejected, in the provider's words, for a request that it would refuse."""
    contents = request.get("contents")
    if not contents:
        _refuse("* GenerateContentRequest.contents: contents is not specified")
    for at, content in enumerate(contents):
        if content.get("role", "user") not in ("user", "model"):
            _refuse("Please use a valid role: user, model.")
        calls = _parts(content, "functionCall")
        after = contents[at + 1] if at + 1 < len(contents) else {}
        if len(_parts(after, "functionResponse")) != len(calls):
            _refuse(
                "Please ensure that the number of function response parts is equal to the number "
                "of function call parts of the function call turn."
            )
        if calls:
            _check_signature(at, calls[0])
    if _parts(contents[0], "functionResponse"):
        _refuse("Please ensure that function response turn comes after a function call turn.")


def _check_signature(at: int, part: Json) -> None:
    """Of parallel calls the first carries it."""
    name = part["functionCall"]["name"]
    if "thoughtSignature" not in part:
        _refuse(
            f"Function call is missing a thought_signature in functionCall parts. This is required "
            f"for tools to work correctly. Function call `default_api:{name}`, position {at}."
        )
    # Google's own SDK sends the bytes back in the other alphabet of base64.
    signature = part["thoughtSignature"].replace("-", "+").replace("_", "/")
    if not is_sealed(_sealed(part["functionCall"]), signature):
        _refuse("Thought signature is not valid")


def _parts(content: Json, key: str) -> list[Json]:
    return [part for part in content.get("parts", ()) if key in part]


def _sealed(call: Json) -> str:
    return f"{call['name']} {json.dumps(call.get('args', {}))}"


def _refuse(message: str) -> None:
    raise Rejected(400, "INVALID_ARGUMENT", message)


def error(rejected: Rejected, number: int) -> dict[str, Json]:
    return {
        "error": {
            "code": rejected.status,
            "message": rejected.message,
            "status": rejected.kind,
        }
    }


def usage(billed: Billed) -> dict[str, Json]:
    found = {
        "promptTokenCount": billed.all_input,
        "candidatesTokenCount": billed.output,
        "totalTokenCount": billed.all_input + billed.output,
    }
    return {**found, "cachedContentTokenCount": billed.cache_read} if billed.cache_read else found


def whole(answer: Answer, request: Json, billed: Billed, number: int) -> bytes:
    """An answer in one piece."""
    return json.dumps(_chunk(_said(answer, answer.text), request, billed, number, "STOP")).encode()


def chunks(answer: Answer, request: Json, billed: Billed, number: int) -> list[Json]:
    """The answers of a stream; the usage repeats, and the last one holds."""
    told = pieces(answer.text, 48)
    first = [
        _chunk([{"text": piece}], request, Billed(billed.input, billed.cache_read), number, "")
        for piece in told
    ]
    last = _said(answer, "") or [{"text": ""}]
    return [*first, _chunk(last, request, billed, number, "STOP")]


def stream(answer: Answer, request: Json, billed: Billed, number: int) -> list[bytes]:
    """The stream with alt=sse."""
    every = chunks(answer, request, billed, number)
    return [f"data: {json.dumps(chunk)}\r\n\r\n".encode() for chunk in every]


def array(answer: Answer, request: Json, billed: Billed, number: int) -> list[bytes]:
    """The stream without it: one JSON array, in pieces."""
    every = [json.dumps(chunk).encode() for chunk in chunks(answer, request, billed, number)]
    return [b"[" + every[0], *(b",\r\n" + one for one in every[1:]), b"]"]


def _chunk(parts: Sequence[Json], request: Json, billed: Billed, number: int, why: str) -> Json:
    candidate: dict[str, Json] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if why:
        candidate["finishReason"] = why
    return {
        "candidates": [candidate],
        "usageMetadata": usage(billed),
        "modelVersion": request.get("model", "gemini-3-pro"),
        "responseId": f"fake{number:06}",
    }


def _said(answer: Answer, text: str) -> list[Json]:
    parts: list[Json] = [{"text": text}] if text else []
    for index, call in enumerate(answer.calls):
        made: dict[str, Json] = {"name": call.name, "args": dict(call.arguments)}
        part: dict[str, Json] = {"functionCall": made}
        if not index:
            part["thoughtSignature"] = seal(_sealed(made))
        parts.append(part)
    return parts
