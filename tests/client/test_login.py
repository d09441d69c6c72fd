"""Signing in from a terminal, at a real server."""

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from servers.api import Api

from aicontext.adapters.identity.logins import LoginsFile
from aicontext.client.login import LoggingIn, url_of
from aicontext.domain.errors import InvalidInput, NotFound, Unauthenticated, Unavailable
from aicontext.entrypoints.cli.app import main
from aicontext.kit.clock import CLOCK, Clock

PASSWORD = "correct horse battery"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server of its own, with an owner."""
    found = Api(tmp_path_factory.mktemp("login"))
    link = found.do(found.parts.accounts.owner_link())
    given = {"link": link, "email": "ada@example.org", "name": "Ada", "password": PASSWORD}
    assert found.ask("POST", "/api/v1/auth/owner", given).status == 201
    yield found
    found.stop()


def typed(server: Api, code: str, decision: str = "allow") -> None:
    """What the person does in a browser."""
    given = {"user_code": code, "email": "ada@example.org", "password": PASSWORD}
    body = urlencode({**given, "decision": decision}).encode()
    assert server.ask("POST", "/device", body, FORM).status == 200


def signed_in(server: Api, path: Path, clock: Clock = CLOCK) -> LoggingIn:
    service = LoggingIn(LoginsFile(path), clock, lambda seconds: None)
    begun = service.begin(server.url)
    typed(server, begun.user_code)
    service.finish(server.url, begun)
    return service


def status(server: Api, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return server.ask("GET", "/api/v1/users/me", headers=headers).status


def test_one_signs_in_stays_and_signs_out(server: Api, tmp_path: Path) -> None:
    path = tmp_path / "home" / "logins.json"
    service = signed_in(server, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    token = service.token("")
    assert status(server, token) == 200
    assert service.token(f"{server.url}/") == token
    assert service.out("") == server.url
    assert status(server, token) == 401
    assert token not in path.read_text()
    with pytest.raises(NotFound):
        service.token(server.url)


def test_many_processes_share_one_sign_in(server: Api, tmp_path: Path) -> None:
    path = tmp_path / "logins.json"
    signed_in(server, path)
    late = Clock(now=lambda: CLOCK.now() + 590)
    others = [LoggingIn(LoginsFile(path), late, lambda seconds: None) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda one: one.token(server.url), others))
    assert {status(server, token) for token in tokens} == {200}


def test_a_person_may_refuse_or_never_come(server: Api, tmp_path: Path) -> None:
    service = LoggingIn(LoginsFile(tmp_path / "logins.json"), CLOCK, lambda seconds: None)
    begun = service.begin(server.url)
    typed(server, begun.user_code, "refuse")
    with pytest.raises(Unauthenticated, match="refused"):
        service.finish(server.url, begun)
    now = [CLOCK.now()]

    def wait(seconds: float) -> None:
        now[0] += 200

    waiting = LoggingIn(LoginsFile(tmp_path / "x.json"), Clock(now=lambda: now[0]), wait)
    with pytest.raises(Unauthenticated, match="in time"):
        waiting.finish(server.url, waiting.begin(server.url))
    assert not (tmp_path / "x.json").exists()


def test_nobody_signs_in_over_an_address_that_is_not_safe(tmp_path: Path) -> None:
    for url in (
        "",
        "x",
        "http://example.org",
        "ftp://x",
        "https://u:p@x",
        "https://x:0",
        "http://[",
        "https://x?y",
    ):
        with pytest.raises(InvalidInput):
            url_of(url)
    service = LoggingIn(LoginsFile(tmp_path / "logins.json"), CLOCK, lambda seconds: None)
    with pytest.raises(Unavailable):
        service.begin("http://127.0.0.1:9")
    (tmp_path / "logins.json").write_text("nonsense")
    with pytest.raises(Unavailable, match="Remove the file"):
        service.token("")


def test_the_command_prints_a_token_and_forgets_it(
    server: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    signed_in(server, tmp_path / "logins.json")
    shown = json.loads(CliRunner().invoke(main, ["login", "--show-token", "--json"]).output)
    assert status(server, shown["token"]) == 200
    assert server.url in CliRunner().invoke(main, ["logout"]).output
    assert CliRunner().invoke(main, ["login", "--show-token"]).exit_code == 1
