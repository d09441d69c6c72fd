"""What we do not change goes through byte for byte, both ways."""

import asyncio
import gzip
import json
import zlib

import pytest
import zstandard

STRANGE = (
    b'{"model":"claude-sonnet-4-5", "temperature":1e0,"n":1e5,"n":100000.0,'
    b'"messages":[{"role":"user","content":"h\\u0069 \xc3\xa9","x":[1.0,{"y":null}]}],'
    b'\n "_":""}  \n'
)
LOG = "\n".join(f"2026-01-01 00:00:{i % 60:02d} INFO worker started ok" for i in range(400))
LONG = json.dumps(
    {
        "model": "claude-sonnet-4-5",
        "tools": [{"name": "Bash", "input_schema": {}}],
        "messages": [
            {"role": "user", "content": "why?"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "a", "name": "Bash", "input": {}}],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "a", "content": LOG}],
            },
        ],
        "metadata": {"unknown": [1, 2.50]},
    }
).encode()


@pytest.mark.parametrize(
    "target",
    ["/v1/messages?beta=true", "/v1/chat/completions", "/v1/responses", "/v1/files", "/api/chat"],
)
def test_a_body_goes_out_byte_for_byte(stage, target) -> None:
    async def scenario(world) -> None:
        await world.send(world.post(target, STRANGE))
        assert world.upstream.seen[0].body == STRANGE

    stage.play(scenario)


@pytest.mark.parametrize(
    "target",
    [
        "/v1/a%2Fb/%41?x=%5B&y=a+b&&z",
        "/v1/messages?",
        "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse&key=a%3D",
        "/v1//double?q=/../x",
    ],
)
def test_the_target_goes_out_as_it_came(stage, target) -> None:
    async def scenario(world) -> None:
        await world.send(world.post(target, b"{}"))
        assert world.upstream.seen[0].target == target.encode()

    stage.play(scenario)


def test_headers_keep_their_order_case_and_repeats(stage) -> None:
    headers = [
        "x-api-key: sk-1",
        "ANTHROPIC-beta: a,b",
        "anthropic-version: 2023-06-01",
        "User-Agent: Tool/1 (x; y)",
        "X-Twice: 1",
        "accept: application/json",
        "X-Twice: 2",
        "Cookie: a=b; c=d",
        "content-TYPE: application/json",
        "Accept-Encoding: gzip, deflate",
    ]

    async def scenario(world) -> None:
        await world.send(world.post("/v1/messages", STRANGE, *headers, "Proxy-Connection: x"))
        got = [f"{n.decode()}: {v.decode()}" for n, v in world.upstream.seen[0].headers]
        assert got[0].startswith("Host: 127.0.0.1:")
        assert got[1:] == [*headers, f"Content-Length: {len(STRANGE)}"]

    stage.play(scenario)


def test_no_header_is_added(stage) -> None:
    async def scenario(world) -> None:
        await world.send(world.get("/v1/models"))
        assert [name for name, _ in world.upstream.seen[0].headers] == [b"Host"]

    stage.play(scenario)


def test_headers_of_one_connection_stay_there(stage) -> None:
    async def scenario(world) -> None:
        request = world.get("/v1/models", "X-Mine: 1", "TE: trailers")
        request = request.replace(b"Connection: close", b"Connection: close, x-mine")
        await world.send(request)
        assert [name for name, _ in world.upstream.seen[0].headers] == [b"Host"]

    stage.play(scenario)


@pytest.mark.parametrize(
    ("asked", "going"),
    [
        ("gzip, deflate, br, zstd", "gzip, deflate"),
        ("br", "identity"),
        ("br;q=1.0, gzip;q=0.8", "gzip;q=0.8"),
        ("*", "identity"),
    ],
)
def test_only_codings_that_we_can_read_are_asked_for(stage, asked, going) -> None:
    async def scenario(world) -> None:
        await world.send(world.get("/v1/models", f"Accept-Encoding: {asked}"))
        assert (b"Accept-Encoding", going.encode()) in world.upstream.seen[0].headers

    stage.play(scenario)


def test_an_answer_comes_back_as_it_is(stage) -> None:
    body = b'{"error" : {"type":"rate","n":1e2}}'
    answer = (
        b"HTTP/1.1 429 Too Many Requests\r\nrequest-ID: r1\r\nretry-after: 3\r\n"
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nanthropic-ratelimit-x: 0\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )

    async def scenario(world) -> None:
        got = await world.send(world.post("/v1/messages", STRANGE))
        assert got.replace(b"Connection: close\r\n", b"") == answer
        event = await world.event()
        assert event.status == 429
        assert event.billed is None

    stage.play(scenario, answer)


def test_streams_come_whole_over_one_connection_however_slowly_they_are_read(stage) -> None:
    pieces = [b"%06d" % size * size for size in (1, 2, 2**14, 3, 2**16, 1, 2**18)] * 4

    async def answer(seen, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async def scenario(world) -> None:
        request = world.post("/v1/messages", STRANGE).replace(b"Connection: close\r\n", b"")
        reader, writer = await asyncio.open_connection("127.0.0.1", world.running.port, limit=2**10)
        for _ in range(3):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            came = []
            while size := int(await reader.readuntil(b"\r\n"), 16):
                came.append(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readexactly(2)
            assert b"".join(came) == b"".join(pieces)
        writer.close()
        assert world.upstream.connections == 1

    stage.play(scenario, answer)


def test_an_encoded_answer_is_not_touched(stage) -> None:
    body = gzip.compress(b'{"usage":{"input_tokens":7,"output_tokens":3}}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\n"

    async def scenario(world) -> None:
        got = await world.send(world.post("/v1/messages", STRANGE, "Accept-Encoding: gzip"))
        assert got.endswith(b"\r\n\r\n" + body)
        event = await world.event()
        assert (event.billed.input, event.billed.output) == (7, 3)

    stage.play(scenario, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def test_a_redirect_is_the_clients_business(stage) -> None:
    answer = b"HTTP/1.1 307 Temporary\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"

    async def scenario(world) -> None:
        assert b"Location: http://10.0.0.1/" in await world.send(world.get("/v1/models"))

    stage.play(scenario, answer)


def test_head_and_empty_answers(stage) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 120\r\n\r\n"

    async def scenario(world) -> None:
        got = await world.send(world.get("/v1/models").replace(b"GET", b"HEAD", 1))
        assert b"Content-Length: 120\r\n" in got
        assert got.endswith(b"\r\n\r\n")

    stage.play(scenario, answer)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_an_encoded_body_is_planned_and_goes_out_plain_when_changed(stage, coding) -> None:
    async def scenario(world) -> None:
        body = _encoded(LONG, coding)
        await world.send(world.post("/v1/messages", body, f"Content-Encoding: {coding}"))
        seen = world.upstream.seen[0]
        event = await world.event()
        assert event.outcome == "optimized"
        assert b"content-encoding" not in seen.head.lower()
        assert len(seen.body) < len(LONG)
        assert seen.body.startswith(LONG[:60])
        assert seen.body.endswith(b'"metadata": {"unknown": [1, 2.5]}}')

    stage.play(scenario)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_an_encoded_body_goes_out_as_it_came_when_nothing_changes(stage, coding) -> None:
    async def scenario(world) -> None:
        body = _encoded(STRANGE, coding)
        await world.send(world.post("/v1/messages", body, f"content-encoding: {coding}"))
        seen = world.upstream.seen[0]
        assert seen.body == body
        assert (b"content-encoding", coding.encode()) in seen.headers
        assert (await world.event()).outcome == "unchanged"

    stage.play(scenario)


def test_a_signed_request_goes_out_as_it_came(stage) -> None:
    signed = "Authorization: AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y"

    async def scenario(world) -> None:
        headers = (signed, "Accept-Encoding: br")
        fields = {name: value for name, value in json.loads(LONG).items() if name != "model"}
        body = json.dumps(fields).encode()
        await world.send(world.post("/to/openai/model/claude/invoke", body, *headers))
        seen = world.upstream.seen[0]
        assert seen.body == body
        assert (b"Accept-Encoding", b"br") in seen.headers
        event = await world.event()
        assert event.outcome == "passed"
        assert event.why == "the request is signed: a change would break that"
        assert event.protocol == "anthropic-messages"
        assert event.model == "claude"

    stage.play(scenario)


def test_a_chunked_body_is_read_and_sent(stage) -> None:
    async def scenario(world) -> None:
        head = b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        parts = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (STRANGE[:7], STRANGE[7:]))
        await world.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + parts + b"0\r\n\r\n")
        assert world.upstream.seen[0].body == STRANGE

    stage.play(scenario)


def test_a_client_that_waits_for_a_go_ahead_gets_it(stage) -> None:
    async def scenario(world) -> None:
        got = await world.send(world.post("/v1/messages", STRANGE, "Expect: 100-continue"))
        assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert b"expect" not in world.upstream.seen[0].head.lower()

    stage.play(scenario)


def test_a_client_of_http_1_0_is_given_no_interim_answer(stage) -> None:
    """It would take that for the answer (RFC 9110, 15.2)."""

    async def scenario(world) -> None:
        request = world.post("/v1/messages", STRANGE, "Expect: 100-continue")
        got = await world.send(request.replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        assert b" 200 OK\r\n" in got.partition(b"\r\n")[0] + b"\r\n"
        assert world.upstream.seen[0].body == STRANGE

    stage.play(scenario)


def test_only_a_get_becomes_a_websocket(stage) -> None:
    async def scenario(world) -> None:
        asked = "Connection: upgrade", "Upgrade: websocket"
        got = await world.send(world.post("/v1/responses", STRANGE, *asked))
        assert got.startswith(b"HTTP/1.1 200 OK\r\n")
        assert world.upstream.seen[0].head.startswith(b"POST /v1/responses ")
        assert world.upstream.seen[0].body == STRANGE

    stage.play(scenario)


def _encoded(body: bytes, coding: str) -> bytes:
    if coding == "zstd":
        return zstandard.compress(body)
    return gzip.compress(body) if coding == "gzip" else zlib.compress(body)
