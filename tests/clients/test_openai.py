"""The official OpenAI SDK for Python: Chat Completions, Responses, and those over a WebSocket."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from clients.stand import PIXEL, Stand, assert_same, long_log
from fake_provider.script import Answer, Fault, ToolCall

MODEL = "gpt-5.2-codex"
HI: list[Any] = [{"role": "user", "content": "Hi"}]
SCHEMA: Any = {"type": "object", "properties": {"command": {"type": "string"}}}
BASH: Any = {"name": "shell", "description": "Runs a command.", "parameters": SCHEMA}
RUN = ToolCall("shell", {"command": "pytest -v tests"})
TOLD = "It is the rounding, not the tax."


def client(address: str, attempts: int = 1) -> OpenAI:
    return OpenAI(base_url=f"{address}/v1", api_key="k", max_retries=attempts - 1)


def chat(address: str, **more: Any) -> Any:
    with client(address) as sdk:
        found = sdk.chat.completions.create(**{"model": MODEL, "messages": HI} | more)
        return found if isinstance(found, openai.Stream) else found.choices[0].message


def respond(address: str, **more: Any) -> Any:
    with client(address) as sdk:
        return sdk.responses.create(**{"model": MODEL, "input": HI} | more).output


def test_a_completion(stand: Stand) -> None:
    direct, ours = stand.both(chat, Answer(TOLD))
    assert ours.result.content == TOLD
    assert_same(direct, ours)
    assert stand.events()[0]["billed"]["output"] > 0


def test_a_response(stand: Stand) -> None:
    direct, ours = stand.both(respond, Answer(TOLD, thinking="Hm."))
    assert ours.result[-1].content[0].text == TOLD
    assert_same(direct, ours)
    assert stand.events()[0]["billed"]["output"] > 0


def test_a_stream_of_a_completion(stand: Stand) -> None:
    def work(address: str) -> list[Any]:
        with (
            client(address) as sdk,
            sdk.chat.completions.stream(
                model=MODEL, messages=HI, stream_options={"include_usage": True}
            ) as stream,
        ):
            return [[e.type for e in stream], stream.get_final_completion().choices]

    direct, ours = stand.both(work, Answer(TOLD, (RUN,)))
    message = ours.result[1][0].message
    assert (message.content, message.tool_calls[0].function.arguments) == (TOLD, RUN.json)
    assert_same(direct, ours)
    assert stand.events()[0]["billed"]["output"] > 0


def test_a_stream_of_a_response(stand: Stand) -> None:
    def work(address: str) -> list[Any]:
        with client(address) as sdk, sdk.responses.stream(model=MODEL, input=HI) as stream:
            return [[e.type for e in stream], stream.get_final_response().output]

    direct, ours = stand.both(work, Answer(TOLD, (RUN,)))
    assert ours.result[1][0].content[0].text == TOLD
    assert ours.result[1][1].arguments == RUN.json
    assert_same(direct, ours)


def test_a_tool_round_trip_in_completions(stand: Stand) -> None:
    log, tools = long_log(), [{"type": "function", "function": BASH}]

    def work(address: str) -> Any:
        said = chat(address, tools=tools)
        (call,) = said.tool_calls
        result = {"role": "tool", "tool_call_id": call.id, "content": log}
        return chat(address, tools=tools, messages=[*HI, said.to_dict(), result])

    direct, ours = stand.both(work, Answer("", (RUN,)), Answer(TOLD))
    assert ours.result.content == TOLD
    assert ours.size < direct.size - len(log) // 2
    assert stand.restored(ours.body) == direct.body


def test_a_tool_round_trip_in_responses(stand: Stand) -> None:
    log, tools = long_log(), [{"type": "function", **BASH}]

    def work(address: str) -> Any:
        said = respond(address, tools=tools, store=False, include=["reasoning.encrypted_content"])
        talk = [*HI, *(one.to_dict() for one in said)]
        result = {"type": "function_call_output", "call_id": said[-1].call_id, "output": log}
        return respond(address, tools=tools, store=False, input=[*talk, result])

    direct, ours = stand.both(work, Answer("Wait.", (RUN,), "Hm."), Answer(TOLD))
    assert ours.result[0].content[0].text == TOLD
    assert ours.size < direct.size - len(log) // 2
    assert stand.restored(ours.body) == direct.body


def test_a_tool_round_trip_over_a_websocket(stand: Stand) -> None:
    log, tools = long_log(), [{"type": "function", **BASH}]

    def work(address: str) -> list[str]:
        with client(address) as sdk, sdk.responses.connect() as socket:
            socket.response.create(model=MODEL, input=HI, tools=tools)
            first = _finished(socket)
            result = {"type": "function_call_output", "output": log}
            result["call_id"] = first.response.output[-1].call_id
            socket.response.create(
                model=MODEL,
                input=[result],
                tools=tools,
                previous_response_id=first.response.id,
            )
            return [first.response.output[-1].arguments, _finished(socket).response.output_text]

    direct, ours = stand.both(work, Answer("", (RUN,)), Answer(TOLD))
    assert ours.result == direct.result == [RUN.json, TOLD]
    assert ours.size < direct.size - len(log) // 2
    assert stand.restored(ours.body) == direct.body
    assert [event["protocol"] for event in stand.events(2)] == ["openai-responses"] * 2


def _finished(socket: Any) -> Any:
    return next(event for event in socket if event.type == "response.completed")


def test_an_image_in_completions(stand: Stand) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    talk = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]
    assert_same(*stand.both(lambda address: chat(address, messages=talk)))


def test_an_image_in_responses(stand: Stand) -> None:
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "low"}
    talk = [{"role": "user", "content": [{"type": "input_text", "text": "What is it?"}, image]}]
    assert_same(*stand.both(lambda address: respond(address, input=talk)))


class Verdict(BaseModel):
    place: str
    line: int


def test_structured_output(stand: Stand) -> None:
    def work(address: str) -> list[Verdict | None]:
        with client(address) as sdk:
            found = sdk.chat.completions.parse(model=MODEL, messages=HI, response_format=Verdict)
            again = sdk.responses.parse(model=MODEL, input=HI, text_format=Verdict)
            return [found.choices[0].message.parsed, again.output_parsed]

    answer = Answer('{"place": "cart.py", "line": 7}')
    direct, ours = stand.both(work, answer, answer)
    assert ours.result == [Verdict(place="cart.py", line=7)] * 2
    assert_same(direct, ours)


@pytest.mark.parametrize("ask", [chat, respond])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (529, openai.InternalServerError),
    ],
)
def test_an_error(stand: Stand, ask: Any, status: int, kind: type[openai.APIStatusError]) -> None:
    def work(address: str) -> tuple[bytes, str | None]:
        stand.provider.faults = [Fault("status", status=status, retry_after=7)]
        with pytest.raises(kind) as raised:
            ask(address)
        answer = raised.value.response
        assert raised.value.status_code == status
        return answer.content, answer.headers.get("retry-after")

    direct, ours = stand.both(work)
    assert direct.result == ours.result
    assert ours.result[1] == "7"


def test_a_refused_request(stand: Stand) -> None:
    def work(address: str) -> Any:
        with pytest.raises(openai.BadRequestError) as raised:
            chat(address, messages=[{"role": "tool", "tool_call_id": "c", "content": "x"}])
        return raised.value.body, raised.value.param, raised.value.type

    direct, ours = stand.both(work)
    assert ours.result[1:] == ("messages.[0].role", "invalid_request_error")
    assert_same(direct, ours)


@pytest.mark.parametrize("status", [429, 503])
def test_retries(stand: Stand, status: int) -> None:
    stand.provider.faults = [Fault("status", status=status)]

    def work(address: str) -> str:
        with client(address, attempts=2) as sdk:
            return sdk.responses.create(model=MODEL, input=HI).output_text

    ours = stand.run(stand.address, work)
    assert (ours.result, ours.attempts) == ("Done.", ["0", "1"])
    assert [event["status"] for event in stand.events(2)] == [status, 200]


@pytest.mark.parametrize("kind", ["chat", "responses"])
def test_a_cancelled_stream(stand: Stand, kind: str) -> None:
    stand.provider.faults = [Fault("stall", 2500)]
    stand.provider.script = [Answer(TOLD * 40)]

    async def work() -> Any:
        async with AsyncOpenAI(base_url=f"{stand.address}/v1", api_key="k") as sdk:
            if kind == "chat":
                stream: Any = await sdk.chat.completions.create(
                    model=MODEL, messages=HI, stream=True
                )
            else:
                stream = await sdk.responses.create(model=MODEL, input=HI, stream=True)
            async with stream:
                return await anext(aiter(stream))

    assert asyncio.run(work())
    stand.left()
    (event,) = stand.events()
    assert event["status"] == 200
    assert event["why"].startswith("the client went away")


def test_models(stand: Stand) -> None:
    def work(address: str) -> list[str]:
        with client(address) as sdk:
            return [one.id for one in sdk.models.list()]

    direct, ours = stand.both(work)
    assert MODEL in ours.result
    assert_same(direct, ours)
