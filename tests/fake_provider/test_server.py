import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import zstandard
from aiohttp import ClientSession

from fake_provider.script import Answer, Fault, ToolCall, seal
from fake_provider.server import Provider, serve

READ = ToolCall("Read", {"path": "a.py", "limit": 1e5})
KEY = {"x-api-key": "k"}


@asynccontextmanager
async def client(provider: Provider) -> AsyncIterator[ClientSession]:
    runner, port = await serve(provider)
    try:
        async with ClientSession(f"http://127.0.0.1:{port}", headers=KEY) as session:
            yield session
    finally:
        await runner.cleanup()


def run(provider: Provider, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        async with client(provider) as session:
            return await work(session)

    return asyncio.run(go())


def post(
    provider: Provider, path: str, body: Any, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    async def work(session: ClientSession) -> tuple[int, bytes]:
        async with session.post(path, json=body, headers=headers) as response:
            return response.status, await response.read()

    found: tuple[int, bytes] = run(provider, work)
    return found


def claude(*messages: Any, **rest: Any) -> dict[str, Any]:
    return {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": list(messages), **rest}


def said(role: str, *content: Any) -> dict[str, Any]:
    return {"role": role, "content": content[0] if isinstance(content[0], str) else list(content)}


def events(raw: bytes) -> list[dict[str, Any]]:
    lines = [line for line in raw.decode().splitlines() if line.startswith("data: {")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def refusal(path: str, body: Any, headers: dict[str, str] | None = None) -> str:
    status, raw = post(Provider(), path, body, headers)
    assert status == 400
    return str(json.loads(raw)["error"]["message"])


CALL = {"type": "tool_use", "id": "t1", "name": "Read", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "text"}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": seal("Hm.")}


def test_a_message_streams_as_recorded() -> None:
    provider = Provider(script=[Answer("Let me look.", (READ,), thinking="Where is it?")])
    _, raw = post(provider, "/v1/messages?beta=true", claude(said("user", "Hi"), stream=True))
    found = events(raw)
    kinds = [one["type"] for one in found]
    assert kinds[:3] == ["message_start", "content_block_start", "ping"]
    assert kinds[-2:] == ["message_delta", "message_stop"]
    deltas = [one["delta"] for one in found if one["type"] == "content_block_delta"]
    assert "".join(d.get("thinking", "") for d in deltas) == "Where is it?"
    assert [d["signature"] for d in deltas if "signature" in d] == [seal("Where is it?")]
    given = json.loads("".join(d.get("partial_json", "") for d in deltas))
    assert given == READ.arguments
    assert found[-2]["delta"]["stop_reason"] == "tool_use"


def test_what_is_streamed_comes_back_whole_without_a_stream() -> None:
    provider = Provider(script=[Answer("Let me look.", (READ,), thinking="Where?")])
    _, raw = post(provider, "/v1/messages", claude(said("user", "Hi")))
    blocks = json.loads(raw)["content"]
    assert [block["type"] for block in blocks] == ["thinking", "text", "tool_use"]
    provider.script = [Answer("Found.")]
    result = {**RESULT, "tool_use_id": blocks[2]["id"]}
    again = claude(said("user", "Hi"), said("assistant", *blocks), said("user", result))
    assert post(provider, "/v1/messages", again)[0] == 200


def test_usage_is_billed_by_the_cache() -> None:
    provider = Provider(count=lambda text: len(text.split()))
    mark = {"cache_control": {"type": "ephemeral"}}
    body = claude(said("user", {"type": "text", "text": "word " * 2000, **mark}))
    first = json.loads(post(provider, "/v1/messages", body, {"x-fake-now": "10"})[1])["usage"]
    second = json.loads(post(provider, "/v1/messages", body, {"x-fake-now": "309"})[1])["usage"]
    third = json.loads(post(provider, "/v1/messages", body, {"x-fake-now": "700"})[1])["usage"]
    assert first["cache_creation"]["ephemeral_5m_input_tokens"] == 2000
    assert (second["cache_read_input_tokens"], second["input_tokens"]) == (2000, 0)
    assert third["cache_creation_input_tokens"] == 2000


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "at least one message"),
        ([said("system", "Hi")], "Input should be 'user' or 'assistant'"),
        ([said("assistant", "Hi")], "first message must use"),
        ([said("user", {"type": "text", "text": ""})], "must be non-empty"),
        ([said("user", "Hi"), said("assistant", CALL)], "without `tool_result`"),
        (
            [said("user", "Hi"), said("assistant", CALL), said("user", "No")],
            "without `tool_result`",
        ),
        ([said("user", RESULT)], "unexpected `tool_use_id`"),
        (
            [said("user", "Hi"), said("assistant", {**THOUGHT, "thinking": "Hm"})],
            "Invalid `signature`",
        ),
    ],
)
def test_messages_are_refused_as_by_the_provider(messages: list[Any], words: str) -> None:
    assert words in refusal("/v1/messages", claude(*messages))


def test_thinking_may_not_be_dropped_in_a_tool_loop() -> None:
    talk = [said("user", "Hi"), said("assistant", CALL), said("user", RESULT)]
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    assert "must start with a thinking" in refusal("/v1/messages", claude(*talk, **thinking))
    talk[1] = said("assistant", THOUGHT, CALL)
    assert post(Provider(), "/v1/messages", claude(*talk, **thinking))[0] == 200


def test_a_beta_field_needs_its_header() -> None:
    body = claude(said("user", "Hi"), context_management={"edits": []})
    assert "Extra inputs" in refusal("/v1/messages", body)
    beta = {"anthropic-beta": "context-management-2025-06-27"}
    assert post(Provider(), "/v1/messages", body, beta)[0] == 200


def test_tokens_are_counted_without_a_bill() -> None:
    provider = Provider(count=lambda text: len(text.split()))
    body = {"model": "claude-sonnet-4-5", "messages": [said("user", "one two three")]}
    _, raw = post(provider, "/v1/messages/count_tokens", body)
    assert json.loads(raw) == {"input_tokens": 3}
    assert provider.received[0].billed is None


def gpt(*messages: Any, **rest: Any) -> dict[str, Any]:
    return {"model": "gpt-5", "messages": list(messages), **rest}


CHAT_CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}


def test_a_completion_streams_with_usage_only_where_asked() -> None:
    body = gpt(said("user", "Hi"), stream=True)
    answer = Answer("Looking.", (READ,))
    _, raw = post(Provider(script=[answer]), "/v1/chat/completions", body)
    assert raw.endswith(b"data: [DONE]\n\n")
    assert not any("usage" in chunk for chunk in events(raw))
    calls = [c for e in events(raw) for c in e["choices"][0]["delta"].get("tool_calls", ())]
    assert json.loads("".join(c["function"]["arguments"] for c in calls)) == READ.arguments
    body["stream_options"] = {"include_usage": True}
    last = events(post(Provider(script=[answer]), "/chat/completions", body)[1])[-1]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([said("tool", "x")], "must be a response to a preceeding"),
        ([said("user", "Hi"), CHAT_CALL], "did not have response messages: c1"),
        ([said("user", "Hi"), CHAT_CALL, said("user", "No")], "did not have response messages"),
    ],
)
def test_completions_are_refused_as_by_the_provider(messages: list[Any], words: str) -> None:
    assert words in refusal("/v1/chat/completions", gpt(*messages))


OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "text"}
FUNCTION = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}


def test_a_response_streams_in_the_order_of_its_numbers() -> None:
    provider = Provider(script=[Answer("Looking.", (READ,), thinking="Hm.")])
    _, raw = post(provider, "/v1/responses", {"model": "gpt-5", "input": "Hi", "stream": True})
    found = events(raw)
    assert [one["sequence_number"] for one in found] == list(range(len(found)))
    kinds = [one["type"].removeprefix("response.") for one in found]
    assert kinds[:3] == ["created", "in_progress", "output_item.added"]
    assert kinds[-1] == "completed"
    done = found[-1]["response"]
    assert [item["type"] for item in done["output"]] == ["reasoning", "message", "function_call"]
    assert done["usage"]["input_tokens_details"] == {"cached_tokens": 0}


def test_a_response_goes_on_from_the_one_before() -> None:
    provider = Provider(script=[Answer(calls=(ToolCall("f", {}, "c1"),))])
    first = json.loads(post(provider, "/v1/responses", {"model": "gpt-5", "input": "Hi"})[1])
    body = {"model": "gpt-5", "input": [OUTPUT], "previous_response_id": first["id"]}
    assert post(provider, "/v1/responses", body)[0] == 200
    body["previous_response_id"] = "resp_other"
    status, raw = post(provider, "/v1/responses", body)
    assert (status, json.loads(raw)["error"]["code"]) == (400, "previous_response_not_found")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([OUTPUT], "No tool call found"),
        ([FUNCTION], "No tool output found"),
        ([{"type": "reasoning", "id": "rs_1", "encrypted_content": "x"}], "could not be verified"),
    ],
)
def test_responses_are_refused_as_by_the_provider(items: list[Any], words: str) -> None:
    assert words in refusal("/v1/responses", {"model": "gpt-5", "input": items})


def test_responses_come_over_a_websocket_too() -> None:
    provider = Provider(script=[Answer(calls=(ToolCall("f", {}, "c1"),)), Answer("Found.")])

    async def work(session: ClientSession) -> list[Any]:
        async with session.ws_connect("/v1/responses") as socket:
            first = await exchange(socket, {"model": "gpt-5", "input": [said("user", "Hi")]})
            name = first[-1]["response"]["id"]
            more = {"model": "gpt-5", "input": [OUTPUT], "previous_response_id": name}
            second = await exchange(socket, more)
            await socket.send_json({"type": "response.create", "model": "gpt-5", "input": [OUTPUT]})
            return [first[-1], second[-1], await socket.receive_json()]

    first, second, refused = run(provider, work)
    assert first["type"] == second["type"] == "response.completed"
    assert (refused["type"], refused["status"]) == ("error", 400)


async def exchange(socket: aiohttp.ClientWebSocketResponse, request: Any) -> list[Any]:
    await socket.send_json({"type": "response.create", **request})
    found: list[Any] = []
    while not found or found[-1]["type"] != "response.completed":
        found.append(await socket.receive_json())
    return found


GEMINI = "/v1beta/models/gemini-3-pro"


def test_gemini_streams_events_or_an_array() -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    answer = Answer("Looking into it now, as you asked me to, file by file.", (READ,))
    _, raw = post(Provider(script=[answer]), f"{GEMINI}:streamGenerateContent?alt=sse", body)
    _, array = post(Provider(script=[answer]), f"{GEMINI}:streamGenerateContent", body)
    assert events(raw) == json.loads(array)
    parts = [part for one in events(raw) for part in one["candidates"][0]["content"]["parts"]]
    assert "".join(part.get("text", "") for part in parts) == answer.text
    assert parts[-1]["thoughtSignature"]


def test_gemini_wants_its_signature_back() -> None:
    body: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    provider = Provider(script=[Answer(calls=(READ,))])
    answer = json.loads(post(provider, f"{GEMINI}:generateContent", body)[1])
    content = answer["candidates"][0]["content"]
    result = {"functionResponse": {"name": "Read", "response": {"output": "x"}}}
    body["contents"] += [content, {"role": "user", "parts": [result]}]
    assert post(provider, f"{GEMINI}:generateContent", body)[0] == 200
    del content["parts"][0]["thoughtSignature"]
    assert "missing a thought_signature" in refusal(f"{GEMINI}:generateContent", body)
    del body["contents"][2]
    assert "number of function response" in refusal(f"{GEMINI}:generateContent", body)


def test_ollama_streams_lines() -> None:
    body = {"model": "qwen3", "messages": [said("user", "Hi")]}
    _, raw = post(
        Provider(script=[Answer("A longer answer than one piece holds.")]), "/api/chat", body
    )
    lines = [json.loads(line) for line in raw.splitlines()]
    assert "".join(line["message"]["content"] for line in lines).startswith("A longer answer")
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]


def test_requests_are_kept_as_they_came() -> None:
    provider, body = Provider(), json.dumps(claude(said("user", "Hi"))).encode()
    packed = {"gzip": gzip.compress(body), "zstd": zstandard.compress(body), "identity": body}

    async def work(session: ClientSession) -> None:
        for name, raw in packed.items():
            headers = {"Content-Encoding": name, "X-Odd-Case": "ä"}
            async with session.post("/v1/messages", data=raw, headers=headers) as response:
                assert response.status == 200

    run(provider, work)
    assert [one.body for one in provider.received] == list(packed.values())
    assert all(("X-Odd-Case", "ä") in _utf8(one.headers) for one in provider.received)


def _utf8(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(name, value.encode("latin-1").decode()) for name, value in headers]


def test_without_a_key_nothing_is_answered() -> None:
    status, raw = post(Provider(), "/v1/messages", claude(said("user", "Hi")), {"x-api-key": ""})
    assert (status, json.loads(raw)["error"]["type"]) == (401, "authentication_error")


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit_error"), (529, "overloaded_error")])
def test_overload_says_when_to_come_back(status: int, kind: str) -> None:
    async def work(session: ClientSession) -> tuple[int, str, Any]:
        headers = {"x-fake-fault": f"status={status};retry-after=7"}
        async with session.post("/v1/messages", json={}, headers=headers) as response:
            return response.status, response.headers["retry-after"], await response.json()

    found, wait, body = run(Provider(), work)
    assert (found, wait, body["error"]["type"]) == (status, "7", kind)


@pytest.mark.parametrize("stream", [True, False])
def test_a_reset_cuts_the_answer_at_its_byte(stream: bool) -> None:
    provider = Provider(faults=[Fault("reset", 120)])

    async def work(session: ClientSession) -> bytes:
        body = claude(said("user", "Hi"), stream=stream)
        async with session.post("/v1/messages", json=body) as response:
            got = await response.content.readexactly(120)
            with pytest.raises(aiohttp.ClientError):
                await response.content.read()
        return got

    assert len(run(provider, work)) == 120


def test_a_truncated_answer_ends_as_if_it_were_whole() -> None:
    provider = Provider(faults=[Fault("truncate", 50)])
    status, raw = post(provider, "/v1/messages", claude(said("user", "Hi")))
    assert (status, len(raw)) == (200, 50)
    with pytest.raises(json.JSONDecodeError):
        json.loads(raw)


def test_a_stalled_answer_sends_nothing_more() -> None:
    provider = Provider(faults=[Fault("stall", 60)])

    async def work(session: ClientSession) -> bytes:
        body = claude(said("user", "Hi"), stream=True)
        async with session.post("/v1/messages", json=body) as response:
            got = await response.content.readexactly(60)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(response.content.readany(), 0.2)
            return got

    assert len(run(provider, work)) == 60


def test_the_clock_and_the_bills_are_at_hand() -> None:
    provider = Provider()

    async def work(session: ClientSession) -> Any:
        await session.post("/_fake/now", json={"now": 5.0})
        await session.post("/v1/messages", json=claude(said("user", "Hi")))
        async with session.get("/_fake/log?since=0") as response:
            return await response.json()

    (billed,) = run(provider, work)
    assert billed["input"] == 1
    assert provider.now == 5.0
