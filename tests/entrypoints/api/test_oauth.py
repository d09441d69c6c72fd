"""The authorization server, asked by Authlib's client as other programs would."""

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from servers.api import Answer, Api

from aicontext.domain.storage.records import User
from aicontext.services.enterprise.identity.oauth.codes import Request as Wanted

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
    assert b'value="ada@example.org"' in wrong.body
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
        answer = requests.post(endpoint, data={**given, **more}, auth=auth, timeout=60)
        assert answer.status_code == 401, more
        assert answer.json()["error"] == "invalid_client"
    header = {"authorization": "Basic ////"}
    assert requests.post(endpoint, data=given, headers=header, timeout=60).status_code == 401
    answer = requests.post(endpoint, data=given, auth=right, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    answer = requests.post(endpoint, json=given, auth=right, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    for kind in ("", "password", "implicit", "x" * 1000):
        answer = requests.post(endpoint, data={"grant_type": kind}, auth=right, timeout=60)
        assert answer.json()["error"] == "unsupported_grant_type"


SOUND = {
    "response_type": "code",
    "redirect_uri": BACK,
    "scope": "account:read",
    "state": "s",
    "code_challenge_method": "S256",
}
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def code_of(server: Api, client: dict[str, str]) -> str:
    """A code that a person gave; the page counts how often somebody signs in."""
    asked = Wanted(client_id=client["id"], code_challenge=CHALLENGE, **SOUND)

    async def given() -> str:
        codes = server.parts.oauth.codes
        asking = await codes.ask(asked)
        async with server.parts.records.transaction(None, reading=True) as transaction:
            (user,) = await transaction.find(User, email="ada@example.org")
        return await codes.allow(asking.ticket, asking.browser, user)

    return parse_qs(urlsplit(server.do(given())).query)["code"][0]


def fetched(server: Api, client: dict[str, str], code: str, **given: str) -> tuple[int, Any]:
    """(status, body) of the token endpoint; client: without a secret where it keeps none."""
    redeems = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return asked_for(server, client, **{**redeems, "code_verifier": VERIFIER, **given})


def asked_for(
    server: Api, client: dict[str, str], at_path: str = "token", **given: str
) -> tuple[int, Any]:
    body = {"client_id": client["id"], **given}
    if client.get("secret"):
        body["client_secret"] = client["secret"]
    found = server.ask("POST", f"/oauth/{at_path}", urlencode(body).encode(), FORM)
    return found.status, found.json


@pytest.fixture(scope="module")
def public(server: Api, owner: dict[str, str]) -> dict[str, str]:
    """A program that keeps no secret."""
    new = {"name": "Editor", "redirects": [BACK], "scopes": ["account:*"]}
    grants = {"grants": ["authorization_code", DEVICE]}
    made = server.ask("POST", "/api/v1/clients", {**new, **grants}, owner).json
    return {"id": made["client"]["id"]}


def good(server: Api, access: str) -> bool:
    headers = {"authorization": f"Bearer {access}"}
    return server.ask("GET", "/api/v1/users/me", headers=headers).status == 200


def test_a_code_that_is_replayed_ends_what_it_gave(server, client) -> None:
    code = code_of(server, client)
    status, tokens = fetched(server, client, code)
    assert (status, good(server, tokens["access_token"])) == (200, True)
    assert fetched(server, client, code)[1]["error"] == "invalid_grant"
    assert not good(server, tokens["access_token"])
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert asked_for(server, client, **refresh)[1]["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "given",
    [
        {"code_verifier": ""},
        {"code_verifier": "w" * 43},
        {"code_verifier": CHALLENGE},
        {"code_verifier": VERIFIER + "\n"},
        {"redirect_uri": ""},
        {"redirect_uri": BACK.replace(":9", ":10")},
        {"redirect_uri": f"{BACK}/"},
    ],
    ids=["none", "other", "plain", "longer", "nowhere", "port", "path"],
)
def test_a_code_without_its_verifier_and_address_gives_nothing(server, client, given) -> None:
    code = code_of(server, client)
    assert fetched(server, client, code, **given)[1]["error"] == "invalid_grant"
    assert fetched(server, client, code)[1]["error"] == "invalid_grant"


def test_no_address_but_the_registered_one_is_led_to(server, client) -> None:
    sound = {**SOUND, "client_id": client["id"], "code_challenge": CHALLENGE}
    for address in (
        "http://127.0.0.1:9/back/",
        "http://127.0.0.1:9/back/../evil",
        "http://127.0.0.1:9/back?next=https://evil.example",
        "http://127.0.0.1:9/back#x",
        "http://127.0.0.1:9/b\tack",
        " http://127.0.0.1:9/back",
        "http://127.0.0.1:9@evil.example/back",
        "http://127.0.0.1:9\\@evil.example/back",
        "http://127.0.0.1.evil.example:9/back",
        "http://localhost:9/back",
        "http://127.1:9/back",
        "http://[::1]:9/back",
        "https://127.0.0.1:9/back",
        "HTTP://127.0.0.1:0/back",
        "//127.0.0.1:9/back",
        "http://127.0.0.1:9/%62ack",
        "",
    ):
        asked = {**sound, "redirect_uri": address}
        answer = server.ask("GET", f"/oauth/authorize?{urlencode(asked)}")
        assert answer.status == 422, address
        assert "location" not in answer.headers


def test_what_is_weakened_or_widened_is_told_to_the_client_alone(server, client) -> None:
    sound = {**SOUND, "client_id": client["id"], "code_challenge": CHALLENGE}
    for changed, error in (
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "*"}, "invalid_scope"),
        ({"scope": "account:read users:write"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
    ):
        asked = {**sound, **changed, "state": "a&code=x\r\nset-cookie: a=b"}
        answer = server.ask("GET", f"/oauth/authorize?{urlencode(asked)}")
        told = parse_qs(urlsplit(answer.headers["location"]).query)
        assert (told["error"], told["state"]) == ([error], [asked["state"]])
        # By `iss` a client knows which server answers (RFC 9207).
        assert told["iss"] == ["http://localhost:8788"]
        assert "code" not in told
        assert "set-cookie" not in answer.headers


def test_no_client_uses_what_is_anothers(server, client, public) -> None:
    code = code_of(server, client)
    assert fetched(server, public, code)[1]["error"] == "invalid_grant"
    assert fetched(server, {"id": client["id"]}, code)[0] == 401
    tokens = fetched(server, client, code_of(server, client))[1]
    for shown in (tokens["refresh_token"], tokens["access_token"]):
        assert asked_for(server, public, "revoke", token=shown) == (200, {})
        assert asked_for(server, public, "introspect", token=shown)[0] == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert asked_for(server, public, **refresh)[1]["error"] == "invalid_grant"
    assert good(server, tokens["access_token"])
    # Nor do they get more than was granted, or one token in the place of another.
    wider = asked_for(server, client, **refresh, scope="*")[1]
    assert wider["scope"] == "account:read"
    as_refresh = {**refresh, "refresh_token": wider["access_token"]}
    assert asked_for(server, client, **as_refresh)[1]["error"] == "invalid_grant"
    assert not good(server, wider["refresh_token"])
    found = asked_for(server, client, "introspect", token=wider["refresh_token"])
    assert found == (200, {"active": False})
    assert asked_for(server, client, **refresh)[1]["error"] == "invalid_grant"
    assert not good(server, wider["access_token"])


def test_a_parameter_that_is_there_twice_or_elsewhere_counts_for_nothing(server, client) -> None:
    given = {"client_id": client["id"], "client_secret": client["secret"]}
    body = f"{urlencode(given)}&grant_type=client_credentials&grant_type=refresh_token".encode()
    assert server.ask("POST", "/oauth/token", body, FORM).json["error"] == "invalid_request"
    query = urlencode({**given, "grant_type": "client_credentials"})
    assert server.ask("GET", f"/oauth/token?{query}").status == 405
    assert server.ask("POST", f"/oauth/token?{query}", b"", FORM).status == 401


def test_a_device_gets_tokens_once_its_code_was_typed(server) -> None:
    endpoint = at(server, "token_endpoint")
    asked = {"client_id": "aicontext"}
    begun = requests.post(at(server, "device_authorization_endpoint"), data=asked, timeout=60)
    codes = begun.json()
    poll = {**asked, "grant_type": DEVICE, "device_code": codes["device_code"]}
    waiting = requests.post(endpoint, data=poll, timeout=60).json()
    assert waiting["error"] == "authorization_pending"
    assert b"password" not in server.ask("GET", "/device").body
    shown = server.ask("GET", f"/device?user_code={codes['user_code']}")
    assert b"aicontext, the command" in shown.body
    assert b"<code>*</code>: all that you may do" in shown.body
    wrong = urlencode({"user_code": codes["user_code"], **ALLOW, "password": "x"}).encode()
    again = server.ask("POST", "/device", wrong, FORM)
    assert again.status == 401
    for kept in (b"aicontext, the command", b'role="alert"', ALLOW["email"].encode()):
        assert kept in again.body
    mistyped = server.ask("GET", "/device?user_code=%22%3E%3Cscript%3E")
    assert mistyped.status == 401
    assert b'value="&quot;&gt;&lt;script&gt;"' in mistyped.body
    typed = urlencode({"user_code": codes["user_code"], **ALLOW}).encode()
    assert b"goes on by itself" in server.ask("POST", "/device", typed, FORM).body
    tokens = requests.post(endpoint, data=poll, timeout=60).json()
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    assert server.ask("GET", "/api/v1/users/me", headers=header).json["role"] == "owner"


def test_a_device_code_is_for_one_program_and_asked_for_slowly(server, client, public) -> None:
    begun = asked_for(server, public, "device_authorization", scope="account:read")[1]
    poll = {"grant_type": DEVICE, "device_code": begun["device_code"]}
    waiting = [asked_for(server, public, **poll)[1]["error"] for _ in range(3)]
    assert waiting == ["authorization_pending", "slow_down", "slow_down"]
    for other in ({"id": "aicontext"}, client):
        assert asked_for(server, other, **poll)[1]["error"] == "invalid_grant"
    wide = asked_for(server, public, "device_authorization", scope="*")
    assert wide[1]["error"] == "invalid_scope"
    typed = urlencode({"user_code": begun["user_code"], **ALLOW}).encode()
    assert server.ask("POST", "/device", typed, FORM).status == 200
    assert server.ask("POST", "/device", typed, FORM).status == 401
    status, tokens = asked_for(server, public, **poll)
    assert (status, tokens["scope"]) == (200, "account:read")
    assert asked_for(server, public, **poll)[1]["error"] == "expired_token"


def test_codes_that_people_type_are_guessed_a_hundred_times_at_most(server) -> None:
    """The last test, for it uses up the guesses of this network."""
    answers = [server.ask("GET", f"/device?user_code=BBBB-{n:04}").status for n in range(110)]
    assert set(answers) == {401, 429}
    assert answers[-10:] == [429] * 10
