"""The official SDKs with one line of ours, at a provider that bills what its caches hold."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from httpx2 import Client

from aicontext import middleware
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Outcome
from aicontext.middleware import requests
from aicontext.middleware.sdk import http_client
from aicontext.services.integrations.wire import Wire
from clients.stand import long_log
from fake_provider.script import Answer, Fault
from fake_provider.server import Provider

HOST = "127.0.0.1"
GPT, CLAUDE = "gpt-5.2-codex", "claude-opus-4-6"
TOLD = Answer("It is the rounding, not the tax.")
COMMAND = {"command": "pytest -v tests"}
SCHEMA: Any = {"type": "object", "properties": {"command": {"type": "string"}}}
SHELL: Any = {"name": "shell", "description": "Runs a command.", "parameters": SCHEMA}
BASH: Any = {"name": "Bash", "description": "Runs a command.", "input_schema": SCHEMA}


def chat_turns() -> list[Any]:
    call = {"name": "shell", "arguments": json.dumps(COMMAND)}
    return [
        {"role": "user", "content": "Why does the checkout fail?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": long_log()},
    ]


def claude_turns() -> list[Any]:
    use = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": COMMAND}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": long_log()}
    return [
        {"role": "user", "content": "Why does the checkout fail?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]


def sizes(provider: Provider) -> list[int]:
    return [len(one.body) for one in provider.received]


def half(provider: Provider) -> bool:
    """Whether the second request is less than half of the first."""
    first, second = sizes(provider)
    return second < first / 2


def test_a_completion(provider: Provider, address: str) -> None:
    def ask(sdk: openai.OpenAI) -> Any:
        tools: Any = [{"type": "function", "function": SHELL}]
        found = sdk.chat.completions.create(model=GPT, messages=chat_turns(), tools=tools)
        return found.choices[0].message.content, found.usage is not None

    provider.script = [TOLD, TOLD]
    with openai.OpenAI(base_url=f"{address}/v1", api_key="k") as direct:
        assert ask(direct) == ask(middleware.openai(direct)) == (TOLD.text, True)
    assert half(provider)
    assert [one.path for one in provider.received] == ["/v1/chat/completions"] * 2
    before, after = (dict(one.headers) for one in provider.received)
    assert {name for name, value in after.items() if before[name] != value} == {"Content-Length"}


def test_a_streamed_response_of_an_async_client(provider: Provider, address: str) -> None:
    call = {"type": "function_call", "call_id": "c", "name": "shell", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c", "output": long_log()}
    talk: Any = [{"role": "user", "content": "Why?"}, call, result]

    async def ask(sdk: openai.AsyncOpenAI) -> list[str]:
        tools: Any = [{"type": "function", **SHELL}]
        async with sdk.responses.stream(model=GPT, input=talk, tools=tools) as stream:
            return [event.type async for event in stream]

    async def both() -> tuple[list[str], list[str]]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="k") as direct:
            return await ask(direct), await ask(middleware.openai(direct))

    provider.script = [TOLD, TOLD]
    first, second = asyncio.run(both())
    assert first == second
    assert first[-1] == "response.completed"
    assert half(provider)


def test_claude_streamed_and_not(provider: Provider, address: str) -> None:
    given: Any = {"model": CLAUDE, "max_tokens": 99, "tools": [BASH], "messages": claude_turns()}

    def ask(sdk: anthropic.Anthropic) -> Any:
        with sdk.messages.stream(**given) as stream:
            return stream.get_final_message().content

    provider.script = [TOLD, TOLD]
    with anthropic.Anthropic(base_url=address, api_key="k") as direct:
        assert ask(direct) == ask(middleware.anthropic(direct))
        assert half(provider)

    async def waited() -> Any:
        async with anthropic.AsyncAnthropic(base_url=address, api_key="k") as sdk:
            return await middleware.anthropic(sdk).messages.create(**given)

    assert asyncio.run(waited()).content
    assert sizes(provider)[2] < sizes(provider)[0] / 2


def test_what_went_out_stays_as_it_went_and_costs_less(provider: Provider, address: str) -> None:
    """A conversation that grows by a turn, marked for the cache, direct and ours."""
    costs = []
    for wrapped in (False, True):
        provider.received.clear()
        with anthropic.Anthropic(base_url=address, api_key="k") as direct:
            sdk = middleware.anthropic(direct) if wrapped else direct
            talk = claude_turns()
            for turn in range(4):
                talk[0]["content"] = f"Why does the checkout fail? {wrapped}"
                marked = {"cache_control": {"type": "ephemeral"}}
                made: Any = {"model": CLAUDE, "max_tokens": 99, "tools": [BASH], "messages": talk}
                done = sdk.messages.create(**made, **marked)
                talk += [
                    {"role": "assistant", "content": [one.to_dict() for one in done.content]},
                    {"role": "user", "content": f"And then? {turn}"},
                ]
        bodies = [json.loads(one.body)["messages"] for one in provider.received]
        for shorter, longer in pairwise(bodies):
            assert longer[: len(shorter)] == shorter
        billed = [one.billed for one in provider.received if one.billed]
        costs.append(sum(b.input + 1.25 * b.cache_write + 0.1 * b.cache_read for b in billed))
    assert costs[1] < costs[0] / 2


def test_errors_and_retries_are_the_sdks_own(provider: Provider, address: str) -> None:
    provider.faults = [Fault("status", status=429), Fault("status", status=400)]
    with openai.OpenAI(base_url=f"{address}/v1", api_key="k", max_retries=1) as direct:
        sdk = middleware.openai(direct)
        with pytest.raises(openai.BadRequestError):
            sdk.chat.completions.create(model=GPT, messages=chat_turns())
        assert [one.status for one in provider.received] == [429, 400]
        assert sdk.models.list().data
        hi: Any = [{"role": "user", "content": "Hi"}]
        assert sdk.chat.completions.create(model=GPT, messages=hi).choices


def test_where_nothing_can_be_kept_it_goes_out_as_it_came(
    provider: Provider, address: str, home: Any
) -> None:
    home.write_text("a file, and no folder")
    with openai.OpenAI(base_url=f"{address}/v1", api_key="k") as direct:
        for sdk in (direct, middleware.openai(direct)):
            assert sdk.chat.completions.create(model=GPT, messages=chat_turns()).choices
    assert provider.received[0].body == provider.received[1].body


def recorded(home: Path, calls: int) -> list[UsageEvent]:
    """The calls, once so many are written."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = list(SqliteEvents(home / "usage.db").since(0))
        if len(found) >= calls:
            return found
        time.sleep(0.02)
    raise AssertionError("they were not recorded")


def test_calls_are_recorded_with_what_they_cost(
    provider: Provider, address: str, home: Path
) -> None:
    provider.script = [TOLD, TOLD]
    tools: Any = [{"type": "function", "function": SHELL}]
    with openai.OpenAI(base_url=f"{address}/v1", api_key="k", max_retries=0) as direct:
        sdk = middleware.openai(direct)
        given: Any = {"model": GPT, "messages": chat_turns(), "tools": tools}
        sdk.chat.completions.create(**given)
        for _ in sdk.chat.completions.create(**given, stream=True):
            pass
        provider.faults = [Fault("status", status=400)]
        with pytest.raises(openai.BadRequestError):
            sdk.chat.completions.create(**given)
    nobody = openai.OpenAI(base_url="http://127.0.0.1:1/v1", api_key="k", max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        middleware.openai(nobody).chat.completions.create(**given)
    first, streamed, refused, failed = recorded(home, 4)
    for one in (first, streamed):
        assert (one.caller.tool, one.protocol, one.upstream) == ("middleware", Wire.CHAT, HOST)
        assert (one.status, one.outcome, one.model) == (200, Outcome.OPTIMIZED, GPT)
        assert one.sent_tokens < one.direct_tokens / 2
        assert one.added_ms <= one.first_ms <= one.total_ms
    assert first.billed is not None
    assert first.cost is not None
    assert first.direct_cost is not None
    assert first.cost < first.direct_cost
    assert (refused.status, refused.billed) == (400, None)
    assert failed.status == 0


def test_a_plan_that_takes_too_long_is_not_waited_for(
    provider: Provider, address: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.0)
    provider.script = [TOLD, TOLD]
    with openai.OpenAI(base_url=f"{address}/v1", api_key="k") as direct:
        for sdk in (direct, middleware.openai(direct)):
            assert sdk.chat.completions.create(model=GPT, messages=chat_turns()).choices
    assert provider.received[0].body == provider.received[1].body
    (one,) = recorded(home, 1)
    assert one.outcome is Outcome.PASSED
    assert "no plan in" in one.why


def test_past_a_deadline_the_past_goes_out_as_it_did(
    provider: Provider, address: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, service = threading.Event(), requests.own_request_service()
    plan = service.plan

    def laborious(body: bytes, *given: Any, **named: Any) -> Any:
        if b"new" in body and not named.get("late"):
            gate.wait(30)
        return plan(body, *given, **named)

    provider.script = [TOLD] * 2
    call, result = chat_turns()[1:]
    call = {**call, "tool_calls": [{**call["tool_calls"][0], "id": "call_2"}]}
    again = {**result, "tool_call_id": "call_2", "content": "new\n" + result["content"]}
    with middleware.openai(openai.OpenAI(base_url=f"{address}/v1", api_key="k")) as sdk:
        tools: Any = [{"type": "function", "function": SHELL}]
        sdk.chat.completions.create(model=GPT, tools=tools, messages=chat_turns())
        monkeypatch.setattr(type(service), "plan", staticmethod(laborious))
        monkeypatch.setattr(requests, "PATIENCE", 1.6)
        more = [*chat_turns(), call, again]
        sdk.chat.completions.create(model=GPT, tools=tools, messages=more)
    gate.set()
    first, second = (json.loads(one.body)["messages"] for one in provider.received)
    assert len(first[2]["content"]) < len(long_log()) / 2
    assert second[:3] == first
    assert second[-1] == again
    assert recorded(home, 2)[-1].why == "no plan in 1.6 s"


def test_what_a_framework_sends_is_counted_under_its_name(home: Path) -> None:
    tools: Any = [{"type": "function", "function": SHELL}]
    shown = requests.smaller_messages(chat_turns(), GPT, "langchain", tools=tools)
    assert len(shown[2]["content"]) < len(long_log()) / 5
    requests.smaller_messages(
        [*chat_turns(), {"role": "user", "content": "Go on."}], GPT, "langchain"
    )
    (one,) = SqliteEvents(home / "usage.db").hooks_since(0)
    assert (one.caller.tool, one.outcome) == ("langchain", Outcome.OPTIMIZED)
    assert one.original_tokens > 5 * one.optimized_tokens > 0


def test_what_is_no_client_is_told() -> None:
    for wrong in (None, 1, object(), Client()):
        with pytest.raises(InvalidInput):
            middleware.openai(wrong)
    with pytest.raises(InvalidInput):
        http_client("x")
