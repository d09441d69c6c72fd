"""Clients, authorization codes and what clients ask for beside them."""

import asyncio
import base64
import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from identity_stand import Run, Stand

from aicontext.domain.errors import Forbidden, GrantRefused, InvalidInput, Unauthenticated
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.services.enterprise.identity.oauth.clients import Grant, NewClient, Registered
from aicontext.services.enterprise.identity.oauth.codes import Answered, Request
from aicontext.services.enterprise.identity.tokens.sessions import Tokens

BACK = "https://ide.example/back"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
IDE = NewClient(name="IDE", redirects=(BACK,), scopes=("context:*", "usage:read"))


async def registered(stand: Stand, by: Principal, new: NewClient = IDE) -> Registered:
    return await stand.services.oauth.clients.register(by, new)


def wanted(made: Registered, **changed: str) -> Request:
    sound = Request(
        client_id=made.client.id,
        redirect_uri=BACK,
        response_type="code",
        scope="context:read",
        state="xyz",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
    )
    return replace(sound, **changed)


def said(address: str) -> Mapping[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


async def code(stand: Stand, by: Principal, made: Registered, **changed: str) -> str:
    codes = stand.services.oauth.codes
    asking = await codes.ask(wanted(made, **changed))
    user = await stand.user(by)
    return said(await codes.allow(asking.ticket, asking.browser, user))["code"]


async def redeemed(stand: Stand, made: Registered, one: str, **changed: str) -> Tokens:
    given = {
        "grant_type": "authorization_code",
        "code": one,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    return await stand.services.oauth.token(made.client, given)


def test_a_program_acts_for_whoever_let_it_and_as_far_as_they_did(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        made = await registered(stand, ada)
        asking = await stand.services.oauth.codes.ask(wanted(made))
        assert (asking.scopes, asking.origin) == (("context:read",), "https://ide.example")
        address = await stand.services.oauth.codes.allow(
            asking.ticket, asking.browser, await stand.user(ada)
        )
        assert address.startswith(BACK)
        assert said(address).keys() == {"code", "state", "iss"}
        tokens = await redeemed(stand, made, said(address)["code"])
        found = await stand.bearer(tokens)
        assert (found.user, found.scopes, found.credential, found.strong_at) == (
            ada.user,
            frozenset({"context:read"}),
            Credential.TOKEN,
            None,
        )
        with pytest.raises(Forbidden, match="programs of others"):
            await stand.services.sessions.strengthen(found)
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        again = await stand.services.oauth.token(made.client, refresh)
        assert again.scopes == ("context:read",)
        with pytest.raises(GrantRefused, match="used before"):
            await stand.services.oauth.token(made.client, refresh)
        with pytest.raises(Unauthenticated):
            await stand.bearer(again)

    run(test)


def test_nobody_is_led_to_an_address_that_is_not_registered(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        local = replace(IDE, redirects=(BACK, "http://127.0.0.1/back", "http://[::1]/back"))
        made = await registered(stand, ada, local)
        codes = stand.services.oauth.codes
        for address in (
            "",
            "https://evil.example/back",
            f"{BACK}/",
            f"{BACK}?x=1",
            f"{BACK}#x",
            "https://ide.example.evil.example/back",
            "https://ide.example@evil.example/back",
            "https://ide.example/back/../elsewhere",
            "http://ide.example/back",
            "http://127.0.0.1.evil.example/back",
            "http://127.0.0.1@evil.example/back",
            "http://evil@127.0.0.1:8000/back",
            "http://127.0.0.1:0/back",
            "http://127.0.0.1:8000/back#x",
            "https://127.0.0.1:8000/back",
            "http://localhost:8000/back",
            "javascript:alert(1)",
            "//evil.example/back",
        ):
            with pytest.raises(GrantRefused):
                await codes.ask(wanted(made, redirect_uri=address))
        for address in ("http://127.0.0.1:51234/back", "http://[::1]:1/back", BACK):
            assert await codes.ask(wanted(made, redirect_uri=address))
        with pytest.raises(GrantRefused):
            await codes.ask(wanted(made, client_id="1" * 32))

    run(test)


def test_pkce_cannot_be_left_out_or_weakened(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        made = await registered(stand, ada)
        for changed, error in (
            ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
            ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
            ({"code_challenge_method": ""}, "invalid_request"),
            ({"code_challenge": "short"}, "invalid_request"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": "users:write"}, "invalid_scope"),
            ({"scope": "*"}, "invalid_scope"),
        ):
            with pytest.raises(Answered) as told:
                await stand.services.oauth.codes.ask(wanted(made, **changed))
            assert said(told.value.address)["error"] == error
            assert said(told.value.address)["state"] == "xyz"
        for verifier in ("", CHALLENGE, VERIFIER[:-1], "é" * 43, "x" * 200):
            with pytest.raises(GrantRefused) as refused:
                await redeemed(stand, made, await code(stand, ada, made), code_verifier=verifier)
            assert refused.value.error == "invalid_grant"

    run(test)


def test_a_code_that_comes_twice_ends_what_it_gave(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        made = await registered(stand, ada)
        one = await code(stand, ada, made)
        tokens = await redeemed(stand, made, one)
        await stand.bearer(tokens)
        with pytest.raises(GrantRefused):
            await redeemed(stand, made, one)
        with pytest.raises(Unauthenticated):
            await stand.bearer(tokens)
        late = await code(stand, ada, made)
        stand.at += 60
        with pytest.raises(GrantRefused):
            await redeemed(stand, made, late)
        raced = await code(stand, ada, made)
        redeeming = (redeemed(stand, made, raced) for _ in range(4))
        done = await asyncio.gather(*redeeming, return_exceptions=True)
        assert sum(isinstance(one, Tokens) for one in done) <= 1

    run(test)


def test_a_code_that_comes_again_while_it_is_redeemed_gives_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        made = await registered(stand, ada)
        one = await code(stand, ada, made)
        begun, start = [], stand.services.sessions.start

        async def with_a_thief(*given: Any, **more: Any) -> Tokens:
            """It comes between the code's use and its tokens."""
            begun.append(await start(*given, **more))
            with pytest.raises(GrantRefused):
                await redeemed(stand, made, one)
            return begun[0]

        monkeypatch.setattr(stand.services.sessions, "start", with_a_thief)
        with pytest.raises(GrantRefused):
            await redeemed(stand, made, one)
        with pytest.raises(Unauthenticated):
            await stand.bearer(begun[0])

    run(test)


def test_a_code_is_for_one_client_and_one_address(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada, bob = await stand.person(Role.OWNER), await stand.person(Role.OWNER)
        made, other = await registered(stand, ada), await registered(stand, ada)
        theirs = await registered(stand, bob)
        for client in (other, theirs):
            with pytest.raises(GrantRefused):
                await redeemed(stand, client, await code(stand, ada, made))
        with pytest.raises(GrantRefused):
            await redeemed(stand, made, await code(stand, ada, made), redirect_uri=BACK + "/")
        with pytest.raises(GrantRefused, match="another organisation"):
            await code(stand, bob, made)
        tokens = await redeemed(stand, made, await code(stand, ada, made))
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        with pytest.raises(GrantRefused):
            await stand.services.oauth.token(other.client, refresh)
        await stand.services.oauth.revoke(other.client, tokens.access)
        await stand.services.oauth.revoke(other.client, tokens.refresh)
        await stand.bearer(tokens)
        await stand.services.oauth.revoke(made.client, tokens.refresh)
        with pytest.raises(Unauthenticated):
            await stand.bearer(tokens)

    run(test)


def test_a_question_is_for_one_browser_and_answered_once(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        made, user = await registered(stand, ada), await stand.user(ada)
        codes = stand.services.oauth.codes
        asking = await codes.ask(wanted(made))
        for browser in ("", "x", (await codes.ask(wanted(made))).browser):
            with pytest.raises(Unauthenticated):
                await codes.allow(asking.ticket, browser, user)
        refused = await codes.refuse(asking.ticket, asking.browser)
        assert said(refused)["error"] == "access_denied"
        with pytest.raises(Unauthenticated):
            await codes.allow(asking.ticket, asking.browser, user)

    run(test)


def test_a_service_acts_by_itself(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        robot = await stand.services.users.add_service(ada, "robot")
        new = NewClient(
            name="CI",
            grants=(Grant.CLIENT,),
            scopes=("context:write",),
            confidential=True,
            user=robot.id,
        )
        made = await registered(stand, ada, new)
        oauth = stand.services.oauth
        client = await oauth.clients.authenticated(made.client.id, made.secret)
        for secret in ("", made.secret[:-1], "x"):
            with pytest.raises(GrantRefused):
                await oauth.clients.authenticated(made.client.id, secret)
        tokens = await oauth.token(client, {"grant_type": "client_credentials"})
        found = await stand.bearer(tokens)
        assert (tokens.refresh, found.user, found.role) == ("", robot.id, Role.SERVICE)
        with pytest.raises(GrantRefused):
            await oauth.token(client, {"grant_type": "client_credentials", "scope": "usage:read"})
        active = await oauth.introspect(client, tokens.access)
        assert (active["active"], active["scope"]) == (True, "context:write")
        bob = await stand.person(Role.OWNER)
        stranger = await registered(stand, bob, replace(IDE, confidential=True))
        assert await oauth.introspect(stranger.client, tokens.access) == {"active": False}
        for junk in ("", "x", tokens.access + "x", made.secret):
            assert await oauth.introspect(client, junk) == {"active": False}
        await oauth.clients.remove(ada.organisation, client.id)
        with pytest.raises(Unauthenticated):
            await stand.bearer(tokens)

    run(test)


def test_clients_that_would_be_unsafe_are_refused(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER, scopes=frozenset({"context:*", "clients:write"}))
        for new in (
            replace(IDE, scopes=()),
            replace(IDE, scopes=("context:read",), redirects=()),
            replace(IDE, scopes=("context:read",), redirects=("http://ide.example/back",)),
            replace(IDE, scopes=("context:read",), redirects=("https://ide.example/#x",)),
            replace(IDE, scopes=("context:read",), redirects=("ide://back",)),
            replace(IDE, scopes=("context:read",), redirects=("https://u:p@ide.example/",)),
            replace(IDE, scopes=("context:read",), redirects=("http://localhost/back",)),
            replace(IDE, scopes=("context:read",), grants=(Grant.CLIENT,), redirects=()),
            replace(IDE, scopes=("context:read",), name="\x1b[2J"),
        ):
            with pytest.raises(InvalidInput):
                await registered(stand, ada, new)
        with pytest.raises(Forbidden):
            await registered(stand, ada, replace(IDE, scopes=("users:write",)))
        wide = replace(ada, scopes=frozenset({"*", "clients:write"}))
        with pytest.raises(Forbidden):  # A sensitive one that no proof was asked for.
            await registered(stand, wide, replace(IDE, scopes=("users:write",)))

    run(test)
