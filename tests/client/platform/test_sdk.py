"""The SDK against the real server, and against one that fails as networks do."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer

import pytest
from servers.api import Api
from servers.local_http import Handler, listening
from servers.port import held_port

from aicontext.client import AIContextPlatformSDK, AsyncAIContextPlatformSDK
from aicontext.domain.analytics.usage import Dimension
from aicontext.domain.errors import (
    BudgetTooSmall,
    Forbidden,
    InvalidInput,
    LimitReached,
    NotFound,
    Unauthenticated,
    Unavailable,
)

LOG = "\n".join(f"12:00:{i % 60:02d} INFO request {i} served in {i % 7} ms" for i in range(900))
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("sdk")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AICONTEXT_HOME", str(home))
        server = Api(home)
        yield server
        server.stop()


@pytest.fixture
def sdk(api) -> Iterator[AIContextPlatformSDK]:
    with AIContextPlatformSDK(api.url) as found:
        yield found


def test_results_are_the_domains_own_values(sdk) -> None:
    done = sdk.optimize_context(LOG, query="slow requests", budget=800)
    assert done.optimized_tokens <= 800 < done.original_tokens
    assert done.reduction_percentage > 50
    step = done.optimizations[0]
    assert step.kind == "log"
    assert sdk.retrieve(step.handle) == LOG
    assert sdk.retrieve(step.handle, lines="1") == LOG.split("\n")[0]
    talk = [{"role": "user", "content": "hello"}]
    assert sdk.optimize_context(talk, model="gpt-4o").content == talk
    assert sdk.predict_tokens(talk, model="gpt-4o").input_tokens.expected > 0
    assert sdk.analyze_context(LOG).blocks[0].kind == "log"
    assert sdk.compress_context(LOG, 200).optimized_tokens <= 200
    assert sdk.count_tokens("hello world", model="gpt-4o").tokens == 2
    assert sdk.find_similar("the database is locked", keep=True) == ()
    assert sdk.find_similar("a locked database")[0].context.source == "input"
    assert "proxy" in {way for tool in sdk.tools("claude") for way in tool.ways}
    assert sdk.usage([Dimension.TOOL, Dimension.MODEL], since=SINCE).total.calls == 0


def test_results_come_one_by_one(sdk) -> None:
    told = list(sdk.stream_optimizations(["one", LOG, "two"], budget=300))
    assert [one.index for one in told] == [0, 1, 2]
    assert [told[0].result.content, told[2].result.content] == ["one", "two"]
    assert told[1].result.optimized_tokens <= 300
    refused = list(sdk.stream_optimizations([LOG], budget=1))
    assert isinstance(refused[0].error, BudgetTooSmall)


def test_the_same_for_an_event_loop(api) -> None:
    async def asked() -> None:
        async with AsyncAIContextPlatformSDK(api.url) as sdk:
            many = await asyncio.gather(*(sdk.optimize_context(f"text {i}") for i in range(8)))
            assert [one.content for one in many] == [f"text {i}" for i in range(8)]
            assert [one.index async for one in sdk.stream_optimizations(["a", "b"])] == [0, 1]
            assert (await sdk.count_tokens("hello world", model="gpt-4o")).tokens == 2
            assert await sdk.tools("claude")
            assert len(await sdk.find_similar("a locked database")) == 1
            assert (await sdk.usage()).by == (Dimension.MODEL,)
            assert (await sdk.predict_tokens("x")).input_tokens.expected > 0
            assert (await sdk.analyze_context(LOG)).tokens > 1000
            short = await sdk.compress_context(LOG, 200)
            handle = short.optimizations[0].handle
            assert await sdk.retrieve(handle) == LOG
            with pytest.raises(NotFound):
                await sdk.retrieve("0" * 12)

    asyncio.run(asked())


def test_errors_are_those_of_the_server(api, sdk) -> None:
    with pytest.raises(NotFound, match="holds no single text"):
        sdk.retrieve("0" * 12)
    with pytest.raises(InvalidInput, match=r"`int` >= 1"):
        sdk.optimize_context("x", budget=0)
    with pytest.raises(InvalidInput, match="original"):
        sdk.retrieve("xyz")
    with pytest.raises(InvalidInput, match="written as JSON"):
        sdk.optimize_context([object()])
    with (
        AIContextPlatformSDK(api.url, "aick_nobodys") as stranger,
        pytest.raises(Unauthenticated),
    ):
        stranger.count_tokens("x")
    made = api.ask("POST", "/api/v1/keys", {"name": "sdk", "scopes": ["context:read"]}).json
    with AIContextPlatformSDK(api.url, made["secret"]) as reader:
        assert reader.count_tokens("x").tokens == 1
        with pytest.raises(Forbidden, match="context:write"):
            reader.optimize_context("x")


@pytest.mark.parametrize("given", [{"base_url": "ftp://x"}, {"api_key": "a\nb"}])
def test_what_is_no_address_or_key(given) -> None:
    with pytest.raises(InvalidInput):
        AIContextPlatformSDK(**given)


def test_where_nobody_listens() -> None:
    with (
        AIContextPlatformSDK(f"http://127.0.0.1:{held_port()}", retries=1) as sdk,
        pytest.raises(Unavailable, match="aicontext serve"),
    ):
        sdk.count_tokens("x")


class _Shaky(Handler):
    """Fails as its server's `plan` says, one word a request; then answers."""

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self.body()
        server = self.server
        server.seen.append((self.path, dict(self.headers)))
        step = server.plan.pop(0) if server.plan else "good"
        if step == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if step.isdigit():
            self.answer(int(step), b'{"code": "limit_reached", "detail": "Too many."}')
        elif step.startswith("events"):
            self._events(step.partition(" ")[2])
        else:
            self.answer(200, b'{"id": "7", "tokens": 1, "low": 1, "high": 1, "exact": true}')

    def _events(self, numbers: str) -> None:
        said = "".join(
            f'id: {n}\nevent: item\ndata: {{"index": {n}}}\n\n'
            if n != "end"
            else "id: 9\nevent: end\ndata: {}\n\n"
            for n in numbers.split(",")
        )
        self.answer(200, said.encode(), "text/event-stream")


@pytest.fixture
def shaky() -> Iterator[ThreadingHTTPServer]:
    with listening(_Shaky) as server:
        server.plan, server.seen = [], []
        yield server


def _client(server: ThreadingHTTPServer, retries: int = 3) -> AIContextPlatformSDK:
    return AIContextPlatformSDK(f"http://127.0.0.1:{server.server_port}", retries=retries)


@pytest.mark.parametrize("plan", [["drop"], ["503"], ["429", "drop"]])
def test_a_request_is_sent_again(shaky, plan) -> None:
    shaky.plan = list(plan)
    with _client(shaky) as sdk:
        assert sdk.count_tokens("x").tokens == 1
    assert len(shaky.seen) == len(plan) + 1


def test_patience_ends(shaky) -> None:
    shaky.plan = ["429", "429"]
    with _client(shaky, retries=1) as sdk, pytest.raises(LimitReached, match="Too many"):
        sdk.count_tokens("x")
    assert len(shaky.seen) == 2


def test_what_cannot_work_is_not_sent_again(shaky) -> None:
    shaky.plan = ["404"]
    with _client(shaky) as sdk, pytest.raises(LimitReached):
        sdk.count_tokens("x")
    assert len(shaky.seen) == 1


def test_what_changes_something_has_one_key_in_all_attempts(shaky) -> None:
    shaky.plan = ["drop", "503", "good", "events 1,2", "events 3,end"]
    with _client(shaky) as sdk:
        told = [one.index for one in sdk.stream_optimizations(["a", "b", "c"])]
    assert told == [1, 2, 3]
    keys = {seen["idempotency-key"] for path, seen in shaky.seen if path.endswith("/batches")}
    assert len(keys) == 1
    assert [seen.get("last-event-id") for path, seen in shaky.seen[3:]] == [None, "2"]


def test_an_answer_that_is_not_understood(shaky) -> None:
    with _client(shaky) as sdk, pytest.raises(Unavailable, match="same version"):
        sdk.optimize_context("x")


def test_the_package_loads_no_http_before_it_is_needed() -> None:
    code = "import sys, aicontext.client; assert 'httpx2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
