"""Nothing that breaks around us, or in us, breaks a request that would have gone well."""

import asyncio
import gzip
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from servers.port import held_port

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.ledger.memory import MemoryLedger
from aicontext.domain.errors import Unavailable
from aicontext.domain.proxy import ProxyOptions
from aicontext.domain.requests import Caller, Outcome
from aicontext.engine.estimate.counter import counter
from aicontext.entrypoints.proxy.app import Parts, start
from aicontext.entrypoints.proxy.planning import Planner
from aicontext.entrypoints.proxy.upstreams import Upstream
from aicontext.kit.clock import CLOCK, Clock
from aicontext.services.context.requests import Forwarding, RequestService

BODY = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENTS = (b'data: {"type":"a"}\n\n', b'data: {"type":"b"}\n\n', b"data: [DONE]\n\n")
WHOLE = STREAM + b"".join(b"%x\r\n%b\r\n" % (len(e), e) for e in EVENTS) + b"0\r\n\r\n"


class Broken(RequestService):
    def plan(self, *given: object, **named: object) -> Forwarding:
        raise RuntimeError("sk-secret")

    def sent(self, *given: object) -> Callable[[], None]:
        raise RuntimeError("sk-secret")

    def billed(self, *given: object) -> None:
        raise RuntimeError("sk-secret")


class Slow(RequestService):
    """Plans nothing that it is slow at before the gate opens."""

    gate: ClassVar[threading.Event]
    begun: ClassVar[threading.Event]

    def slow_at(self, body: bytes, late: str) -> bool:
        return True

    def plan(self, body: bytes, *given: object, late: str = "", **named: object) -> Forwarding:
        self.begun.set()
        if self.slow_at(body, late):
            self.gate.wait(60)
        return super().plan(body, *given, late=late, **named)


class Laborious(Slow):
    """Takes what time it has for what is new."""

    def slow_at(self, body: bytes, late: str) -> bool:
        return b"new" in body and not late


class Large(Slow):
    def slow_at(self, body: bytes, late: str) -> bool:
        return len(body) > 2**20


class Noting(Slow):
    noted: ClassVar[list[str]]

    def sent(self, forwarding: Forwarding, now: float) -> Callable[[], None]:
        self.noted.append(forwarding.outcome)
        return super().sent(forwarding, now)


class Full(RequestService):
    def plan(self, *given: object, **named: object) -> Forwarding:
        raise Unavailable("The archive is full.")


@dataclass
class Hands:
    """A clock that is set by hand."""

    at: float = 0.0

    def read(self) -> float:
        return self.at


@pytest.fixture(autouse=True)
def gate() -> threading.Event:
    """Is closed."""
    Slow.gate, Slow.begun, Noting.noted = threading.Event(), threading.Event(), []
    return Slow.gate


async def noted(outcome: str) -> None:
    """Returns once one thing was noted, which is this."""
    async with asyncio.timeout(20):
        while not Noting.noted:  # noqa: ASYNC110 - A thread's state has no event.
            await asyncio.sleep(0.01)
    assert Noting.noted == [outcome]


def test_a_stream_that_breaks_off_at_any_byte_breaks_off_for_the_client(stage) -> None:
    cut = 0

    async def answer(seen, writer) -> None:
        writer.write(WHOLE[:cut])
        await writer.drain()
        writer.close()

    async def scenario(world) -> None:
        nonlocal cut
        whole_body = b"".join(EVENTS)
        for cut in range(len(WHOLE)):
            got = await world.send(world.post("/v1/messages", BODY))
            head, _, rest = got.partition(b"\r\n\r\n")
            if cut < len(STREAM):
                assert head.startswith(b"HTTP/1.1 502 ")
                assert rest.startswith(b'{"type": "error"')
            else:
                assert head.startswith(b"HTTP/1.1 200 ")
                assert not rest.endswith(b"0\r\n\r\n")
                assert whole_body.startswith(_unchunked(rest))
            event = await world.event(cut + 1)
            assert event.why
        assert len(world.upstream.seen) == len(WHOLE)

    stage.play(scenario, answer)


def test_a_body_of_known_length_that_breaks_off_is_short(stage) -> None:
    async def answer(seen, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
        await writer.drain()
        writer.close()

    async def scenario(world) -> None:
        got = await world.send(world.post("/v1/messages", BODY))
        assert got.endswith(b"\r\n\r\n12345")
        assert b"Content-Length: 10\r\n" in got

    stage.play(scenario, answer)


def test_large_bodies_keep_no_other_waiting(make_stage, gate) -> None:
    large = BODY[:-1] + b',"x":"' + b"x" * 2**20 + b'"}'

    async def scenario(world) -> None:
        held = [asyncio.create_task(world.send(world.post("/v1/messages", large))) for _ in "abc"]
        for count in range(1, 4):
            await asyncio.wait_for(world.send(world.post("/v1/messages", BODY)), 60)
            assert (await world.event(count)).outcome == "unchanged"
        assert not any(task.done() for task in held)
        gate.set()
        assert all(b" 200 OK" in got for got in await asyncio.gather(*held))
        assert (await world.event(6)).outcome == "unchanged"

    make_stage(service=Large).play(scenario)


def test_pieces_come_as_they_are_sent(stage) -> None:
    sent = asyncio.Event()

    async def answer(seen, writer) -> None:
        writer.write(STREAM)
        for event in EVENTS:
            sent.clear()
            writer.write(b"%x\r\n%b\r\n" % (len(event), event))
            await writer.drain()
            await sent.wait()
        writer.write(b"0\r\n\r\n")

    async def scenario(world) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.running.port)
        writer.write(world.post("/v1/messages", BODY))
        await reader.readuntil(b"\r\n\r\n")
        for event in EVENTS:
            assert await reader.readuntil(b"\r\n") == b"%x\r\n" % len(event)
            assert await reader.readexactly(len(event) + 2) == event + b"\r\n"
            sent.set()
        assert await reader.read() == b"0\r\n\r\n"
        writer.close()

    stage.play(scenario, answer)


@pytest.mark.parametrize(
    ("service", "seconds", "why"),
    [
        (Broken, 30, "the plan failed: RuntimeError"),
        (Slow, 0.1, "the plan took over 0.1 s"),
        (Full, 30, "The archive is full."),
    ],
)
def test_a_plan_that_fails_lets_the_original_through(
    make_stage, caplog, gate, service, seconds, why
) -> None:
    async def scenario(world) -> None:
        assert b" 200 OK" in await world.send(world.post("/v1/messages", BODY))
        assert world.upstream.seen[0].body == BODY
        event = await world.event()
        assert (event.outcome, event.why, event.status) == ("passed", why, 200)

    make_stage(service=service, bounds={"plan_seconds": seconds}).play(scenario)
    gate.set()
    assert "sk-secret" not in caplog.text


ROWS = "\n".join(f"2026-01-01 00:00:{n % 60:02d} INFO job {n % 3} is done" for n in range(300))


def _talk(*results: str) -> bytes:
    """A request of Chat form in which a tool gave these results."""
    messages: list[dict[str, object]] = [{"role": "user", "content": "Look."}]
    for n, text in enumerate(results):
        call = {"id": f"c{n}", "type": "function", "function": {"name": "Bash"}}
        messages.append({"role": "assistant", "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{n}", "content": text})
    tools = [{"type": "function", "function": {"name": "Bash"}}]
    return json.dumps({"model": "gpt-5", "tools": tools, "messages": messages}).encode()


def _messages(body: bytes) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(body)["messages"]
    return found


def test_past_a_deadline_the_past_goes_out_as_it_did(make_stage, gate) -> None:
    async def scenario(world) -> None:
        counter("gpt-5")(ROWS)  # Which takes a vocabulary.
        await world.send(world.post("/v1/chat/completions", _talk(ROWS)))
        await world.send(world.post("/v1/chat/completions", _talk(ROWS, "new\n" + ROWS)))
        gate.set()
        first, second = (_messages(seen.body) for seen in world.upstream.seen)
        assert len(str(first)) < len(ROWS) / 2
        assert second[: len(first)] == first
        assert second[-1]["content"] == "new\n" + ROWS
        event = await world.event(2)
        assert (event.outcome, event.why) == ("optimized", "the plan took over 4.0 s")

    make_stage(service=Laborious, bounds={"plan_seconds": 4.0}).play(scenario)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:1", b"connection refused"),
        ("https://nowhere.invalid", b"its name could not be looked up"),
    ],
)
def test_why_an_upstream_is_not_reached_is_told(make_stage, address, why) -> None:
    async def scenario(world) -> None:
        answer = await world.send(world.post("/to/down/v1/chat/completions", _talk(ROWS)))
        assert b" 502 " in answer
        assert b"did not answer (" + why + b")" in answer

    make_stage(named={"down": address}).play(scenario)


@pytest.mark.parametrize(
    ("status", "kept"), [(400, False), (429, False), (529, False), (500, True), (200, True)]
)
def test_what_was_turned_away_is_held_by_none(make_stage, status, kept) -> None:
    body = _talk(ROWS)
    stage = make_stage()

    async def scenario(world) -> None:
        answer = await world.send(world.post("/v1/chat/completions", body))
        assert f" {status} ".encode() in answer
        plan = world.service.plan(body, Caller(), CLOCK.now())
        assert (plan.trace.direct_read > 1000) is kept

    answer = f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    stage.play(scenario, answer)


def test_what_got_to_no_upstream_is_held_by_none(make_stage) -> None:
    body = _talk(ROWS)

    async def scenario(world) -> None:
        def held() -> int:
            return world.service.plan(body, Caller(), CLOCK.now()).trace.direct_read

        assert b" 502 " in await world.send(world.post("/to/down/v1/chat/completions", body))
        assert held() == 0
        assert b" 200 " in await world.send(world.post("/v1/chat/completions", body))
        assert held() > 1000
        assert b" 502 " in await world.send(world.post("/to/down/v1/chat/completions", body))
        assert held() > 1000

    make_stage(named={"down": "http://127.0.0.1:1"}).play(scenario)


def test_a_plan_that_waits_for_a_vocabulary_has_its_time_again(gate) -> None:
    turns = iter((0, 1, 2, 2, 2))

    def loads() -> int:
        if (turn := next(turns)) == 2:
            gate.set()
        return turn

    async def scenario() -> None:
        service = Slow(MemoryArchive(), MemoryLedger())
        counter("m")("hi")  # Which takes a vocabulary.
        planner = Planner(service, CLOCK, 1.0, 2**20, loads=loads)
        made = await planner.plan(BODY, "", Caller(), 0.0)
        planner.close()
        assert made.forwarding.outcome is not Outcome.PASSED

    asyncio.run(scenario())


def test_under_overload_the_past_of_all_goes_out_as_it_did(make_stage, gate) -> None:
    """More plans are stuck than there are threads for, and than may wait."""
    pasts = [f"session {n}\n{ROWS}" for n in range(80)]

    async def scenario(world) -> None:
        async def ask(*results: str) -> bytes:
            return await world.send(world.post("/v1/chat/completions", _talk(*results)))

        counter("gpt-5")(ROWS)
        for past in pasts:
            await ask(past)
        before = [_messages(seen.body) for seen in world.upstream.seen]
        assert len(str(before)) < len(str(pasts)) / 2
        await asyncio.gather(*(ask(past, f"new {n}\n{ROWS}") for n, past in enumerate(pasts)))
        gate.set()
        after = [_messages(seen.body) for seen in world.upstream.seen[len(pasts) :]]
        news = [str(messages.pop()["content"]) for messages in after]
        assert all(new.endswith(ROWS) for new in news)
        numbers = [int(new.split()[1]) for new in news]
        assert sorted(numbers) == list(range(len(pasts)))
        answering = [messages.pop() for messages in after]
        assert all("tool_calls" in message for message in answering)
        assert after == [before[number] for number in numbers]

    make_stage(service=Laborious, bounds={"plan_seconds": 4.0}).play(scenario)


def test_what_goes_out_is_noted_once_and_nothing_else(make_stage, gate) -> None:
    async def scenario(world) -> None:
        gate.set()
        await world.send(world.post("/v1/messages/count_tokens", BODY))
        assert not Noting.noted
        gate.clear()
        Slow.begun.clear()
        _, writer = await asyncio.open_connection("127.0.0.1", world.running.port)
        writer.write(world.post("/v1/messages", BODY))
        assert await asyncio.to_thread(Slow.begun.wait, 20)
        writer.close()
        assert (await world.event()).why == "the client went away"
        gate.set()
        await world.send(world.post("/v1/messages", BODY))
        await noted("unchanged")

    make_stage(service=Noting).play(scenario)


def test_what_was_planned_too_late_is_noted_as_it_went_out(make_stage, gate) -> None:
    async def scenario(world) -> None:
        await world.send(world.post("/v1/messages", BODY))
        gate.set()
        await noted("passed")

    make_stage(service=Noting, bounds={"plan_seconds": 0.05}).play(scenario)
    assert Noting.noted == ["passed"]


class Sluggish(Noting):
    """Whose notes come long after the request went out."""

    def given_up(self, body: bytes, why: str, now: float) -> Forwarding:
        self.gate.wait(60)
        assert body == BODY
        return super().given_up(body, why, now)


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_what_was_given_up_is_noted_after_it_went_out(make_stage, gate, coding) -> None:
    body = gzip.compress(BODY) if coding else BODY

    async def scenario(world) -> None:
        await world.send(world.post("/v1/messages", body, f"Content-Encoding: {coding}"))
        assert world.upstream.seen[0].body == body
        assert not Noting.noted
        gate.set()
        await noted("passed")

    make_stage(service=Sluggish, bounds={"plan_seconds": 0.05}).play(scenario)


@pytest.mark.parametrize("length", range(0, len(BODY), 7))
def test_truncated_json_is_the_providers_business(stage, length) -> None:
    async def scenario(world) -> None:
        await world.send(world.post("/v1/messages", BODY[:length]))
        assert world.upstream.seen[0].body == BODY[:length]
        assert (await world.event()).outcome == "passed"

    stage.play(scenario)


@pytest.mark.parametrize(("chunked", "count"), [(False, 100), (True, 70)])
def test_a_body_of_100_mb_is_streamed_through(stage, chunked, count) -> None:
    piece = bytes(2**20)

    async def scenario(world) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.running.port)
        kind = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {count * len(piece)}"
        head = (
            f"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{kind}\r\n\r\n"
        )
        writer.write(head.encode())
        for _ in range(count):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            await writer.drain()
        writer.write(b"0\r\n\r\n" if chunked else b"")
        assert b" 200 OK" in await reader.read()
        writer.close()
        body = world.upstream.seen[0].body
        assert len(body) == count * len(piece)
        assert hashlib.sha256(body).digest() == hashlib.sha256(piece * count).digest()
        event = await world.event()
        assert (event.outcome, event.why) == ("passed", "the body is too large to be read whole")

    stage.play(scenario)


def test_a_body_that_swells_when_decoded_goes_as_it_came(make_stage) -> None:
    async def scenario(world) -> None:
        bomb = gzip.compress(bytes(20 * 2**20))
        await world.send(world.post("/v1/messages", bomb, "Content-Encoding: gzip"))
        assert world.upstream.seen[0].body == bomb
        assert "over 1,048,576 bytes" in (await world.event()).why

    make_stage(bounds={"body": 2**20}).play(scenario)


def test_too_many_bodies_at_once_are_streamed(make_stage) -> None:
    async def scenario(world) -> None:
        await world.send(world.post("/v1/messages", BODY * 100))
        assert world.upstream.seen[0].body == BODY * 100
        assert (await world.event()).why == "the body is too large to be read whole"

    make_stage(bounds={"buffered": 1000}).play(scenario)


def test_a_client_that_dribbles_its_body_is_told_so(make_stage) -> None:
    async def scenario(world) -> None:
        request = world.post("/v1/messages", BODY)
        got = await world.send(request[:-5])
        assert got.startswith(b"HTTP/1.1 408 ")
        assert not world.upstream.seen
        assert (await world.event()).why == "request timeout"

    make_stage(bounds={"client_idle": 0.1}).play(scenario)


def test_a_connection_that_sends_no_request_is_closed(make_stage) -> None:
    async def scenario(world) -> None:
        assert await world.send(b"POST /v1/messages HT") == b""
        assert await world.send(b"") == b""

    make_stage(bounds={"idle_connection": 0.1}).play(scenario)


def test_a_client_that_takes_nothing_is_cut_off(make_stage) -> None:
    async def answer(seen, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(2**16))
            await writer.drain()

    async def scenario(world) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", world.running.port, limit=1)
        writer.write(world.post("/v1/messages", BODY))
        await asyncio.wait_for(world.upstream.lost.wait(), 60)
        assert (await world.event()).why.startswith("the answer broke off: TimeoutError; ")
        writer.close()

    make_stage(bounds={"client_idle": 0.2}).play(scenario, answer)


def test_of_an_answer_too_long_to_be_metered_is_told_why(stage) -> None:
    event = b"data: " + b"x" * 5 * 2**20 + b"\n\n"
    answer = STREAM + b"%x\r\n%b\r\n0\r\n\r\n" % (len(event), event)

    async def scenario(world) -> None:
        assert event[:1000] in await world.send(world.post("/v1/messages", BODY))
        assert (await world.event()).why.startswith("what it used was not read: a part")

    stage.play(scenario, answer)


@pytest.mark.parametrize("begun", [False, True])
def test_an_upstream_that_falls_silent_is_given_up(make_stage, begun) -> None:
    async def answer(seen, writer) -> None:
        writer.write(WHOLE[:-5] if begun else b"")
        await writer.drain()
        await asyncio.sleep(60)

    async def scenario(world) -> None:
        got = await world.send(world.post("/v1/messages", BODY))
        assert got.startswith(b"HTTP/1.1 200 " if begun else b"HTTP/1.1 504 ")
        assert got.endswith(b"[DONE]\n\n\r\n" if begun else b"}}")
        assert world.upstream.lost.is_set()
        assert (await world.event()).why

    make_stage(bounds={"upstream_idle": 0.5}).play(scenario, answer)


def test_an_upstream_that_speaks_slowly_is_not(make_stage) -> None:
    async def answer(seen, writer) -> None:
        for at in range(0, len(WHOLE), 15):
            writer.write(WHOLE[at : at + 15])
            await asyncio.sleep(0.25)

    async def scenario(world) -> None:
        assert (await world.send(world.post("/v1/messages", BODY))).endswith(b"0\r\n\r\n")

    make_stage(bounds={"upstream_idle": 2.0}).play(scenario, answer)


@pytest.mark.parametrize("begun", [False, True])
def test_an_upstream_is_let_go_when_the_client_goes(stage, begun) -> None:
    async def answer(seen, writer) -> None:
        if begun:
            writer.write(WHOLE[:-5])
            await writer.drain()
        await asyncio.sleep(60)

    async def scenario(world) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.running.port)
        writer.write(world.post("/v1/messages", BODY))
        await world.upstream.called.wait()
        if begun:
            await reader.readuntil(b"[DONE]")
        writer.close()
        await asyncio.wait_for(world.upstream.lost.wait(), 60)
        event = await world.event()
        assert event.why.startswith("the client went away; ")
        assert event.status == (200 if begun else 0)

    stage.play(scenario, answer)


def test_a_connection_that_had_gone_stale_is_no_failure(stage) -> None:
    """An upstream may close an idle connection just when we use it."""

    async def answer(seen, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        if seen.body == b"last":
            writer.close()

    async def scenario(world) -> None:
        await world.send(world.post("/v1/files", b"first"))
        await world.send(world.post("/v1/files", b"last"))
        for n in range(5):
            assert b" 200 OK" in await world.send(world.post("/v1/files", b"%d" % n))

    stage.play(scenario, answer)


def test_a_request_that_may_have_been_read_is_not_sent_again(stage) -> None:
    async def answer(seen, writer) -> None:
        writer.close()

    async def scenario(world) -> None:
        assert b" 502 " in await world.send(world.post("/v1/messages", BODY))
        assert len(world.upstream.seen) == 1

    stage.play(scenario, answer)


def test_a_fallback_stands_in_until_the_upstream_is_back(make_stage) -> None:
    hands, calls, port = Hands(), [], held_port()

    async def first(reader, writer) -> None:
        calls.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def scenario(world) -> None:
        async def by() -> str:
            assert b" 200 OK" in await world.send(world.post("/to/first/v1/messages", BODY))
            return world.events[-1].upstream

        assert [await by() for _ in range(4)] == ["anthropic"] * 4
        async with await asyncio.start_server(first, "127.0.0.1", port):
            assert await by() == "anthropic"
            hands.at += 11
            assert [await by(), await by()] == ["first", "first"]
        assert len(calls) == 2

    make_stage(
        {"fallbacks": {"first": "anthropic"}},
        named={"first": f"http://127.0.0.1:{port}"},
        clock=Clock(tick=hands.read),
    ).play(scenario)


def test_without_a_fallback_an_upstream_that_failed_is_tried_each_time(make_stage) -> None:
    port = held_port()

    async def first(reader, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def scenario(world) -> None:
        request = world.post("/to/first/v1/messages", BODY)
        assert [b" 502 " in await world.send(request) for _ in range(4)] == [True] * 4
        async with await asyncio.start_server(first, "127.0.0.1", port):
            assert b" 200 OK" in await world.send(request)

    make_stage(named={"first": f"http://127.0.0.1:{port}"}, clock=Clock(tick=Hands().read)).play(
        scenario
    )


def test_a_status_is_tried_again_only_where_asked_for(make_stage) -> None:
    tries: list[bytes] = []

    async def answer(seen, writer) -> None:
        tries.append(seen.body)
        writer.write(b"HTTP/1.1 529 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")

    async def scenario(world) -> None:
        assert b" 529 " in await world.send(world.post("/v1/messages", BODY))

    make_stage().play(scenario, answer)
    assert tries == [BODY]
    tries.clear()
    make_stage({"retried": frozenset({529})}).play(scenario, answer)
    assert tries == [BODY] * 3


def test_calls_under_way_are_let_finish(make_stage) -> None:
    async def answer(seen, writer) -> None:
        writer.write(WHOLE[:-5])
        await writer.drain()
        await asyncio.sleep(0.3)
        writer.write(WHOLE[-5:])

    async def scenario(world) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.running.port)
        writer.write(world.post("/v1/messages", BODY))
        await reader.readuntil(b"[DONE]")
        await world.running.stop()
        assert (await reader.read()).endswith(b"0\r\n\r\n")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", world.running.port)
        writer.close()

    make_stage(bounds={"drain": 10.0}).play(scenario, answer)


def _unchunked(body: bytes) -> bytes:
    """What whole and cut chunks carry."""
    out = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        out += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return out


@pytest.mark.parametrize(
    ("address", "around", "over"),
    [
        ("http://provider.example", "", True),
        ("http://provider.example", "other.example, .EXAMPLE", False),
        ("http://provider.example", "vider.example", True),
        ("http://provider.example", "ovider.example,*", False),
        ("https://provider.example", "", False),
        ("http://127.0.0.1:9", "", False),
    ],
)
def test_calls_go_out_over_the_web_proxy(address, around, over) -> None:
    options = ProxyOptions(web_proxies={"http": "http://u:p@web:3128"}, no_web_proxy=around)
    found = Upstream("x", address, options).over
    assert (str(found) if found else "") == ("http://u:p@web:3128" if over else "")
    assert "u:p" not in repr(options)


def test_a_web_proxy_gets_the_call_and_its_own_login(make_stage) -> None:
    """Our upstream plays the web proxy: a host that does not exist answers through it."""

    async def scenario(world) -> None:
        port = world.upstream.server.sockets[0].getsockname()[1]
        options = ProxyOptions(
            port=0,
            upstreams={"anthropic": "http://provider.invalid/base"},
            web_proxies={"http": f"http://user:word@127.0.0.1:{port}"},
        )
        running = await start(options, Parts(world.service, world.context.retrieve, world.events))
        try:
            over = replace(world, running=running)
            assert b" 200 OK" in await over.send(world.post("/v1/messages", BODY, "x-api-key: k"))
        finally:
            await running.stop()
        seen = world.upstream.seen[0]
        assert seen.target == b"http://provider.invalid/base/v1/messages"
        assert (b"Proxy-Authorization", b"Basic dXNlcjp3b3Jk") in seen.headers
        assert seen.body == BODY

    make_stage().play(scenario)
