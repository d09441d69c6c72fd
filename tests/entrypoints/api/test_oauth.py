"""The authorization server, asked by Authlib's client as other programs would."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from servers.api import Answer, Api

PASSWORD = "correct horse battery"
BACK = "http://127.0.0.1:9/back"
FORM = {"content-type": "application/x-www-form-urlencoded"}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server of its own, with an owner."""
    found = Api(tmp_path_factory.mktemp("oauth"))
    link = found.do(found.parts.accounts.owner_link())
    given = {"link": link, "email": "ada@example.org", "name": "Ada", "password": PASSWORD}
    assert found.ask("POST", "/api/v1/auth/owner", given).status == 201
    yield found
    found.stop()


@pytest.fixture(scope="module")
def owner(server: Api) -> dict[str, str]:
    given = {"email": "ada@example.org", "password": PASSWORD}
    tokens = server.ask("POST", "/api/v1/auth/sign-in", given).json["tokens"]
    return {"authorization": f"Bearer {tokens['access_token']}"}


@pytest.fixture(scope="module")
def client(server: Api, owner: dict[str, str]) -> dict[str, str]:
    """(its id and secret)"""
    new = {"name": "<IDE>", "redirects": [BACK], "scopes": ["account:*"], "confidential": True}
    made = server.ask("POST", "/api/v1/clients", new, owner)
    assert made.status == 201, made.body
    shown = server.ask("GET", "/api/v1/clients", headers=owner)
    assert made.json["secret"] not in shown.body.decode()
    return {"id": made.json["client"]["id"], "secret": made.json["secret"]}


def session(server: Api, client: dict[str, str]) -> OAuth2Session:
    return OAuth2Session(
        client["id"],
        client["secret"],
        redirect_uri=BACK,
        scope="account:read",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    )


def decided(server: Api, address: str, **typed: str) -> Answer:
    """What the page at an address answers to a decision."""
    shown = server.ask("GET", address)
    assert shown.status == 200, shown.body
    ticket = re.search(r'name="ticket" value="([^"]+)"', shown.body.decode())
    assert ticket
    cookie = shown.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    headers = {**FORM, "cookie": cookie.partition(";")[0], "origin": server.url}
    body = urlencode({"ticket": ticket[1], **typed}).encode()
    return server.ask("POST", "/oauth/authorize", body, headers)


def at(server: Api, name: str) -> str:
    """An endpoint's address, as the metadata says it, on this server's port."""
    found = server.ask("GET", "/.well-known/oauth-authorization-server").json[name]
    return server.url + urlsplit(found).path


ALLOW = {"decision": "allow", "email": "ada@example.org", "password": PASSWORD}


def test_authlib_gets_tokens_refreshes_looks_into_and_revokes_them(server, client) -> None:
    peer, verifier = session(server, client), generate_token(48)
    address, state = peer.create_authorization_url(
        at(server, "authorization_endpoint"), code_verifier=verifier
    )
    page = address.removeprefix(server.url)
    shown = server.ask("GET", page)
    assert b"&lt;IDE&gt;" in shown.body
    assert "form-action 'self' http://127.0.0.1:9;" in shown.headers["content-security-policy"]
    wrong = decided(server, page, **{**ALLOW, "password": "wrong horse battery"})
    assert (wrong.status, b'role="alert"' in wrong.body) == (401, True)
    led = decided(server, page, **ALLOW)
    assert led.status == 303
    back = led.headers["location"]
    assert parse_qs(urlsplit(back).query)["iss"] == ["http://localhost:8788"]
    endpoint = at(server, "token_endpoint")
    peer.fetch_token(endpoint, authorization_response=back, state=state, code_verifier=verifier)
    assert peer.get(f"{server.url}/api/v1/users/me").json()["scopes"] == ["account:read"]
    first = peer.token["access_token"]
    peer.refresh_token(endpoint)
    assert peer.token["access_token"] != first
    look = at(server, "introspection_endpoint")
    assert peer.introspect_token(look, token=peer.token["access_token"]).json()["active"]
    peer.revoke_token(at(server, "revocation_endpoint"), token=peer.token["refresh_token"])
    found = peer.introspect_token(look, token=peer.token["access_token"]).json()
    assert found == {"active": False}


def test_the_page_leads_nobody_astray(server, client) -> None:
    sound = {
        "response_type": "code",
        "client_id": client["id"],
        "redirect_uri": BACK,
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
    }
    for changed in (
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": "<script>"},
        {"client_id": "\0"},
    ):
        answer = server.ask("GET", f"/oauth/authorize?{urlencode({**sound, **changed})}")
        assert answer.status == 422
        assert "location" not in answer.headers
        assert b"<script" not in answer.body
    twice = server.ask("GET", f"/oauth/authorize?{urlencode(sound)}&client_id=x")
    assert twice.status == 422
    weak = {**sound, "code_challenge_method": "plain"}
    told = server.ask("GET", f"/oauth/authorize?{urlencode(weak)}")
    assert told.headers["location"].startswith(f"{BACK}?error=invalid_request")
    page = f"/oauth/authorize?{urlencode(sound)}"
    refused = decided(server, page, decision="refuse")
    assert "error=access_denied" in refused.headers["location"]
    shown = server.ask("GET", page)
    ticket = re.search(r'name="ticket" value="([^"]+)"', shown.body.decode())
    assert ticket
    body = urlencode({"ticket": ticket[1], **ALLOW}).encode()
    for headers in (FORM, {**FORM, "cookie": "ask-=1"}):
        assert server.ask("POST", "/oauth/authorize", body, headers).status == 401
    evil = {**FORM, "origin": "https://evil.example"}
    assert server.ask("POST", "/oauth/authorize", body, evil).status == 403


def test_clients_that_do_not_show_themselves_soundly_get_nothing(server, client) -> None:
    endpoint = at(server, "token_endpoint")
    given = {"grant_type": "client_credentials"}
    right = (client["id"], client["secret"])
    for auth, more in (
        ((client["id"], "wrong"), {}),
        (None, {"client_id": client["id"]}),
        (None, {}),
        (right, {"client_secret": client["secret"]}),
        (right, {"client_id": "1" * 32}),
    ):
        answer = requests.post(endpoint, data={**given, **more}, auth=auth, timeout=20)
        assert answer.status_code == 401, more
        assert answer.json()["error"] == "invalid_client"
    header = {"authorization": "Basic ////"}
    assert requests.post(endpoint, data=given, headers=header, timeout=20).status_code == 401
    answer = requests.post(endpoint, data=given, auth=right, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    answer = requests.post(endpoint, json=given, auth=right, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    for kind in ("", "password", "implicit", "x" * 1000):
        answer = requests.post(endpoint, data={"grant_type": kind}, auth=right, timeout=20)
        assert answer.json()["error"] == "unsupported_grant_type"


def test_a_device_gets_tokens_once_its_code_was_typed(server) -> None:
    endpoint = at(server, "token_endpoint")
    asked = {"client_id": "aicontext"}
    begun = requests.post(at(server, "device_authorization_endpoint"), data=asked, timeout=20)
    codes = begun.json()
    poll = {**asked, "grant_type": DEVICE, "device_code": codes["device_code"]}
    waiting = requests.post(endpoint, data=poll, timeout=20).json()
    assert waiting["error"] == "authorization_pending"
    shown = server.ask("GET", f"/device?user_code={codes['user_code']}")
    assert b"aicontext, the command" in shown.body
    assert server.ask("GET", "/device?user_code=%22%3E%3Cscript%3E").status == 401
    typed = urlencode({"user_code": codes["user_code"], **ALLOW}).encode()
    assert b"goes on by itself" in server.ask("POST", "/device", typed, FORM).body
    tokens = requests.post(endpoint, data=poll, timeout=20).json()
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    assert server.ask("GET", "/api/v1/users/me", headers=header).json["role"] == "owner"
