"""The official Anthropic SDK for Python, at the provider itself and through the proxy."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic, AsyncAnthropic
from pydantic import BaseModel

from clients.stand import PIXEL, Stand, assert_same, long_log
from fake_provider.script import Answer, Fault, ToolCall

MODEL = "claude-opus-4-6"
HI: list[Any] = [{"role": "user", "content": "Hi"}]
BASH: Any = {
    "name": "Bash",
    "description": "Runs a command.",
    "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}},
}
RUN = ToolCall("Bash", {"command": "pytest -v tests"})


def client(address: str, attempts: int = 1) -> Anthropic:
    return Anthropic(base_url=address, api_key="k", max_retries=attempts - 1)


def ask(address: str, **more: Any) -> Any:
    with client(address) as sdk:
        return sdk.messages.create(**{"model": MODEL, "max_tokens": 99, "messages": HI} | more)


def test_a_message(stand: Stand) -> None:
    direct, ours = stand.both(ask, Answer("It is the rounding.", thinking="Hm."))
    assert ours.result.content[-1].text == "It is the rounding."
    assert_same(direct, ours)
    (event,) = stand.events()
    assert event["billed"]["output"] == ours.result.usage.output_tokens


def test_a_stream(stand: Stand) -> None:
    def work(address: str) -> list[Any]:
        with (
            client(address) as sdk,
            sdk.messages.stream(model=MODEL, max_tokens=99, messages=HI) as stream,
        ):
            return [*stream, stream.get_final_message()]

    direct, ours = stand.both(work, Answer("It is the rounding, not the tax.", (RUN,)))
    assert ours.result[-1].content[0].text == "It is the rounding, not the tax."
    assert ours.result[-1].content[1].input == RUN.arguments
    assert_same(direct, ours)


def test_a_tool_round_trip(stand: Stand) -> None:
    log = long_log()

    def work(address: str) -> Any:
        first = ask(address, tools=[BASH])
        call = first.content[-1]
        result = {"type": "tool_result", "tool_use_id": call.id, "content": log}
        talk = [*HI, {"role": "assistant", "content": first.content}]
        return ask(address, tools=[BASH], messages=[*talk, {"role": "user", "content": [result]}])

    direct, ours = stand.both(work, Answer("Let me run it.", (RUN,), "Hm."), Answer("Found."))
    assert ours.result.content[0].text == "Found."
    assert ours.size < direct.size - len(log) // 2
    assert stand.restored(ours.body) == direct.body
    assert stand.events(2)[-1]["sent_tokens"] < stand.events(2)[-1]["direct_tokens"] / 2


def test_an_image(stand: Stand) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    image = {"type": "image", "source": source}
    talk = [{"role": "user", "content": [image, {"type": "text", "text": "What is it?"}]}]
    assert_same(*stand.both(lambda address: ask(address, messages=talk)))


class Verdict(BaseModel):
    place: str
    line: int


def test_structured_output(stand: Stand) -> None:
    def work(address: str) -> Verdict | None:
        with client(address) as sdk:
            found = sdk.messages.parse(
                model=MODEL, max_tokens=99, messages=HI, output_format=Verdict
            )
            return found.parsed_output

    direct, ours = stand.both(work, Answer('{"place": "cart.py", "line": 7}'))
    assert ours.result == Verdict(place="cart.py", line=7)
    assert_same(direct, ours)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, anthropic.BadRequestError),
        (401, anthropic.AuthenticationError),
        (404, anthropic.NotFoundError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (529, anthropic.InternalServerError),
    ],
)
def test_an_error(stand: Stand, status: int, kind: type[anthropic.APIStatusError]) -> None:
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
        with pytest.raises(anthropic.BadRequestError) as raised:
            ask(address, messages=[{"role": "assistant", "content": "Hi"}])
        return raised.value.body

    direct, ours = stand.both(work)
    assert "first message must use" in str(ours.result)
    assert_same(direct, ours)


@pytest.mark.parametrize("status", [429, 529])
def test_retries(stand: Stand, status: int) -> None:
    stand.provider.faults = [Fault("status", status=status)]

    def work(address: str) -> Any:
        with client(address, attempts=2) as sdk:
            return sdk.messages.create(model=MODEL, max_tokens=99, messages=HI)

    ours = stand.run(stand.address, work)
    assert ours.result.content[0].text == "Done."
    assert ours.attempts == ["0", "1"]
    assert [event["status"] for event in stand.events(2)] == [status, 200]


def test_a_cancelled_stream(stand: Stand) -> None:
    stand.provider.faults = [Fault("stall", 900)]

    async def work() -> str:
        async with (
            AsyncAnthropic(base_url=stand.address, api_key="k") as sdk,
            sdk.messages.stream(model=MODEL, max_tokens=99, messages=HI) as stream,
        ):
            return await anext(aiter(stream.text_stream))

    stand.provider.script = [Answer("It is the rounding, not the tax, in the cart." * 9)]
    assert asyncio.run(work()).startswith("It is")
    stand.left()
    (event,) = stand.events()
    assert event["status"] == 200
    assert event["why"].startswith("the client went away")


def test_tokens_and_models(stand: Stand) -> None:
    def work(address: str) -> Any:
        with client(address) as sdk:
            counted = sdk.messages.count_tokens(model=MODEL, messages=HI)
            return counted.input_tokens, [one.id for one in sdk.models.list()]

    direct, ours = stand.both(work)
    assert ours.result[0] > 0
    assert MODEL in ours.result[1]
    assert_same(direct, ours)
