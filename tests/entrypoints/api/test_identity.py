"""Accounts over HTTP: a server from its first start to people who sign in, step up and leave."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from servers.api import Answer, Api

from aicontext.domain.storage.records import Session

AUTH = "/api/v1/auth"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server of its own, with an owner."""
    server = Api(tmp_path_factory.mktemp("claimed"))
    link = server.do(server.parts.accounts.owner_link())
    given = {"link": link, "email": "ada@example.org", "name": "Ada", "password": PASSWORD}
    assert server.ask("POST", f"{AUTH}/owner", given).status == 201
    assert server.ask("POST", f"{AUTH}/owner", given).problem == (401, "unauthenticated")
    yield server
    server.stop()


def signed_in(server: Api, email: str = "ada@example.org") -> dict[str, Any]:
    answer = server.ask("POST", f"{AUTH}/sign-in", {"email": email, "password": PASSWORD})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json["tokens"]
    return found


def asked(server: Api, token: str, method: str, path: str, body: Any = None) -> Answer:
    return server.ask(method, path, body, {"authorization": f"Bearer {token}"})


def test_nobody_comes_in_without_a_credential_once_there_is_an_account(claimed) -> None:
    refused = claimed.ask("GET", "/api/v1/users/me")
    assert refused.problem == (401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"
    wrong = {"email": "ada@example.org", "password": "wrong horse battery"}
    told = [
        claimed.ask("POST", f"{AUTH}/sign-in", {**wrong, "email": email}).json["detail"]
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert told[0] == told[1]


def test_tokens_open_refresh_once_and_end(claimed) -> None:
    first = signed_in(claimed)
    me = asked(claimed, first["access_token"], "GET", "/api/v1/users/me").json
    assert (me["role"], me["credential"]) == ("owner", "token")
    again = claimed.ask("POST", f"{AUTH}/refresh", {"refresh_token": first["refresh_token"]}).json
    assert asked(claimed, again["access_token"], "GET", "/api/v1/users/me").status == 200
    out = {"refresh_token": again["refresh_token"]}
    assert claimed.ask("POST", f"{AUTH}/sign-out", out).status == 204
    ended = asked(claimed, again["access_token"], "GET", "/api/v1/users/me")
    assert ended.problem == (401, "unauthenticated")
    keys = claimed.ask("GET", "/.well-known/jwks.json").json["keys"]
    assert all(one["kty"] == "OKP" and "d" not in one for one in keys)


def test_what_is_sensitive_asks_for_a_fresh_proof(claimed) -> None:
    token = signed_in(claimed)["access_token"]
    path, body = "/api/v1/keys", {"name": "ci"}
    assert asked(claimed, token, "POST", path, body).status == 201
    session = next(
        one for one in asked(claimed, token, "GET", f"{AUTH}/sessions").json if one["current"]
    )
    claimed.do(_aged(claimed, session["id"]))
    stale = asked(claimed, token, "POST", path, body)
    assert stale.problem == (401, "step_up_required")
    assert "insufficient_user_authentication" in stale.headers["www-authenticate"]
    shown = asked(claimed, token, "POST", f"{AUTH}/step-up", {"password": "wrong horse battery"})
    assert shown.problem == (401, "unauthenticated")
    assert asked(claimed, token, "POST", f"{AUTH}/step-up", {"password": PASSWORD}).status == 204
    assert asked(claimed, token, "POST", path, body).status == 201


async def _aged(server: Api, session: str) -> None:
    """The proof that a sign-in began with is an hour old."""
    async with server.parts.records.transaction(None) as transaction:
        found = await transaction.get(Session, session)
        assert found.strong_at
        then = found.strong_at - timedelta(hours=1)
        await transaction.replace(replace(found, strong_at=then, version=found.version + 1))
    await server.parts.cache.remove(f"identity:session:{session}")


def test_a_teammate_joins_with_the_role_they_were_invited_to_and_no_other(claimed) -> None:
    owner = signed_in(claimed)["access_token"]
    invited = asked(
        claimed, owner, "POST", f"{AUTH}/invitations", {"email": "bob@example.org"}
    ).json
    assert invited["address"].endswith(f"/join?link={invited['link']}")
    joining = {"link": invited["link"], "name": "Bob", "password": PASSWORD}
    for more in ({"role": "owner"}, {"organisation": "1" * 32}, {"email": "x@example.org"}):
        refused = claimed.ask("POST", f"{AUTH}/invitations/accept", {**joining, **more})
        assert refused.problem == (422, "invalid_input")
    bob = claimed.ask("POST", f"{AUTH}/invitations/accept", joining).json
    assert (bob["role"], bob["email"]) == ("member", "bob@example.org")
    token = signed_in(claimed, "bob@example.org")["access_token"]
    for method, path, body in (
        ("POST", f"{AUTH}/invitations", {"email": "eve@example.org", "role": "owner"}),
        ("POST", f"{AUTH}/resets", {"user": bob["id"]}),
        ("POST", "/api/v1/enterprise/teams", {"name": "x", "slug": "x"}),
    ):
        assert asked(claimed, token, method, path, body).problem == (403, "forbidden")
    ours = asked(claimed, owner, "GET", f"{AUTH}/sessions").json
    gone = asked(claimed, token, "DELETE", f"{AUTH}/sessions/{ours[0]['id']}")
    assert gone.problem == (404, "not_found")


def test_a_second_factor_from_its_making_to_its_use(claimed) -> None:
    owner = signed_in(claimed)["access_token"]
    invited = asked(
        claimed, owner, "POST", f"{AUTH}/invitations", {"email": "eve@example.org"}
    ).json
    joining = {"link": invited["link"], "name": "Eve", "password": PASSWORD}
    claimed.ask("POST", f"{AUTH}/invitations/accept", joining)
    eve = signed_in(claimed, "eve@example.org")["access_token"]
    begun = asked(claimed, eve, "POST", f"{AUTH}/factors/codes", {"name": "phone"}).json
    assert begun["address"].startswith("otpauth://totp/")
    code = {"code": pyotp.TOTP(begun["secret"]).now()}
    path = f"{AUTH}/factors/codes/{begun['id']}/confirm"
    recovery = asked(claimed, eve, "POST", path, code).json["recovery_codes"]
    given = {"email": "eve@example.org", "password": PASSWORD}
    waiting = claimed.ask("POST", f"{AUTH}/sign-in", given).json
    assert waiting["tokens"] is None
    ticket = waiting["second_factor"]["ticket"]
    replayed = claimed.ask("POST", f"{AUTH}/sign-in/second", {"ticket": ticket, **code})
    assert replayed.problem == (401, "unauthenticated")
    proof = {"ticket": ticket, "code": recovery[0]}
    assert claimed.ask("POST", f"{AUTH}/sign-in/second", proof).json["access_token"]
    shown = asked(claimed, eve, "GET", f"{AUTH}/factors")
    assert begun["secret"] not in shown.body.decode()
    assert [one["kind"] for one in shown.json].count("recovery") == 9


def test_guessing_is_told_to_wait(claimed) -> None:
    given = {"email": "mallory@example.org", "password": "wrong horse battery"}
    answers = [claimed.ask("POST", f"{AUTH}/sign-in", given) for _ in range(11)]
    assert {one.status for one in answers[:10]} == {401}
    assert answers[10].problem == (429, "limit_reached")
    assert 0 < int(answers[10].headers["retry-after"]) <= 960


def test_links_lead_to_pages_that_hold_no_script_and_trust_nothing(claimed) -> None:
    owner = signed_in(claimed)["access_token"]
    path, body = f"{AUTH}/invitations", {"email": "zoe@example.org"}
    link = asked(claimed, owner, "POST", path, body).json["link"]
    hostile = claimed.ask("GET", "/join?link=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert (hostile.status, b"<script" in hostile.body) == (401, False)
    policy = hostile.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self';" in policy
    assert hostile.headers["referrer-policy"] == "same-origin"
    form = {"content-type": "application/x-www-form-urlencoded"}
    typed = f"link={link}&name=Zoe&password=correct+horse+battery"
    evil = {**form, "origin": "https://evil.example"}
    assert claimed.ask("POST", "/join", typed.encode(), evil).status == 403
    for sent, headers in (
        (typed + "&name=Eve", form),
        (typed.replace("+", ""), {"content-type": "text/plain"}),
        (typed.replace("correct+horse+battery", "short"), form),
        (typed.replace(f"link={link}&", "link=x&"), form),
        ("%ff%fe=1", form),
        ("&" * 100, form),
    ):
        refused = claimed.ask("POST", "/join", sent.encode(), headers)
        assert refused.status in (401, 422), sent
        assert b'role="alert"' in refused.body
        assert (b'value="Zoe"' in refused.body) == ("short" in sent)
    assert b"<form" in claimed.ask("GET", f"/join?link={link}").body
    assert b"That is done" in claimed.ask("POST", "/join", typed.encode(), form).body
    for again in (
        claimed.ask("GET", f"/join?link={link}"),
        claimed.ask("POST", "/join", typed.encode(), form),
    ):
        assert (again.status, b"<form" in again.body) == (401, False)
        assert b"was used already" in again.body
    assert signed_in(claimed, "zoe@example.org")


def test_owners_alone_make_owners_and_the_last_one_stays(claimed) -> None:
    token = signed_in(claimed)["access_token"]
    me = asked(claimed, token, "GET", "/api/v1/users/me").json["user"]
    for change in ({"role": "member"}, {"active": False}):
        found = asked(claimed, token, "PATCH", f"/api/v1/users/{me}", change)
        assert found.problem == (409, "conflict")
    made = asked(claimed, token, "POST", "/api/v1/users", {"name": "robot"})
    assert (made.status, made.json["role"]) == (201, "service")
    path = made.headers["location"]
    assert asked(claimed, token, "PATCH", path, {"role": "owner"}).problem[0] == 422
    assert asked(claimed, token, "PATCH", path, {"organisation": "1" * 32}).problem[0] == 422
    assert asked(claimed, token, "PATCH", path, {"active": False}).json["active"] is False
