"""Who is let in, and what errors of ours look like."""

import json
import logging

import pytest

from aicontext.domain.errors import InvalidInput
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.guard import Guard

BODY = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
KEY = "sk-ant-SECRET-0123456789"


def _parts(answer: bytes) -> tuple[int, bytes, dict]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), head, json.loads(body)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_a_public_address_needs_a_token(host) -> None:
    with pytest.raises(InvalidInput, match="token"):
        Guard(ProxyOptions(host=host))
    Guard(ProxyOptions(host=host, token="t"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_loopback_address_needs_none(host) -> None:
    Guard(ProxyOptions(host=host))


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8787", True),
        ("LOCALHOST", True),
        ("[::1]:8787", True),
        ("box.lan:8787", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("127.0.0.1@evil.example", False),
        ("localhost:8787:1", False),
        ("", False),
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(make_stage, host, allowed) -> None:
    async def scenario(world) -> None:
        request = world.post("/v1/messages", BODY, f"x-api-key: {KEY}")
        answer = await world.send(request.replace(b"Host: 127.0.0.1", f"Host: {host}".encode()))
        assert (b" 200 OK" in answer) == allowed
        assert len(world.upstream.seen) == allowed
        assert KEY.encode() not in answer

    make_stage({"hosts": frozenset({"Box.lan"})}).play(scenario)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("vscode-webview://abc", True),
        ("chrome-extension://abc", True),
        ("https://evil.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_web_pages_are_refused(stage, origin, allowed) -> None:
    async def scenario(world) -> None:
        answer = await world.send(world.post("/api/chat", BODY, f"Origin: {origin}"))
        assert (b" 200 OK" in answer) == allowed
        assert b"access-control" not in answer.lower()
        assert len(world.upstream.seen) == allowed

    stage.play(scenario)


def test_each_origin_is_looked_at(stage) -> None:
    async def scenario(world) -> None:
        both = ("Origin: http://localhost", "Origin: https://evil.example")
        for origins in (both, both[::-1]):
            assert b" 403 " in await world.send(world.post("/api/chat", BODY, *origins))
        assert not world.upstream.seen

    stage.play(scenario)


@pytest.mark.parametrize(
    "line", [f"x-api-key {KEY}", f"x-api-key\x00: {KEY}", f"x-api-key: {KEY}\x00", f"{KEY}\x01: 1"]
)
def test_what_is_no_http_is_not_quoted(stage, line) -> None:
    async def scenario(world) -> None:
        answer = await world.send(f"GET / HTTP/1.1\r\nHost: localhost\r\n{line}\r\n\r\n".encode())
        status, _, problem = _parts(answer)
        assert (status, problem["code"]) == (400, "bad_request")
        assert KEY.encode() not in answer

    stage.play(scenario)


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        pytest.param("/v1/messages", f"x-a: {KEY * 9_000}\r\n", id="long"),
        pytest.param("/v1/messages", f"x-a: {KEY}\r\n" * 200, id="many"),
        pytest.param(f"/v1/messages?{KEY * 3_000}", "", id="address"),
    ],
)
def test_a_head_over_the_bounds_is_told_so(stage, target, headers) -> None:
    async def scenario(world) -> None:
        head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
        answer = await world.send(head.encode())
        status, _, problem = _parts(answer)
        assert (status, problem["code"]) == (431, "head_too_large")
        assert KEY.encode() not in answer
        assert not world.upstream.seen

    stage.play(scenario)


@pytest.mark.parametrize("path", ["/v1/messages", "/aicontext/savings", "/aicontext/health", "/x"])
@pytest.mark.parametrize("shown", ["", "x", "tok", "token2", "t\u00f6ken"])
def test_the_token_is_wanted_everywhere(make_stage, path, shown) -> None:
    async def scenario(world) -> None:
        headers = [f"x-aicontext-token: {shown}"] if shown else []
        answer = await world.send(world.get(path, *headers))
        assert _parts(answer)[0] == 401
        assert not world.upstream.seen

    make_stage({"token": "token"}).play(scenario)


def test_the_token_goes_no_further(make_stage) -> None:
    async def scenario(world) -> None:
        await world.send(world.post("/v1/messages", BODY, "X-AIContext-Token: token"))
        assert b"token" not in world.upstream.seen[0].head.lower()

    make_stage({"token": "token"}).play(scenario)


CHUNKED = "Transfer-Encoding: chunked"
HIDDEN = b"GET /v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param((CHUNKED, "Content-Length: 5"), b"0\r\n\r\n", id="both"),
        pytest.param(("Content-Length: 5", CHUNKED), b"0\r\n\r\n", id="both-turned"),
        pytest.param(("Content-Length: 5", "Content-Length: 0"), b"0\r\n\r\n", id="two-lengths"),
        pytest.param(("Content-Length: +5",), b"0\r\n\r\n", id="signed"),
        pytest.param((CHUNKED, CHUNKED), b"0\r\n\r\n", id="twice"),
        pytest.param(("Transfer-Encoding : chunked",), b"0\r\n\r\n", id="blank"),
        pytest.param(("Transfer-Encoding: xchunked",), b"0\r\n\r\n", id="like"),
        pytest.param(("X: a", f" {CHUNKED}"), b"0\r\n\r\n", id="folded"),
        pytest.param((f"X: a\r{CHUNKED}",), b"0\r\n\r\n", id="return"),
        pytest.param((CHUNKED,), b"2\nab\r\n0\r\n\r\n", id="bare-line-end"),
        pytest.param((CHUNKED,), b"fffffffffffffffff\r\n", id="overflow"),
    ],
)
def test_no_request_hides_in_another(stage, headers, body) -> None:
    """Whoever reads lengths otherwise than we do would find a second request in the first."""

    async def scenario(world) -> None:
        lines = ("POST /v1/messages HTTP/1.1", "Host: localhost", *headers, "", "")
        answer = await world.send("\r\n".join(lines).encode() + body + HIDDEN)
        assert _parts(answer)[0] == 400
        assert answer.count(b"HTTP/1.") == 1
        assert not world.upstream.seen

    stage.play(scenario)


def test_a_body_encoded_for_the_way_is_refused(stage) -> None:
    async def scenario(world) -> None:
        lines = ("POST /v1/messages HTTP/1.1", "Host: localhost", "Connection: close")
        head = "\r\n".join((*lines, "Transfer-Encoding: gzip, chunked", "", "")).encode()
        assert _parts(await world.send(head + b"2\r\nab\r\n0\r\n\r\n"))[0] == 501
        assert not world.upstream.seen

    stage.play(scenario)


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/v1/messages",
        "//evil.example/v1/messages",
        "/to/evil.example/v1/messages",
        "/to/http:%2F%2Fevil.example/v1/messages",
        "/to/anthropic/../../v1/messages",
        "/to/anthropic/%2e%2E/v1/messages",
        "/nobody/knows",
    ],
)
def test_no_client_chooses_the_host(stage, target) -> None:
    async def scenario(world) -> None:
        status, _, problem = _parts(await world.send(world.post(target, BODY)))
        assert status in (400, 404)
        assert "message" in str(problem) or problem["detail"]
        assert not world.upstream.seen

    stage.play(scenario)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
def test_nothing_is_asked_to_send_keys_back(stage, method) -> None:
    async def scenario(world) -> None:
        request = world.get("/v1/models", "x-api-key: sk-x").replace(b"GET", method.encode(), 1)
        assert b" 405 " in await world.send(request)
        assert not world.upstream.seen

    stage.play(scenario)


@pytest.mark.parametrize(
    ("target", "read"),
    [
        ("/v1/messages", lambda e: (e["type"], e["error"]["type"], e["error"]["message"])),
        ("/v1/chat/completions", lambda e: ("", e["error"]["code"], e["error"]["message"])),
        ("/v1/responses", lambda e: ("", e["error"]["type"], e["error"]["message"])),
        (
            "/v1beta/models/g:generateContent",
            lambda e: (e["error"]["code"], e["error"]["status"], e["error"]["message"]),
        ),
        ("/api/chat", lambda e: ("", "-", e["error"])),
        ("/to/dead/unknown", lambda e: (e["title"], e["code"], e["detail"])),
    ],
)
def test_an_error_of_ours_has_the_providers_shape(make_stage, target, read) -> None:
    async def scenario(world) -> None:
        for name in ("/to/dead", ""):
            if name not in target:
                status, head, problem = _parts(await world.send(world.post(name + target, BODY)))
                assert status == 502
                kind = b"problem+json" if target.startswith("/to") else b"application/json"
                assert kind in head
                assert all(part is not None for part in read(problem))
                assert "AICONTEXT_UPSTREAMS" in read(problem)[2]
                return

    make_stage(named={"dead": "http://127.0.0.1:9"}).play(scenario)


def test_no_key_is_in_any_log_or_event(make_stage, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    headers = (f"x-api-key: {KEY}", f"Authorization: Bearer {KEY}", f"Cookie: s={KEY}")

    async def scenario(world) -> None:
        get, post = world.get, world.post
        for request in (
            post("/v1/messages", BODY, *headers),
            post(f"/v1beta/models/g:generateContent?key={KEY}", BODY, *headers),
            post("/to/dead/v1/messages", BODY, *headers),
            post("/to/none/v1/messages", BODY, *headers),
            get("/aicontext/none", *headers),
            b"GET / HTTP/1.1\r\nHost: localhost\r\nBad header " + KEY.encode() + b"\r\n\r\n",
            b"G\x00T /" + KEY.encode() + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/9.x\r\nx-api-key: " + KEY.encode() + b"\r\n\r\n",
            get("/v1/models", "X-Long: " + KEY * 9000),
        ):
            assert KEY.encode() not in await world.send(request)
        assert world.events
        assert KEY not in repr(world.events)

    make_stage(named={"dead": "http://127.0.0.1:9"}).play(scenario)
    assert KEY not in caplog.text
    assert not [r for r in caplog.records if r.exc_info or KEY in repr(r.__dict__)]


def test_own_pages(stage) -> None:
    async def scenario(world) -> None:
        assert b'{"status": "ok"}' in await world.send(world.get("/aicontext/health"))
        assert b'{"saved": 0}' in await world.send(world.get("/aicontext/savings"))
        assert b"running" in await world.send(world.get("/"))
        assert b" 405 " in await world.send(world.post("/aicontext/health", b""))
        assert b" 404 " in await world.send(world.get("/aicontext/secrets"))
        assert not world.upstream.seen

    stage.play(scenario)


def test_hooks_are_answered_and_guarded(stage) -> None:
    async def scenario(world) -> None:
        place = "/aicontext/hooks/claude-code/PostToolUse"
        answer = await world.send(world.post(place, b"{}"))
        assert answer.endswith(b"('claude-code', 'PostToolUse', b'{}')")
        large = await world.send(world.post(place, b"x" * (2**23 + 1)))
        assert large.endswith(b"('claude-code', 'PostToolUse', None)")
        foreign = world.post(place, b"{}").replace(
            b"Host: ", b"Origin: https://x.example\r\nHost: "
        )
        assert b" 403 " in await world.send(foreign)
        assert b" 404 " in await world.send(world.get(place))

    stage.play(scenario)


def test_an_original_can_be_fetched(stage) -> None:
    async def scenario(world) -> None:
        (handle,) = world.context._archive.put("one\ntwo \u00e9\nthree")
        whole = await world.send(world.get(f"/aicontext/retrieve/{handle}"))
        assert whole.endswith("\r\n\r\none\ntwo \u00e9\nthree".encode())
        part = await world.send(world.get(f"/aicontext/retrieve/{handle}?lines=2-2"))
        assert "two \u00e9".encode() in part
        assert b"three" not in part
        status, _, problem = _parts(await world.send(world.get("/aicontext/retrieve/abcdefabcdef")))
        assert (status, problem["code"]) == (404, "not_found")
        both = world.get(f"/aicontext/retrieve/{handle}?lines=1-2&query=x")
        assert _parts(await world.send(both))[0] == 400

    stage.play(scenario)


def test_the_settings_hide_the_token() -> None:
    assert "hush" not in repr(ProxyOptions(token="hush"))
