"""Device codes: a program without a browser."""

import pytest
from identity_stand import ADDRESS, Run, Stand

from aicontext.domain.errors import GrantRefused, LimitReached, Unauthenticated
from aicontext.domain.storage.records import Role
from aicontext.services.enterprise.identity.oauth.clients import CLI, Grant, NewClient
from aicontext.services.enterprise.identity.oauth.devices import Begun
from aicontext.services.enterprise.identity.tokens.sessions import Tokens

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


async def begun(stand: Stand, scope: str = "") -> Begun:
    oauth = stand.services.oauth
    return await oauth.devices.begin(await oauth.clients.get(CLI), scope, ADDRESS)


async def polled(stand: Stand, code: str) -> Tokens:
    oauth = stand.services.oauth
    client = await oauth.clients.authenticated(CLI, "")
    return await oauth.token(client, {"grant_type": DEVICE, "device_code": code})


async def why_not(stand: Stand, code: str) -> str:
    with pytest.raises(GrantRefused) as refused:
        await polled(stand, code)
    return refused.value.error


def test_our_own_command_gets_a_sign_in_of_whoever_typed_its_code(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person()
        codes = await begun(stand)
        assert await why_not(stand, codes.device_code) == "authorization_pending"
        assert await why_not(stand, codes.device_code) == "slow_down"
        stand.at += 5
        assert await why_not(stand, codes.device_code) == "authorization_pending"
        typed = codes.user_code.lower().replace("-", " ")
        await stand.services.oauth.devices.decide(typed, ADDRESS, await stand.user(ada))
        tokens = await polled(stand, codes.device_code)
        found = await stand.services.authentication.authenticate(f"Bearer {tokens.access}", ADDRESS)
        assert (found.user, found.scopes) == (ada.user, frozenset({"*"}))
        assert await stand.services.sessions.refresh(tokens.refresh)
        assert await why_not(stand, codes.device_code) == "expired_token"
        with pytest.raises(Unauthenticated):
            await stand.services.oauth.devices.whose(codes.user_code, ADDRESS)

    run(test)


def test_a_code_that_was_refused_or_is_too_old_gives_nothing(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person()
        refused, old = await begun(stand), await begun(stand)
        await stand.services.oauth.devices.decide(refused.user_code, ADDRESS, None)
        assert await why_not(stand, refused.device_code) == "access_denied"
        stand.at += 600
        with pytest.raises(Unauthenticated):
            await stand.services.oauth.devices.decide(old.user_code, ADDRESS, await stand.user(ada))
        for code in (old.device_code, "", "x", "\ud800"):
            assert await why_not(stand, code) == "expired_token"

    run(test)


def test_codes_that_people_type_cannot_be_guessed(run: Run) -> None:
    async def test(stand: Stand) -> None:
        codes = await begun(stand)
        devices = stand.services.oauth.devices
        for _ in range(100):
            with pytest.raises(Unauthenticated):
                await devices.whose("BBBB-BBBB", ADDRESS)
        for guess in ("BBBB-BBBB", codes.user_code):
            with pytest.raises(LimitReached):
                await devices.whose(guess, ADDRESS)

    run(test)


def test_a_code_is_for_the_program_that_asked_and_its_organisation(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada, bob = await stand.person(Role.OWNER), await stand.person(Role.OWNER)
        oauth = stand.services.oauth
        new = NewClient(name="TV", grants=(Grant.DEVICE,), scopes=("usage:read",))
        client = (await oauth.clients.register(ada, new)).client
        codes = await oauth.devices.begin(client, "", ADDRESS)
        assert await why_not(stand, codes.device_code) == "invalid_grant"
        with pytest.raises(GrantRefused, match="another organisation"):
            await oauth.devices.decide(codes.user_code, ADDRESS, await stand.user(bob))
        await oauth.devices.decide(codes.user_code, ADDRESS, await stand.user(ada))
        given = {"grant_type": DEVICE, "device_code": codes.device_code}
        tokens = await oauth.token(client, given)
        assert tokens.scopes == ("usage:read",)
        with pytest.raises(GrantRefused):
            await oauth.devices.begin(client, "*", ADDRESS)

    run(test)
