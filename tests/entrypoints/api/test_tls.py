"""TLS, and services that come in by their certificates."""

import json
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
import trustme
from servers.api import Api

from aicontext.domain.errors import Conflict, InvalidInput, NotFound
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.entrypoints.api.parts import Options, Tls
from aicontext.entrypoints.api.server import ApiService
from aicontext.services.enterprise.identity.local import LOCAL_ORGANISATION, LOCAL_USER
from aicontext.settings import load
from aicontext.wiring.platform.api import api

CI = "DNS:ci.example.org"
OWNER = Principal(
    organisation=LOCAL_ORGANISATION,
    user=LOCAL_USER,
    role=Role.OWNER,
    credential=Credential.LOCAL,
    scopes=frozenset({"*"}),
)
Ask = Callable[[trustme.LeafCert | None], tuple[int, Any]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("tls")
    own = authority.issue_cert("127.0.0.1")
    own.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    own.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "clients.pem")
    tls = Tls(folder / "cert.pem", folder / "key.pem", folder / "clients.pem")
    found = Api(folder / "home", tls=tls)
    assert found.url.startswith("https://")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def robot(server: Api) -> str:
    async def made() -> str:
        await server.parts.accounts.ensure_owner()
        service = await server.parts.users.add_service(OWNER, "ci")
        await server.parts.users.add_certificate(OWNER, service.id, CI)
        return service.id

    return server.do(made())


@pytest.fixture
def ask(server: Api, authority: trustme.CA) -> Ask:
    def asked(leaf: trustme.LeafCert | None) -> tuple[int, Any]:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        if leaf:
            leaf.configure_cert(context)
        try:
            with urllib.request.urlopen(
                f"{server.url}/api/v1/users/me", context=context, timeout=60
            ) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            return error.code, json.loads(error.read())

    return asked


def test_a_service_is_known_by_a_name_of_its_certificate(ask, authority, robot) -> None:
    status, me = ask(authority.issue_cert("other.example.org", "ci.example.org"))
    assert (status, me["user"], me["role"], me["credential"]) == (
        200,
        robot,
        "service",
        "certificate",
    )


def test_a_certificate_without_a_known_name_lets_nobody_in(ask, authority, robot) -> None:
    for name in ("ci.example.org.evil.example", "*.example.org"):
        status, problem = ask(authority.issue_cert(name))
        assert (status, problem["code"]) == (401, "unauthenticated")
    for leaf in (
        authority.issue_cert("127.0.0.1"),
        authority.issue_cert("x@example.org", common_name="ci.example.org"),
    ):
        assert ask(leaf)[1].get("user") != robot


def test_a_certificate_of_another_authority_is_refused_by_tls(ask, robot) -> None:
    with pytest.raises((URLError, ssl.SSLError, ConnectionError)):
        ask(trustme.CA().issue_cert("ci.example.org"))


def test_who_has_none_comes_in_by_other_credentials(ask) -> None:
    assert ask(None)[1]["credential"] == "local"


def test_a_name_is_of_one_service_and_goes_when_it_is_removed(
    server, ask, authority, robot
) -> None:
    users = server.parts.users
    for name in ("ci.example.org", "IP:127.0.0.1", "DNS:", "DNS:a b", "DNS:\n"):
        with pytest.raises(InvalidInput):
            server.do(users.add_certificate(OWNER, robot, name))
    with pytest.raises(Conflict):
        server.do(users.add_certificate(OWNER, robot, CI))
    with pytest.raises(InvalidInput, match="services"):
        server.do(users.add_certificate(OWNER, LOCAL_USER, "DNS:me.example.org"))
    with pytest.raises(NotFound):
        server.do(users.remove_certificate(replace(OWNER, organisation="1" * 32), CI))
    leaf = authority.issue_cert("ci.example.org")
    assert ask(leaf)[0] == 200
    server.do(users.remove_certificate(OWNER, CI))
    assert ask(leaf)[0] == 401


def test_files_that_are_no_certificate_are_told(server, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nonsense")
    for path in (tmp_path / "x.pem", tmp_path / "missing.pem"):
        parts = replace(server.parts, start=_nothing, stop=_nothing)
        service = ApiService(Options(port=0, tls=Tls(path, path)), parts)
        with pytest.raises(InvalidInput, match="AICONTEXT_TLS"):
            server.do(service.start())


async def _nothing() -> None: ...


def test_the_settings_files_are_what_is_served_with(
    server, authority, tmp_path_factory, tmp_path
) -> None:
    folder = tmp_path_factory.mktemp("files")
    own = authority.issue_cert("127.0.0.1")
    own.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    own.private_key_pem.write_to_path(folder / "key.pem")
    given = {
        "AICONTEXT_HOME": str(tmp_path),
        "AICONTEXT_API_PORT": "0",
        "AICONTEXT_TLS_CERTIFICATE": str(folder / "cert.pem"),
        "AICONTEXT_TLS_KEY": str(folder / "key.pem"),
    }
    running = server.do(api(load(given)).start())
    context = ssl.create_default_context()
    authority.configure_trust(context)
    try:
        with urllib.request.urlopen(f"{running.address}/version", context=context) as answer:
            assert answer.status == 200
            assert "max-age" in answer.headers["strict-transport-security"]
    finally:
        server.do(running.stop())
