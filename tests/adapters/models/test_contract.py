"""One suite over every API that a model may speak, against a local server."""

import json
from collections.abc import Callable
from threading import Event

import pytest
from model_server import (
    ANTHROPIC_ERROR,
    OPENAI_ERROR,
    Handler,
    Respond,
    raw,
    said,
    serving,
)
from servers.port import held_port

from aicontext.adapters.models.anthropic import AnthropicModel
from aicontext.adapters.models.endpoint import ANSWER_BYTES
from aicontext.adapters.models.openai import OpenAiModel
from aicontext.domain.errors import Unavailable
from aicontext.ports.models import Models

KEY = "sk-secret"
Make = Callable[[str], Models]


@pytest.fixture(params=["openai", "anthropic"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(api: str) -> Callable[..., Models]:
    kind = OpenAiModel if api == "openai" else AnthropicModel
    return lambda url, key=KEY, timeout=20.0: kind(url, "small-model", key, timeout)


def _error(make: Callable[..., Models], respond: Respond, **given: object) -> Unavailable:
    with serving(respond) as (url, _), pytest.raises(Unavailable) as caught:
        make(url, **given).complete("Task", "Material", 50)
    assert KEY not in str(caught.value)
    return caught.value


def test_the_answer_comes_back(make: Make, api: str) -> None:
    with serving(said("Ada fixed it.\n", api)) as (url, heard):
        answer = make(url).complete("Task é", "Material", 50)
    assert (answer.text, answer.model, answer.whole) == ("Ada fixed it.\n", "small-model", True)
    ((path, headers, body),) = heard
    assert isinstance(body, dict)
    assert body["model"] == "small-model"
    assert body["max_tokens"] == 50
    if api == "openai":
        assert path == "/chat/completions"
        assert headers["authorization"] == f"Bearer {KEY}"
        assert [m["content"] for m in body["messages"]] == ["Task é", "Material"]
    else:
        assert path == "/v1/messages"
        assert headers["x-api-key"] == KEY
        assert headers["anthropic-version"] == "2023-06-01"
        assert body["system"] == "Task é"
        assert body["messages"] == [{"role": "user", "content": "Material"}]


def test_a_whole_address_is_taken_as_it_is(make: Make, api: str) -> None:
    path = "/deployments/x/chat/completions" if api == "openai" else "/proxy/messages"
    with serving(said("Yes.", api)) as (url, heard):
        make(f"{url}{path}?version=1").complete("Task", "Material", 50)
    assert heard[0][0] == f"{path}?version=1"


def test_without_a_key_none_is_sent(make: Callable[..., Models], api: str) -> None:
    with serving(said("Yes.", api)) as (url, heard):
        make(url, key="").complete("Task", "Material", 50)
    assert not {"authorization", "x-api-key"} & heard[0][1].keys()


def test_an_answer_that_was_cut_off_says_so(make: Make, api: str) -> None:
    with serving(said("Ada fixed", api, whole=False)) as (url, _):
        assert not make(url).complete("Task", "Material", 50).whole


def test_reasoning_before_an_answer_is_left_out() -> None:
    with serving(said("<think>\nHm.\n</think>\n\nDone.", "openai")) as (url, _):
        assert OpenAiModel(url, "m", "", 20).complete("t", "m", 9).text.strip() == "Done."


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 503, 529])
def test_refusals_tell_their_status_and_no_key(
    make: Callable[..., Models], api: str, status: int
) -> None:
    shape = OPENAI_ERROR if api == "openai" else ANTHROPIC_ERROR
    respond = raw(status, json.dumps(shape).encode(), Location="http://192.0.2.1/")
    error = _error(make, respond)
    assert str(status) in error.message
    assert ("invalid_request_error" if api == "openai" else "overloaded_error") in error.message
    assert bool(error.hint) == (status != 301)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"choices": [], "content": []}',
        b'{"choices": [{"message": {"content": null, "refusal": "no"}}], "content": "x"}',
        b'{"choices": [{"message": {"content": "  "}}], "content": [{"type": "text"}]}',
        b'{"choices": 7, "content": [7, null, {"text": 7}]}',
    ],
)
def test_what_is_no_answer_is_unavailable(make: Callable[..., Models], body: bytes) -> None:
    _error(make, raw(200, body))


def test_an_endless_answer_is_cut(make: Callable[..., Models]) -> None:
    assert "MiB" in _error(make, raw(200, b'"' + b"a" * 4 * ANSWER_BYTES + b'"')).message


def test_silence_and_drops_one_by_one_end_in_time(make: Callable[..., Models]) -> None:
    done = Event()

    def silent(handler: Handler, _: dict[str, object]) -> None:
        done.wait(30)

    def dripping(handler: Handler, _: dict[str, object]) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not done.wait(0.02):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    for respond in (silent, dripping):
        with serving(respond) as (url, _):
            try:
                with pytest.raises(Unavailable, match="took longer than"):
                    make(url, timeout=0.3).complete("Task", "Material", 50)
            finally:
                done.set()
        done.clear()


def test_a_server_that_is_not_there(make: Callable[..., Models]) -> None:
    with pytest.raises(Unavailable, match="could not be reached"):
        make(f"http://127.0.0.1:{held_port()}").complete("Task", "Material", 50)
    with pytest.raises(Unavailable):
        make("http://name.invalid").complete("Task", "Material", 50)


def test_a_hang_up_is_told(make: Callable[..., Models]) -> None:
    def hang_up(handler: Handler, _: dict[str, object]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
        handler.close_connection = True

    _error(make, hang_up)


def test_the_key_is_in_no_picture_of_the_model(make: Make) -> None:
    model = make("http://127.0.0.1:9")
    assert KEY not in repr(model) + repr(vars(model))
