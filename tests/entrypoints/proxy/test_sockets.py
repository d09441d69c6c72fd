"""WebSockets through the proxy, with real ones at both ends."""

import asyncio
import json
import threading
from pathlib import Path
from typing import ClassVar

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from aicontext.domain.storage.records import Level, Period, Unit
from aicontext.domain.tenancy.budgets import Terms
from aicontext.engine.estimate.counter import counter
from aicontext.entrypoints.proxy.budgets import ProxyBudgets
from aicontext.services.context.requests import Forwarding, RequestService
from aicontext.settings import Settings
from aicontext.wiring.platform import limits

LOG = "\n".join(f"2026-01-01 00:00:{i % 60:02d} INFO worker started ok" for i in range(400))
CREATE = {
    "type": "response.create",
    "model": "gpt-5",
    "previous_response_id": "resp_1",
    "store": False,
    "tools": [{"type": "function", "name": "shell"}],
    "input": [
        {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c"},
        {"type": "function_call_output", "call_id": "c", "output": LOG},
    ],
}
COMPLETED = {"type": "response.completed", "response": {"usage": {"input_tokens": 9}}}


def _played(make_stage, scenario, upstream, **stage_options) -> None:
    """Plays the scenario with a WebSocket client of the proxy before this upstream."""

    async def around(world) -> None:
        async with aiohttp.ClientSession() as session:
            await scenario(world, session)

    async def main() -> None:
        runner = web.ServerRunner(web.Server(upstream))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            named = {"openai": f"http://127.0.0.1:{port}"}
            stage = make_stage(named=named, **stage_options)
            await stage._play(around, b"")
        finally:
            await runner.cleanup()

    asyncio.run(asyncio.wait_for(main(), 300))


def test_frames_go_both_ways_and_requests_are_made_smaller(make_stage) -> None:
    got: list[str] = []
    asked: list[dict[str, str]] = []

    async def upstream(request) -> web.WebSocketResponse:
        asked.append(dict(request.headers))
        socket = web.WebSocketResponse(protocols=("b",), max_msg_size=0)
        socket.headers["x-codex-turn"] = "7"
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data[::-1])
                continue
            got.append(message.data)
            await socket.send_str(json.dumps({"type": "response.created"}))
            await socket.send_str(json.dumps(COMPLETED))
        return socket

    async def scenario(world, session) -> None:
        url = f"{world.running.address}/v1/responses"
        headers = {"Authorization": "Bearer k", "OpenAI-Beta": "responses_websockets"}
        async with session.ws_connect(url, protocols=("a", "b"), headers=headers) as socket:
            assert socket.protocol == "b"
            assert socket._response.headers["x-codex-turn"] == "7"
            await socket.send_bytes(b"\x00\xff1")
            assert await socket.receive_bytes() == b"1\xff\x00"
            for text in ('{"type": "session.update",  "n":1e5}', json.dumps(CREATE)):
                await socket.send_str(text)
                assert await socket.receive_json() == {"type": "response.created"}
                assert await socket.receive_json() == COMPLETED
        assert got[0] == '{"type": "session.update",  "n":1e5}'
        sent = json.loads(got[1])
        assert len(got[1]) < len(LOG) / 2
        assert sent | {"input": 0} == CREATE | {"input": 0}
        assert sent["input"][0] == CREATE["input"][0]
        event = await world.event()
        assert (event.protocol, event.outcome, event.status) == (
            "openai-responses", "optimized", 101,
        )  # fmt: skip
        assert event.billed.input == 9
        assert len(world.events) == 1
        assert asked[0]["Authorization"] == "Bearer k"
        assert "Sec-WebSocket-Extensions" not in asked[0]

    _played(make_stage, scenario, upstream)


class Laborious(RequestService):
    """Takes what time it has for what is new."""

    gate: ClassVar[threading.Event]

    def plan(self, body: bytes, *given: object, **named: object) -> Forwarding:
        if b"call_new" in body and not named.get("late"):
            self.gate.wait(30)
        return super().plan(body, *given, **named)


@pytest.mark.parametrize("end", ["completed", "error", "bare"])
def test_an_answer_that_begins_without_an_error_has_not_ended(make_stage, end: str) -> None:
    begun = {"id": "resp_" + 48 * "0", "object": "response", "created_at": 1741290958}
    begun |= {"status": "in_progress", "error": None, "usage": None}
    error = {"error": {"type": "invalid_request_error", "message": "No."}}
    ends = {
        "completed": COMPLETED,
        "error": {"type": "error", "sequence_number": 3, **error},
        "bare": error,
    }

    async def upstream(request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        async for _ in socket:
            first = {"type": "response.created", "response": begun}
            await socket.send_str(json.dumps(first, separators=(",", ":")))
            await socket.send_str(json.dumps(ends[end]))
        return socket

    async def scenario(world, session) -> None:
        async with session.ws_connect(f"{world.running.address}/v1/responses") as socket:
            for count in (1, 2):
                await socket.send_str(json.dumps(CREATE))
                for _ in range(2):
                    await socket.receive()
                event = await world.event(count)
                assert event.why == ""
                assert (event.billed is not None) is (end == "completed")

    _played(make_stage, scenario, upstream)


def test_past_a_deadline_the_past_goes_out_as_it_did(make_stage) -> None:
    got: list[list[dict[str, str]]] = []
    past = [{"role": "user", "content": "Look."}, *CREATE["input"]]
    new = [{**item, "call_id": "call_new"} for item in CREATE["input"]]

    async def upstream(request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        async for message in socket:
            got.append(json.loads(message.data)["input"])
            await socket.send_str(json.dumps(COMPLETED))
        return socket

    async def scenario(world, session) -> None:
        counter("gpt-5")(LOG)  # Which takes a vocabulary.
        async with session.ws_connect(f"{world.running.address}/v1/responses") as socket:
            for items in (past, [*past, *new]):
                whole = CREATE | {"previous_response_id": "", "input": items}
                await socket.send_str(json.dumps(whole))
                assert await socket.receive_json() == COMPLETED
        Laborious.gate.set()
        assert len(got[0][2]["output"]) < len(LOG) / 2
        assert got[1] == [*got[0], *new]

    Laborious.gate = threading.Event()
    _played(make_stage, scenario, upstream, service=Laborious, bounds={"plan_seconds": 4.0})


@pytest.mark.parametrize("code", [1000, 1008, 4001])
@pytest.mark.parametrize("by_client", [False, True])
def test_a_close_is_passed_on(make_stage, code, by_client) -> None:
    closed: list[int | None] = []
    over = asyncio.Event()

    async def upstream(request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        if by_client:
            await socket.receive()
        else:
            await socket.close(code=code, message=b"bye")
        closed.append(socket.close_code)
        over.set()
        return socket

    async def scenario(world, session) -> None:
        async with session.ws_connect(f"{world.running.address}/v1/responses") as socket:
            assert await socket.receive_str() == "hello"
            if by_client:
                await socket.close(code=code)
            else:
                message = await socket.receive()
                assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, code, "bye")
        await over.wait()
        assert closed == [code]

    _played(make_stage, scenario, upstream)


def test_a_refused_handshake_comes_back_whole(make_stage) -> None:
    async def upstream(request) -> web.Response:
        return web.json_response({"error": "no sockets here"}, status=426, headers={"x-a": "b"})

    async def scenario(world, session) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{world.running.address}/v1/responses")
        assert refused.value.status == 426
        assert refused.value.headers["x-a"] == "b"

    _played(make_stage, scenario, upstream)


def test_a_call_without_an_end_is_counted(make_stage) -> None:
    async def upstream(request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        await socket.receive()
        request.transport.abort()
        return socket

    async def scenario(world, session) -> None:
        async with session.ws_connect(f"{world.running.address}/v1/responses") as socket:
            await socket.send_str(json.dumps(CREATE))
            message = await socket.receive()
            assert message.type is WSMsgType.CLOSE
        event = await world.event()
        assert event.why == "the connection ended"
        assert event.billed is None

    _played(make_stage, scenario, upstream)


def test_a_call_that_is_planned_when_the_connection_ends_reached_nobody(make_stage) -> None:
    async def upstream(request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        request.transport.abort()
        return socket

    async def scenario(world, session) -> None:
        async with session.ws_connect(f"{world.running.address}/v1/responses") as socket:
            await socket.send_str("bye")
            await socket.send_str(json.dumps(CREATE).replace('"c"', '"call_new"'))
            assert (await socket.receive()).type is WSMsgType.CLOSE
        Laborious.gate.set()
        event = await world.event()
        assert (event.why, event.status) == ("the connection ended", 0)

    Laborious.gate = threading.Event()
    _played(make_stage, scenario, upstream, service=Laborious)


def test_a_request_over_the_budget_ends_the_connection_and_says_why(
    make_stage, tmp_path: Path
) -> None:
    got: list[str] = []

    async def upstream(request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        while (message := await socket.receive()).type is WSMsgType.TEXT:
            got.append(message.data)
        return socket

    async def scenario(world, session) -> None:
        service = await limits.budget_service(Settings(tmp_path))
        own = limits.local_payer().organisation, Level.USER, limits.local_payer().user
        await service.set(*own, Terms(Unit.TOKENS, Period.DAY, 1))
        await service.close()
        async with session.ws_connect(f"{world.running.address}/v1/responses") as socket:
            await socket.send_str(json.dumps(CREATE))
            message = await socket.receive()
            assert (message.type, message.data) == (WSMsgType.CLOSE, 1008)
            assert "The daily budget of the user (1 tokens)" in message.extra
        event = await world.event()
        assert (event.outcome, event.sent_tokens) == ("refused", 0)
        assert "no room in a budget" in event.why
        assert got == []

    budgets = ProxyBudgets(limits.spending(Settings(tmp_path)), limits.local_payer())
    _played(make_stage, scenario, upstream, budgets=budgets)
