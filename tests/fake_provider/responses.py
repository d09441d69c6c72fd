"""OpenAI Responses: what is refused, and what answers look like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from aicontext.domain.usage import Billed
from fake_provider.billing import Rejected
from fake_provider.chat import refuse
from fake_provider.script import Answer, is_sealed, named, pieces, seal

Json = Any

_CALLS = ("function_call", "custom_tool_call", "local_shell_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output", "local_shell_call_output")


def items(request: Json) -> list[Json]:
    """The request's input as items."""
    given = request.get("input") or []
    return [{"role": "user", "content": given}] if isinstance(given, str) else list(given)


def check(request: Json, headers: Mapping[str, str], before: Sequence[Json] = ()) -> None:
    """Raises Rejected, in the provider's words; before: items kept from earlier responses."""
    if not request.get("model"):
        refuse("Missing required parameter: 'model'.", "model", "missing_required_parameter")
    every = [*before, *items(request)]
    called = [item["call_id"] for item in every if item.get("type") in _CALLS]
    answered = [item["call_id"] for item in every if item.get("type") in _OUTPUTS]
    for one in answered:
        if one not in called:
            refuse(f"No tool call found for function call output with call_id {one}.", "input")
    for one in called:
        if one not in answered:
            refuse(f"No tool output found for function call {one}.", "input")
    for item in every:
        _check_item(item, request)


def _check_item(item: Json, request: Json) -> None:
    match item.get("type"):
        case "reasoning" if sealed := item.get("encrypted_content"):
            if not is_sealed("reasoning " + item["id"], sealed):
                refuse(
                    f"The encrypted content for item {item['id']} could not be verified.",
                    None,
                    "invalid_encrypted_content",
                )
        case "item_reference":
            raise Rejected(
                404,
                "invalid_request_error",
                f"Item with id '{item['id']}' not found. Items are not persisted when `store` is "
                "set to false. Try again with `store` set to true, or remove this item from your "
                "input.",
            )


def usage(billed: Billed) -> dict[str, Json]:
    return {
        "input_tokens": billed.all_input,
        "input_tokens_details": {"cached_tokens": billed.cache_read},
        "output_tokens": billed.output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": billed.all_input + billed.output,
    }


def output(answer: Answer, number: int) -> list[Json]:
    """The items of an answer."""
    found: list[Json] = []
    if answer.thinking:
        name = f"rs_fake{number:06}"
        summary = [{"type": "summary_text", "text": answer.thinking}]
        sealed = seal("reasoning " + name)
        found.append(
            {"id": name, "type": "reasoning", "summary": summary, "encrypted_content": sealed}
        )
    if answer.text or not answer.calls:
        part = {"type": "output_text", "text": answer.text or "Done.", "annotations": []}
        message = {"id": f"msg_fake{number:06}", "type": "message", "role": "assistant"}
        found.append({**message, "status": "completed", "content": [part]})
    for index, (name, call) in enumerate(named(answer, "call_fake", number)):
        found.append(
            {
                "id": f"fc_fake{number:06}{index:02}",
                "type": "function_call",
                "status": "completed",
                "call_id": name,
                "name": call.name,
                "arguments": call.json,
            }
        )
    return found


def whole(answer: Answer, request: Json, billed: Billed, number: int) -> bytes:
    """A response in one piece."""
    return json.dumps(_response(answer, request, billed, number)).encode()


def events(answer: Answer, request: Json, billed: Billed, number: int) -> list[Json]:
    """The events in the order of their sequence numbers; usage stands in the last one."""
    done = _response(answer, request, billed, number)
    begun = {**done, "status": "in_progress", "output": [], "usage": None}
    numbers = count()
    found = [{"type": f"response.{kind}", "response": begun} for kind in ("created", "in_progress")]
    for index, item in enumerate(done["output"]):
        found += _item_events(index, item)
    found.append({"type": "response.completed", "response": done})
    return [{**one, "sequence_number": next(numbers)} for one in found]


def stream(answer: Answer, request: Json, billed: Billed, number: int) -> list[bytes]:
    """The same as server-sent events."""
    return [
        f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode()
        for one in events(answer, request, billed, number)
    ]


def _item_events(index: int, item: Json) -> Iterator[Json]:
    at = {"output_index": index, "item_id": item["id"]}
    empty = {**item, "status": "in_progress"}
    if item["type"] == "message":
        yield _added(index, {**empty, "content": []})
        yield from _text_events({**at, "content_index": 0}, item["content"][0])
    elif item["type"] == "function_call":
        yield _added(index, {**empty, "arguments": ""})
        for piece in pieces(item["arguments"]):
            yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
        done = {"arguments": item["arguments"]}
        yield {"type": "response.function_call_arguments.done", **at, **done}
    else:
        yield _added(index, {**empty, "summary": []})
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _added(index: int, item: Json) -> Json:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def _text_events(at: Json, part: Json) -> Iterator[Json]:
    yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
    for piece in pieces(part["text"]):
        yield {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **at, "part": part}


def _response(answer: Answer, request: Json, billed: Billed, number: int) -> dict[str, Json]:
    return {
        "id": f"resp_fake{number:06}",
        "object": "response",
        "created_at": 1_780_000_000,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "model": request["model"],
        "output": output(answer, number),
        "parallel_tool_calls": True,
        "previous_response_id": request.get("previous_response_id"),
        "store": request.get("store", True),
        "tool_choice": request.get("tool_choice", "auto"),
        "tools": request.get("tools", []),
        "usage": usage(billed),
        "metadata": {},
    }
