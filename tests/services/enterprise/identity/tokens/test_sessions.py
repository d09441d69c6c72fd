"""Access tokens, refresh tokens and the keys behind them."""

import asyncio
import base64
import json
from typing import Any

import pytest
from identity_stand import ADDRESS, AT, Run, Stand
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from aicontext.adapters.identity.jose import LEEWAY
from aicontext.domain.errors import Unauthenticated
from aicontext.domain.storage.records import PLATFORM, SigningKey, User
from aicontext.domain.tenancy.access import Credential, Principal


async def user(stand: Stand) -> User:
    person = await stand.person()
    async with stand.records.transaction(person.organisation, reading=True) as transaction:
        return await transaction.get(User, person.user)


async def shown(stand: Stand, token: str) -> Principal:
    return await stand.services.authentication.authenticate(f"Bearer {token}", ADDRESS)


def claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def test_a_sign_in_is_known_by_its_access_token(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await user(stand)
        tokens = await stand.services.sessions.start(ada, strong=True)
        assert tokens.access not in repr(tokens)
        assert tokens.refresh not in repr(tokens)
        found = await shown(stand, tokens.access)
        assert (found.user, found.credential, found.scopes, found.strong_at) == (
            ada.id,
            Credential.TOKEN,
            frozenset({"*"}),
            AT,
        )
        stand.at += 599 + LEEWAY
        await shown(stand, tokens.access)
        stand.at += 1
        with pytest.raises(Unauthenticated):
            await shown(stand, tokens.access)

    run(test)


def test_tokens_that_we_did_not_sign_so_are_refused(run: Run) -> None:
    async def test(stand: Stand) -> None:
        tokens = await stand.services.sessions.start(await user(stand), strong=True)
        (public,) = await stand.services.tokens.published()
        sound, kid = claims_of(tokens.access), public["kid"]
        other = OKPKey.generate_key("Ed25519")
        header, _, signature = tokens.access.split(".")
        changed = base64.urlsafe_b64encode(json.dumps({**sound, "sub": "x"}).encode()).decode()
        nothing = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
        for forged in (
            f"{nothing}.{tokens.access.split('.')[1]}.",
            *(
                jwt.encode(
                    {"alg": "HS256", "typ": "at+jwt", "kid": kid},
                    sound,
                    OctKey.import_key(secret),
                    algorithms=["HS256"],
                )
                for secret in (public["x"], json.dumps(public))
            ),
            jwt.encode(
                {"alg": "Ed25519", "typ": "at+jwt", "kid": kid},
                sound,
                other,
                algorithms=["Ed25519"],
            ),
            jwt.encode(
                {"alg": "Ed25519", "typ": "at+jwt", "jwk": other.as_dict(private=False)},
                sound,
                other,
                algorithms=["Ed25519"],
            ),
            f"{header}.{changed.rstrip('=')}.{signature}",
            f"{header}..{signature}",
            tokens.access[:-8],
            "e30.e30.e30",
            "." * 9000,
        ):
            with pytest.raises(Unauthenticated):
                await shown(stand, forged)

    run(test)


def test_claims_that_are_not_those_of_our_access_tokens_are_refused(run: Run) -> None:
    async def test(stand: Stand) -> None:
        tokens = await stand.services.sessions.start(await user(stand), strong=True)
        sound = claims_of(tokens.access)
        signing = stand.services.tokens
        kid, private = await signing._signs()

        def signed(kind: str = "at+jwt", **changed: Any) -> str:
            said = {k: v for k, v in {**sound, **changed}.items() if v is not None}
            return signing._signing.sign(kind, said, kid, private)

        await shown(stand, signed())
        now = int(stand.at)
        for bad in (
            signed("JWT"),
            signed(iss="https://elsewhere.example"),
            signed(iss=None),
            signed(aud="https://elsewhere.example/api"),
            signed(aud=None),
            signed(exp=now - LEEWAY),
            signed(exp=None),
            signed(exp="tomorrow"),
            signed(nbf=now + LEEWAY + 1),
            signed(iat=now + LEEWAY + 1),
            signed(sub=None),
            signed(sid="1" * 32),
        ):
            with pytest.raises(Unauthenticated):
                await shown(stand, bad)

    run(test)


def test_a_refresh_token_is_good_once(run: Run) -> None:
    async def test(stand: Stand) -> None:
        sessions = stand.services.sessions
        first = await sessions.start(await user(stand), strong=True)
        stand.at += 700
        second = await sessions.refresh(first.refresh)
        await shown(stand, second.access)
        third = await sessions.refresh(second.refresh)
        with pytest.raises(Unauthenticated, match="used before"):
            await sessions.refresh(first.refresh)
        for token in (third.refresh, second.refresh):
            with pytest.raises(Unauthenticated):
                await sessions.refresh(token)
        with pytest.raises(Unauthenticated):
            await shown(stand, third.access)

    run(test)


def test_of_many_that_refresh_at_once_one_gets_tokens_and_all_of_them_end(run: Run) -> None:
    async def test(stand: Stand) -> None:
        first = await stand.services.sessions.start(await user(stand), strong=True)
        others = [stand.other().sessions for _ in range(4)]
        refreshing = (one.refresh(first.refresh) for one in others)
        done = await asyncio.gather(*refreshing, return_exceptions=True)
        made = [one for one in done if not isinstance(one, BaseException)]
        assert len(made) == 1
        assert {type(one) for one in done if one not in made} == {Unauthenticated}
        with pytest.raises(Unauthenticated):
            await others[0].refresh(made[0].refresh)

    run(test)


def test_what_is_no_refresh_token_ends_nothing(run: Run) -> None:
    async def test(stand: Stand) -> None:
        sessions = stand.services.sessions
        tokens = await sessions.start(await user(stand), strong=True)
        for text in ("", "aicr_", "aicr_" + "g" * 32, "aicr_" + "0" * 90, "\ud800", tokens.access):
            with pytest.raises(Unauthenticated):
                await sessions.refresh(text)
        with pytest.raises(Unauthenticated):
            await sessions.refresh(tokens.refresh, client="1" * 32)
        await sessions.refresh(tokens.refresh)

    run(test)


def test_signing_out_counts_at_once_here_and_soon_elsewhere(run: Run) -> None:
    async def test(stand: Stand) -> None:
        other = stand.other()
        tokens = await stand.services.sessions.start(await user(stand), strong=True)
        await other.authentication.authenticate(f"Bearer {tokens.access}", ADDRESS)
        await stand.services.sessions.revoke(tokens.refresh)
        for again in (stand.services.sessions.refresh, stand.services.sessions.revoke):
            with pytest.raises(Unauthenticated):
                await again(tokens.refresh)
        with pytest.raises(Unauthenticated):
            await shown(stand, tokens.access)
        stand.at += 5
        with pytest.raises(Unauthenticated):
            await other.authentication.authenticate(f"Bearer {tokens.access}", ADDRESS)

    run(test)


def test_a_sign_in_ends_after_its_days_however_often_it_was_refreshed(run: Run) -> None:
    async def test(stand: Stand) -> None:
        tokens = await stand.services.sessions.start(await user(stand), strong=True)
        for _ in range(3):
            stand.at += 86_400 * 10 - 1
            tokens = await stand.services.sessions.refresh(tokens.refresh)
        stand.at += 3
        with pytest.raises(Unauthenticated):
            await stand.services.sessions.refresh(tokens.refresh)

    run(test)


def test_signing_keys_rotate_and_are_known_a_day_before_they_sign(run: Run) -> None:
    async def test(stand: Stand) -> None:
        tokens, ada = stand.services.tokens, await user(stand)

        async def kids() -> list[str]:
            return [one["kid"] for one in await tokens.published()]

        async def signs() -> str:
            made = await stand.services.sessions.start(ada, strong=True)
            await shown(stand, made.access)
            header = made.access.split(".")[0]
            found = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
            return str(found["kid"])

        first = await signs()
        assert await kids() == [first]
        stand.at += 86_400 * 29.5
        assert await signs() == first
        assert len(await kids()) == 2
        stand.at += 86_400 * 0.5
        second = await signs()
        assert await kids() == [first, second]
        stand.at += 1201
        assert await kids() == [second]
        async with stand.records.transaction(PLATFORM, reading=True) as transaction:
            kept = await transaction.find(SigningKey)
        assert not any(b'"d"' in one.sealed or "d" in one.public for one in kept)

    run(test)


def test_a_lost_master_key_stops_nobody_from_signing_in(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await user(stand)
        before = await stand.services.sessions.start(ada, strong=True)
        (stand.home / "keys.json").unlink()
        other = stand.other()
        after = await other.sessions.start(ada, strong=True)
        for tokens in (before, after):
            shown = f"Bearer {tokens.access}"
            assert await other.authentication.authenticate(shown, ADDRESS)
        assert await other.sessions.refresh(before.refresh)

    run(test)
