"""The official Google Gen AI SDK for Python, at the provider itself and through the proxy."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from pydantic import BaseModel

from clients.stand import PIXEL, Stand, assert_same, long_log
from fake_provider.script import Answer, Fault, ToolCall

MODEL = "gemini-3-pro"
RUN = ToolCall("run_shell_command", {"command": "pytest -v tests"})
TOLD = "It is the rounding, not the tax."
SHELL = types.FunctionDeclaration(
    name="run_shell_command",
    description="Runs a command.",
    parameters=types.Schema(
        type=types.Type.OBJECT, properties={"command": types.Schema(type=types.Type.STRING)}
    ),
)
TOOLS = types.GenerateContentConfig(
    tools=[types.Tool(function_declarations=[SHELL])],
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
)


def client(address: str, attempts: int = 1) -> genai.Client:
    retry = types.HttpRetryOptions(attempts=attempts, initial_delay=0.01)
    options = types.HttpOptions(base_url=address, retry_options=retry)
    return genai.Client(api_key="k", http_options=options)


def ask(address: str, contents: Any = "Hi", config: Any = None) -> Any:
    with client(address) as sdk:
        return sdk.models.generate_content(model=MODEL, contents=contents, config=config)


def said(address: str, contents: Any = "Hi") -> Any:
    return ask(address, contents).candidates


def test_an_answer(stand: Stand) -> None:
    direct, ours = stand.both(said, Answer(TOLD))
    assert ours.result[0].content.parts[0].text == TOLD
    assert_same(direct, ours)
    (event,) = stand.events()
    assert (event["protocol"], event["model"]) == ("gemini", MODEL)
    assert event["billed"]["output"] > 0


def test_a_stream(stand: Stand) -> None:
    def work(address: str) -> list[Any]:
        with client(address) as sdk:
            stream = sdk.models.generate_content_stream(model=MODEL, contents="Hi")
            return [chunk.candidates for chunk in stream]

    direct, ours = stand.both(work, Answer(TOLD * 9, (RUN,)))
    parts = [part for chunk in ours.result for part in chunk[0].content.parts]
    assert "".join(part.text or "" for part in parts) == TOLD * 9
    assert parts[-1].function_call.args == RUN.arguments
    assert_same(direct, ours)


def test_a_tool_round_trip(stand: Stand) -> None:
    log = long_log()

    def work(address: str) -> str:
        first = ask(address, config=TOOLS)
        result = types.Part.from_function_response(
            name="run_shell_command", response={"output": log}
        )
        talk = [
            types.Content(role="user", parts=[types.Part(text="Hi")]),
            first.candidates[0].content,
            types.Content(role="user", parts=[result]),
        ]
        return str(ask(address, talk, TOOLS).text)

    direct, ours = stand.both(work, Answer("", (RUN,)), Answer(TOLD))
    assert ours.result == direct.result == TOLD
    assert ours.size < direct.size - len(log) // 2
    assert stand.restored(ours.body) == direct.body


def test_an_image(stand: Stand) -> None:
    image = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
    assert_same(*stand.both(lambda address: said(address, ["What is it?", image])))


class Verdict(BaseModel):
    place: str
    line: int


def test_structured_output(stand: Stand) -> None:
    config = {"response_mime_type": "application/json", "response_schema": Verdict}
    direct, ours = stand.both(
        lambda address: ask(address, config=config).parsed,
        Answer('{"place": "cart.py", "line": 7}'),
    )
    assert ours.result == Verdict(place="cart.py", line=7)
    assert_same(direct, ours)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ClientError),
        (401, errors.ClientError),
        (404, errors.ClientError),
        (429, errors.ClientError),
        (500, errors.ServerError),
        (503, errors.ServerError),
    ],
)
def test_an_error(stand: Stand, status: int, kind: type[errors.APIError]) -> None:
    def work(address: str) -> tuple[Any, str | None]:
        stand.provider.faults = [Fault("status", status=status, retry_after=7)]
        with pytest.raises(kind) as raised:
            ask(address)
        assert raised.value.code == status
        return raised.value.details, raised.value.response.headers.get("retry-after")

    direct, ours = stand.both(work)
    assert direct.result == ours.result
    assert ours.result[1] == "7"


def test_a_refused_request(stand: Stand) -> None:
    def work(address: str) -> Any:
        with pytest.raises(errors.ClientError) as raised:
            ask(address, types.Content(role="nobody", parts=[types.Part(text="Hi")]))
        return raised.value.details

    direct, ours = stand.both(work)
    assert "valid role" in str(ours.result)
    assert_same(direct, ours)


@pytest.mark.parametrize("status", [429, 503])
def test_retries(stand: Stand, status: int) -> None:
    stand.provider.faults = [Fault("status", status=status)]

    def work(address: str) -> str:
        with client(address, attempts=2) as sdk:
            return str(sdk.models.generate_content(model=MODEL, contents="Hi").text)

    ours = stand.run(stand.address, work)
    assert ours.result == "Done."
    assert [event["status"] for event in stand.events(2)] == [status, 200]


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
def test_a_cancelled_stream(stand: Stand) -> None:
    stand.provider.faults = [Fault("stall", 900)]
    stand.provider.script = [Answer(TOLD * 40)]

    async def work() -> str:
        sdk = client(stand.address).aio
        stream = await sdk.models.generate_content_stream(model=MODEL, contents="Hi")
        chunk = await anext(stream)
        await stream.aclose()
        await sdk.aclose()
        return str(chunk.text)

    assert asyncio.run(work()).startswith("It is")
    stand.left()
    (event,) = stand.events()
    assert event["status"] == 200
    assert event["why"].startswith("the client went away")


def test_tokens_and_models(stand: Stand) -> None:
    def work(address: str) -> tuple[int | None, list[str | None]]:
        with client(address) as sdk:
            counted = sdk.models.count_tokens(model=MODEL, contents="Hi")
            return counted.total_tokens, [one.name for one in sdk.models.list()]

    direct, ours = stand.both(work)
    assert ours.result[0]
    assert "models/claude-opus-4-6" in ours.result[1]
    assert_same(direct, ours)
