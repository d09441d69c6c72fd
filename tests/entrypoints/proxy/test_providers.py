"""Every protocol against the fake provider: what it billed is what we count."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from fake_provider.script import Answer, Fault
from fake_provider.server import Provider, serve

CLAUDE = {
    "model": "claude-opus-4-6",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "Hi"}],
}
CHAT = {"model": "gpt-5.2-codex", "messages": [{"role": "user", "content": "Hi"}]}
RESPONSES = {"model": "gpt-5.2-codex", "input": [{"role": "user", "content": "Hi"}]}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
OLLAMA = {"model": "qwen3", "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {"stream": True}
USAGE = {"stream_options": {"include_usage": True}}
GOOGLE = "/v1beta/models/gemini-3-pro"
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/messages", CLAUDE),
    ("/v1/messages?beta=true", CLAUDE | STREAM),
    ("/v1/chat/completions", CHAT),
    ("/v1/chat/completions", CHAT | STREAM | USAGE),
    ("/v1/responses", RESPONSES),
    ("/v1/responses", RESPONSES | STREAM),
    (f"{GOOGLE}:generateContent", GEMINI),
    (f"{GOOGLE}:streamGenerateContent?alt=sse", GEMINI),
    (f"{GOOGLE}:streamGenerateContent", GEMINI),
    ("/api/chat", OLLAMA | {"stream": False}),
    ("/api/chat", OLLAMA),
]
KEYS = {"x-api-key": "k", "Authorization": "Bearer k", "x-goog-api-key": "k"} | {
    "anthropic-version": "2023-06-01"
}


def _played(make_stage, scenario, provider: Provider) -> None:
    """Plays the scenario with an HTTP client of the proxy before this provider."""

    async def around(world) -> None:
        async with aiohttp.ClientSession(world.running.address, headers=KEYS) as session:
            await scenario(world, session)

    async def main() -> None:
        runner, port = await serve(provider)
        names = ("anthropic", "openai", "gemini", "ollama")
        try:
            stage = make_stage(named=dict.fromkeys(names, f"http://127.0.0.1:{port}"))
            await stage._play(around, b"")
        finally:
            await runner.cleanup()

    asyncio.run(asyncio.wait_for(main(), 300))


@pytest.mark.parametrize(("path", "body"), CALLS)
def test_what_was_billed_is_counted(make_stage, path, body) -> None:
    provider = Provider(script=[Answer("It is the rounding, not the tax.")])

    async def scenario(world, session) -> None:
        async with session.post(path, json=body) as answer:
            assert answer.status == 200, await answer.text()
            assert "rounding" in (await answer.text()).replace('"}}]}\n', "")
        event = await world.event()
        assert event.billed == provider.received[-1].billed
        assert event.billed.output > 0
        assert event.model == body.get("model", "gemini-3-pro")
        assert 0 < event.first_ms <= event.total_ms
        assert event.added_ms <= event.first_ms

    _played(make_stage, scenario, provider)


def test_a_chat_stream_without_usage_is_left_so(make_stage) -> None:
    provider = Provider()

    async def scenario(world, session) -> None:
        async with session.post("/v1/chat/completions", json=CHAT | STREAM) as answer:
            assert "usage" not in await answer.text()
        assert (await world.event()).billed is None
        assert json.loads(provider.received[-1].body) == CHAT | STREAM

    _played(make_stage, scenario, provider)


def test_counting_tokens_is_no_call_of_a_model(make_stage) -> None:
    async def scenario(world, session) -> None:
        async with session.post("/v1/messages/count_tokens", json=CLAUDE) as answer:
            assert (await answer.json())["input_tokens"] > 0
        assert not world.events

    _played(make_stage, scenario, Provider())


@pytest.mark.parametrize(
    ("fault", "status"), [("status=429;retry-after=2", 429), ("status=529", 529)]
)
def test_a_refusal_is_the_clients_to_act_on(make_stage, fault, status) -> None:
    provider = Provider(faults=[Fault.parse(fault)])

    async def scenario(world, session) -> None:
        async with session.post("/v1/messages", json=CLAUDE) as answer:
            assert answer.status == status
            assert answer.headers.get("retry-after") == ("2" if status == 429 else None)
        assert len(provider.received) == 1

    _played(make_stage, scenario, provider)
