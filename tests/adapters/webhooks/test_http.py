"""Where messages go, and where they do not."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from aicontext.adapters.webhooks.http import HttpPost
from aicontext.domain.errors import Refused, Unavailable
from aicontext.ports.webhooks import Answer

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@contextmanager
def answering(*answers: Callable[[socket.socket], object]) -> Iterator[tuple[str, list[bytes]]]:
    """A server of one connection an answer; its address, and what it got."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def work() -> None:
            for answer in answers:
                taken, _ = listener.accept()
                with taken:
                    got.append(taken.recv(65536))
                    try:
                        answer(taken)
                    except OSError:
                        continue

        thread = Thread(target=work)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", got
        thread.join()


def says(data: bytes) -> Callable[[socket.socket], object]:
    return lambda taken: taken.sendall(data)


def test_a_message_is_posted_as_it_is() -> None:
    limited = b"HTTP/1.1 429 No\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"
    post = HttpPost(["127.0.0.1"])
    with answering(says(OK), says(limited)) as (address, got):
        assert post.send(f"{address}/a?b=1", {"webhook-id": "m"}, b"{}") == Answer(204)
        assert post.send(address, {}, b"{}") == Answer(429, 30.0)
    assert got[0].startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert b"webhook-id: m\r\n" in got[0]
    assert got[1].startswith(b"POST / HTTP/1.1\r\n")


def test_a_redirect_is_an_answer() -> None:
    moved = b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with answering(says(moved)) as (address, _):
        assert HttpPost(["127.0.0.1"]).send(address, {}, b"{}").status == 307


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500]
)
def test_what_is_no_answer_is_told(answer: bytes) -> None:
    with (
        answering(says(answer)) as (address, _),
        pytest.raises(Unavailable, match="did not answer"),
    ):
        HttpPost(["127.0.0.1"]).send(address, {}, b"{}")


def drip(taken: socket.socket) -> None:
    """Never ends, and never stays silent for long."""
    taken.sendall(b"HTTP/1.1 200 OK\r\n")
    taken.settimeout(0.02)
    while True:
        taken.sendall(b"a")
        try:
            if not taken.recv(1):
                return
        except TimeoutError:
            continue


def test_an_answer_that_drips_is_cut_off() -> None:
    with answering(drip) as (address, _), pytest.raises(Unavailable, match="took over"):
        HttpPost(["127.0.0.1"], patience=0.3).send(address, {}, b"{}")


def test_a_long_answer_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"
    with answering(says(head + b"x" * 2**20)) as (address, _):
        assert HttpPost(["127.0.0.1"]).send(address, {}, b"{}").status == 200


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0.0.0.0", "10.0.0.8", "192.168.1.1", "172.16.0.1", "100.64.0.1"),
        *("169.254.169.254", "2130706433", "0x7f000001", "localhost", "224.0.0.1", "192.0.2.1"),
        *("[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"),
        *("[2002:7f00:1::]", "[ff02::1]"),
    ],
)
def test_this_machine_and_network_are_out_of_reach(host: str) -> None:
    with pytest.raises((Refused, Unavailable), match=r"this machine|no address"):
        HttpPost().send(f"https://{host}/", {}, b"{}")


def test_a_name_is_resolved_once_and_all_its_addresses_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def resolved(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        places = [("93.184.215.14", port), ("10.0.0.1", port)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        HttpPost().send("https://rebinding.example/", {}, b"{}")
    assert asked == ["rebinding.example"]


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "ftp://example.com/", "https://", "https://a b/", "https://a:x/"),
        *("https://user:pass@example.com/", "https://exämple.com/", "https://a/\r\nHost: b"),
        *("http://example.com/", "file:///etc/passwd", "https://a:0/", "https://a:99999/"),
        *("https://10.0.0.1/", "https://[::1]/"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        HttpPost().check(url)
