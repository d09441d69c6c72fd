"""What is malformed, too large or meant for somebody else."""

import gzip
import json
import socket
import zlib
from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
import zstandard
from servers.api import Api

from aicontext import settings
from aicontext.adapters.limits.memory import MemoryLimits
from aicontext.services.enterprise.limits import RateLimits
from aicontext.wiring.platform import api as wired

COUNT = "/api/v1/context/count"
BODY = json.dumps({"text": "hello"}).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_input"),
        (b"{", "invalid_input"),
        (b"\xff\xfe", "invalid_input"),
        (b'{"text": "\xff"}', "invalid_input"),
        (b'{"text": "\\ud800"}', "invalid_input"),
        (b'{"text": NaN}', "invalid_input"),
        (b'{"text": "a"} {"text": "b"}', "invalid_input"),
        (b'{"text":' + b"[" * 200_000, "invalid_input"),
        (b'{"text":"a","model":' + b'{"a":' * 200_000, "invalid_input"),
    ],
)
def test_a_body_that_is_no_sound_json(api, body, code) -> None:
    found = api.ask("POST", COUNT, body)
    assert found.problem == (422, code)
    assert len(found.body) < 500


@pytest.mark.parametrize("verb", ["optimize", "analyze", "predict"])
@pytest.mark.parametrize("context", [b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b"1" + b"}" * 900])
def test_a_context_that_is_nested_deeply(api, verb, context) -> None:
    found = api.ask("POST", f"/api/v1/context/{verb}", b'{"context":' + context + b"}")
    assert found.status in (200, 422)


@pytest.mark.parametrize("encode", [gzip.compress, zstandard.compress])
def test_an_encoded_body_and_answer(api, encode) -> None:
    text = "hello " * 2000
    body = encode(json.dumps({"context": text}).encode())
    coding = "gzip" if encode is gzip.compress else "zstd"
    headers = {"content-encoding": coding, "accept-encoding": f"{coding};q=1, br"}
    found = api.ask("POST", "/api/v1/context/optimize", body, headers)
    assert found.status == 200
    assert found.headers["content-encoding"] == coding
    plain = gzip.decompress(found.body) if coding == "gzip" else zstandard.decompress(found.body)
    assert json.loads(plain)["original_tokens"] > 1000


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", gzip.compress(b"a" * 40 * 2**20), 413),
        ("zstd", zstandard.compress(b"a" * 40 * 2**20), 413),
        ("gzip", gzip.compress(BODY)[:-3], 422),
        ("zstd", zstandard.compress(BODY)[:-3], 422),
        ("gzip", gzip.compress(BODY) + gzip.compress(BODY), 422),
        ("gzip", zlib.compress(BODY), 422),
        ("zstd", BODY, 422),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY)), 415),
        ("br", BODY, 415),
    ],
    ids=[
        *("gzip bomb", "zstd bomb", "gzip cut", "zstd cut", "two gzips", "zlib", "no zstd"),
        *("twice", "unknown"),
    ],
)
def test_an_encoding_that_lies_or_bursts(api, coding, body, status) -> None:
    found = api.ask("POST", COUNT, body, {"content-encoding": coding})
    assert found.problem[0] == status


def test_a_body_that_is_too_large(api) -> None:
    said = (
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 99999999\r\n\r\n" % COUNT.encode()
    )
    assert b" 413 " in api.raw(said).split(b"\r\n")[0]


def test_of_a_stranger_nothing_large_is_read(api) -> None:
    said = (
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer nobodys\r\nContent-Length: 9999999\r\n\r\n" % COUNT.encode()
    )
    assert b" 401 " in api.raw(said).split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example"}, "host_not_allowed"),
        ({"origin": "https://evil.example"}, "origin_not_allowed"),
        ({"origin": "null"}, "origin_not_allowed"),
        ({"origin": "file://"}, "origin_not_allowed"),
        ({"origin": "http://localhost:3000"}, "origin_not_allowed"),
        ({"origin": "http://127.0.0.1"}, "origin_not_allowed"),
        ({"origin": "http://[::1"}, "origin_not_allowed"),
    ],
)
def test_a_foreign_page_is_not_let_in(api, headers, code) -> None:
    assert api.ask("POST", COUNT, BODY, headers).problem == (403, code)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: +3\r\n",
        b" folded: 1\r\n",
        b"Host: localhost\r\n",
    ],
)
def test_smuggled_requests_are_refused(api, head) -> None:
    """One request at most is seen, and it is not answered with success."""
    body = b"0\r\n\r\nGET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
    start = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    found = api.raw(start % COUNT.encode() + head + b"\r\n" + body)
    assert b'"version"' not in found
    assert b"HTTP/1.1 5" not in found


@pytest.mark.parametrize("shown", ["Bearer x", "Basic YTpi", "Bearer ", "\xff"])
def test_a_credential_that_nobody_has(api, shown) -> None:
    found = api.ask("POST", COUNT, BODY, {"authorization": shown})
    assert found.problem == (401, "unauthenticated")
    assert found.headers["www-authenticate"] == "Bearer"
    assert api.ask("GET", "/health", headers={"authorization": shown}).status == 200


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "x"])
def test_a_form_of_a_page_is_no_json(api, media) -> None:
    assert api.ask("POST", COUNT, BODY, {"content-type": media}).status in (415, 422)


@pytest.mark.parametrize(
    "handle", ["..%2f..%2fetc", "0123456789ab%00", "G123456789ab", "0" * 65, "%F0%9F%A6%8A"]
)
def test_an_odd_handle(api, handle) -> None:
    assert api.ask("GET", f"/api/v1/archive/{handle}").problem[0] in (404, 422)


@pytest.mark.parametrize("name", ["forwarded", "x-forwarded-for", "x-real-ip", "via"])
def test_what_a_proxy_passes_on_is_not_of_this_machine(api, name) -> None:
    assert api.ask("GET", "/api/v1/users/me").status == 200
    passed_on = api.ask("GET", "/api/v1/users/me", headers={name: "203.0.113.7"})
    assert passed_on.problem == (401, "unauthenticated")


def test_what_is_no_http_is_a_problem_too(api) -> None:
    for sent in (b"HELLO\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\x00\x00"):
        head, _, body = api.raw(sent).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in head
        assert json.loads(body)["code"] == "bad_request"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /version HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 10_000 + b"\r\n",
        b"GET /version HTTP/1.1\r\nHost: localhost\r\na: " + b"b" * 200_000 + b"\r\n\r\n",
        b"GET /version?" + b"b" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /version HTTP/1.1\r\nHost: localhost\r\na: " + b"b" * 999_999,
    ],
    ids=["count", "value", "target", "no end"],
)
def test_a_head_that_is_too_large_is_told_so(api, sent) -> None:
    head, _, body = api.raw(sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["code"] == "head_too_large"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/version", b"200"),
        (b"http://localhost/version", b"200"),
        (b"http://evil.example/version", b"400"),
        (b"http://evil.example?/version", b"400"),
        (b"evil.example:443", b"400"),
        (b"*", b"404"),
    ],
)
def test_a_whole_address_names_the_same_host(api, target, status) -> None:
    sent = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target
    assert api.raw(sent).split()[1] == status


@pytest.mark.parametrize(
    ("text", "told"),
    [('\\ud83d"}', "surrogate"), ('\\ud83d" }', "surrogate"), ("abc", "truncated")],
)
def test_half_a_surrogate_pair_at_the_end_is_told_as_such(api, text, told) -> None:
    found = api.ask("POST", COUNT, b'{"text": "%s' % text.encode())
    assert found.problem == (422, "invalid_input")
    assert told in found.json["detail"]


def test_headers_without_an_end_are_not_read_on(api) -> None:
    at = urlsplit(api.url)
    found, sent = b"", 0
    with socket.create_connection((at.hostname, at.port), 20) as connection:
        connection.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\nX: ")
        try:
            while sent < 16 * 2**20:
                connection.sendall(b"a" * 2**16)
                sent += 2**16
            connection.settimeout(60)
            found = connection.recv(2**16)
        except ConnectionError:
            return
    assert found.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("begun", "told"), [(b"", b""), (b"GET / HTTP/1.1\r\nHost: loc", b"HTTP/1.1 400")]
)
def test_who_does_not_go_on_holds_no_connection(api, monkeypatch, begun, told) -> None:
    monkeypatch.setattr("aicontext.entrypoints.api.connection.PATIENCE", 0.05)
    at = urlsplit(api.url)
    with socket.create_connection((at.hostname, at.port), 10) as connection:
        connection.sendall(begun)
        assert connection.recv(2**16)[:12] == told


def test_who_was_refused_for_now_may_come_again_with_the_same_key(tmp_path) -> None:
    hands = [0.0]
    chosen = settings.load({"AICONTEXT_HOME": str(tmp_path), "AICONTEXT_RATE_LIMITS": "user=1/1"})
    limits = RateLimits(MemoryLimits(lambda: hands[0]), chosen.rate_limits)
    server = Api(tmp_path, replace(wired.parts(chosen), limits=limits))
    once, path = {"idempotency-key": "once"}, "/api/v1/settings/colour"
    try:
        assert server.ask("GET", path).status == 404
        found = [server.ask("PUT", path, {"value": "red"}, once)]
        hands[0] += 5
        found.append(server.ask("PUT", path, {"value": "red"}, once))
    finally:
        server.stop()
    assert [one.status for one in found] == [429, 200]
    assert not any("idempotency-replayed" in one.headers for one in found)


def test_who_calls_too_often_is_told_when_to_come_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AICONTEXT_RATE_LIMITS", "user=2/60")
    server = Api(tmp_path)
    try:
        found = [server.ask("POST", COUNT, BODY) for _ in range(3)]
    finally:
        server.stop()
    assert [one.status for one in found] == [200, 200, 429]
    assert "r=1" in found[0].headers["ratelimit"]
    assert found[2].problem == (429, "rate_limited")
    assert 1 <= int(found[2].headers["retry-after"]) <= 64
    assert "ratelimit-policy" in found[2].headers


def test_who_dribbles_a_body_holds_no_connection(api, monkeypatch) -> None:
    monkeypatch.setattr("aicontext.entrypoints.api.layers.bodies.PATIENCE", 0.1)
    at = urlsplit(api.url)
    head = f"POST {COUNT} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n".encode()
    with socket.create_connection((at.hostname, at.port), 10) as connection:
        connection.sendall(head + b"{")
        found = b""
        while part := connection.recv(2**16):
            found += part
    assert found.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "body_too_slow"' in found


def test_more_than_it_can_do_is_told_as_a_problem(api, monkeypatch) -> None:
    monkeypatch.setattr("aicontext.entrypoints.api.connection.MOST", 0)
    found = api.ask("GET", "/version")
    assert found.problem == (503, "overloaded")
    assert found.headers["retry-after"] == "1"
    monkeypatch.undo()
    assert api.ask("GET", "/version").status == 200


def test_only_trusted_proxies_say_where_a_request_came_from(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AICONTEXT_RATE_LIMITS", "address=2/3600")
    behind, alone = (
        Api(tmp_path, proxies=trusted) for trusted in ((ip_network("127.0.0.0/8"),), ())
    )
    try:
        issued = alone.ask("POST", "/api/v1/keys", {"name": "k"})
        assert issued.status == 201
        shown = {"authorization": f"Bearer {issued.json['secret']}"}
        for server, statuses in ((behind, [200, 200, 200, 200]), (alone, [200, 429, 429, 429])):
            told = [{**shown, "x-forwarded-for": f"198.51.100.{n}"} for n in range(4)]
            found = [server.ask("GET", "/api/v1/users/me", headers=one).status for one in told]
            assert found == statuses
        local = {"x-forwarded-for": "127.0.0.1"}
        assert behind.ask("GET", "/api/v1/users/me", headers=local).status == 401
    finally:
        behind.stop()
        alone.stop()
