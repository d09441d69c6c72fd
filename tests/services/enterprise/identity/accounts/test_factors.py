"""Second factors: codes, passkeys, recovery codes, and stepping up."""

import asyncio
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from authenticator import PRESENT, Authenticator
from identity_stand import ADDRESS, Run, Stand

from aicontext.domain.errors import LimitReached, NotFound, Unauthenticated
from aicontext.domain.storage.records import FactorKind, Role
from aicontext.domain.tenancy.access import Principal
from aicontext.services.enterprise.identity.accounts.factors import Proof
from aicontext.services.enterprise.identity.accounts.service import Profile
from aicontext.services.enterprise.identity.accounts.signing_in import Pending
from aicontext.services.enterprise.identity.tokens.sessions import Tokens

PASSWORD = "correct horse battery"
ADA = Profile(email="ada@example.org", name="Ada", password=PASSWORD)


async def ada(stand: Stand) -> Principal:
    """The owner, signed in."""
    await stand.services.accounts.claim(await stand.services.accounts.owner_link(), ADA)
    tokens = await stand.services.signing_in.begin(ADA.email, PASSWORD, ADDRESS)
    assert isinstance(tokens, Tokens)
    return await stand.bearer(tokens)


async def pending(stand: Stand) -> Pending:
    found = await stand.services.signing_in.begin(ADA.email, PASSWORD, ADDRESS)
    assert isinstance(found, Pending)
    return found


async def with_codes(stand: Stand, by: Principal) -> tuple[pyotp.TOTP, list[str]]:
    """(a program that shows codes, the recovery codes)."""
    factors = stand.services.factors
    factor, shared, address = await factors.begin_codes(by, "phone")
    said = parse_qs(urlsplit(address).query)
    assert said["secret"] == [shared]
    program = pyotp.TOTP(shared)
    code = program.at(int(stand.at))
    return program, list(await factors.confirm_codes(by, factor.id, code, ADDRESS))


async def with_passkey(stand: Stand, by: Principal) -> Authenticator:
    authenticator = Authenticator()
    asked = await stand.services.factors.begin_passkey(by)
    answer = authenticator.create(asked.options)
    await stand.services.factors.add_passkey(by, "laptop", asked.ticket, answer)
    return authenticator


def test_a_code_is_good_once_and_for_its_half_minute(run: Run) -> None:
    async def test(stand: Stand) -> None:
        by = await ada(stand)
        program, recovery = await with_codes(stand, by)
        assert len(set(recovery)) == 10
        finish = stand.services.signing_in.finish
        waiting = await pending(stand)
        assert set(waiting.kinds) == {FactorKind.TOTP, FactorKind.RECOVERY}
        for offset in (0, -30, -60, 90):  # The first one confirmed the factor.
            proof = Proof(code=program.at(int(stand.at) + offset))
            with pytest.raises(Unauthenticated):
                await finish(waiting.ticket, proof, ADDRESS)
        stand.at += 30
        code = Proof(code=program.at(int(stand.at)))
        tickets = [(await pending(stand)).ticket for _ in range(3)]
        finishing = (finish(one, code, ADDRESS) for one in tickets)
        done = await asyncio.gather(*finishing, return_exceptions=True)
        (tokens,) = (one for one in done if isinstance(one, Tokens))
        assert (await stand.bearer(tokens)).strong_at == stand.clock.utc()
        with pytest.raises(Unauthenticated):
            await finish(waiting.ticket, code, ADDRESS)

    run(test)


def test_codes_cannot_be_guessed(run: Run) -> None:
    async def test(stand: Stand) -> None:
        program, _ = await with_codes(stand, await ada(stand))
        waiting = await pending(stand)
        stand.at += 30
        for code in ("", "000000", "x" * 10_000, "\ud800", "١٢٣٤٥٦", "-1", "12345", "0000000", "0"):
            with pytest.raises(Unauthenticated):
                await stand.services.signing_in.finish(waiting.ticket, Proof(code=code), ADDRESS)
        right = Proof(code=program.at(int(stand.at)))
        with pytest.raises(LimitReached):
            await stand.services.signing_in.finish(waiting.ticket, right, ADDRESS)

    run(test)


def test_a_password_alone_is_no_sign_in_once_there_is_a_factor(run: Run) -> None:
    async def test(stand: Stand) -> None:
        await with_codes(stand, await ada(stand))
        waiting = await pending(stand)
        for token in (waiting.ticket, ""):
            with pytest.raises(Unauthenticated):
                await stand.services.authentication.authenticate(f"Bearer {token}", ADDRESS)
            with pytest.raises(Unauthenticated):
                await stand.services.sessions.refresh(token)
        with pytest.raises(Unauthenticated):
            await stand.services.signing_in.finish("", Proof(code="000000"), ADDRESS)
        stand.at += 300
        with pytest.raises(Unauthenticated):
            await stand.services.signing_in.finish(waiting.ticket, Proof(), ADDRESS)

    run(test)


def test_a_recovery_code_is_good_once_and_new_ones_end_the_old(run: Run) -> None:
    async def test(stand: Stand) -> None:
        by = await ada(stand)
        _, recovery = await with_codes(stand, by)
        finish = stand.services.signing_in.finish
        typed = Proof(code=f" {recovery[0].upper()} ")
        assert await finish((await pending(stand)).ticket, typed, ADDRESS)
        waiting = await pending(stand)
        with pytest.raises(Unauthenticated):
            await finish(waiting.ticket, typed, ADDRESS)
        fresh = await stand.services.factors.new_recovery_codes(by)
        with pytest.raises(Unauthenticated):
            await finish(waiting.ticket, Proof(code=recovery[1]), ADDRESS)
        assert await finish(waiting.ticket, Proof(code=fresh[0]), ADDRESS)

    run(test)


def test_a_passkey_is_enough_and_is_a_second_factor(run: Run) -> None:
    async def test(stand: Stand) -> None:
        by = await ada(stand)
        key = await with_passkey(stand, by)
        signing_in = stand.services.signing_in
        asked = await signing_in.ask()
        proof = Proof(ticket=asked.ticket, answer=key.show(asked.options))
        found = await stand.bearer(await signing_in.by_passkey(proof, ADDRESS))
        assert (found.user, found.strong_at) == (by.user, stand.clock.utc())
        with pytest.raises(Unauthenticated):
            await signing_in.by_passkey(proof, ADDRESS)
        waiting = await pending(stand)
        asked = await signing_in.ask(waiting.ticket)
        assert len(asked.options["allowCredentials"]) == 1
        proof = Proof(ticket=asked.ticket, answer=key.show(asked.options))
        assert await signing_in.finish(waiting.ticket, proof, ADDRESS)

    run(test)


def test_answers_of_passkeys_that_are_not_sound_are_refused(run: Run) -> None:
    async def test(stand: Stand) -> None:
        by = await ada(stand)
        key = await with_passkey(stand, by)
        signing_in = stand.services.signing_in
        stranger = replace(key, id=b"x" * 32)
        forger = replace(key, key=Authenticator().key)
        for one in (
            replace(key, origin="http://localhost.evil.example"),
            replace(key, origin="https://localhost:8788"),
            replace(key, host="evil.example"),
            replace(key, flags=PRESENT),
            replace(key, flags=0),
            stranger,
            forger,
        ):
            asked = await signing_in.ask()
            proof = Proof(ticket=asked.ticket, answer=one.show(asked.options))
            with pytest.raises(Unauthenticated):
                await signing_in.by_passkey(proof, ADDRESS)
        first, second = await signing_in.ask(), await signing_in.ask()
        crossed = Proof(ticket=second.ticket, answer=key.show(first.options))
        with pytest.raises(Unauthenticated):
            await signing_in.by_passkey(crossed, ADDRESS)
        for answer in ({}, {"id": 1}, {"id": "AA"}, {**key.show(first.options), "response": []}):
            asked = await signing_in.ask()
            with pytest.raises(Unauthenticated):
                await signing_in.by_passkey(Proof(ticket=asked.ticket, answer=answer), ADDRESS)

    run(test)


def test_a_copied_passkey_is_told_by_its_counter(run: Run) -> None:
    async def test(stand: Stand) -> None:
        key = await with_passkey(stand, await ada(stand))
        copy = replace(key)
        signing_in = stand.services.signing_in
        for one, good in ((key, True), (key, True), (copy, False)):
            asked = await signing_in.ask()
            proof = Proof(ticket=asked.ticket, answer=one.show(asked.options))
            if good:
                assert await signing_in.by_passkey(proof, ADDRESS)
            else:
                with pytest.raises(Unauthenticated):
                    await signing_in.by_passkey(proof, ADDRESS)

    run(test)


def test_stepping_up_needs_the_strongest_proof_there_is(run: Run) -> None:
    async def test(stand: Stand) -> None:
        by = await ada(stand)
        signing_in, tokens = (
            stand.services.signing_in,
            await stand.services.sessions.start(await stand.user(by), strong=False),
        )
        weak = await stand.bearer(tokens)
        assert weak.strong_at is None
        with pytest.raises(Unauthenticated):
            await signing_in.step_up(weak, "wrong horse battery", Proof(), ADDRESS)
        await signing_in.step_up(weak, PASSWORD, Proof(), ADDRESS)
        assert (await stand.bearer(tokens)).strong_at == stand.clock.utc()
        program, _ = await with_codes(stand, by)
        stand.at += 30
        with pytest.raises(Unauthenticated):
            await signing_in.step_up(weak, PASSWORD, Proof(), ADDRESS)
        await signing_in.step_up(weak, "", Proof(code=program.at(int(stand.at))), ADDRESS)
        assert (await stand.bearer(tokens)).strong_at == stand.clock.utc()

    run(test)


def test_factors_of_others_do_not_exist(run: Run) -> None:
    async def test(stand: Stand) -> None:
        by = await ada(stand)
        bob = await stand.person(Role.ADMIN, of=by.organisation)
        factors = stand.services.factors
        begun, _, _ = await factors.begin_codes(by, "phone")
        with pytest.raises(NotFound):
            await factors.confirm_codes(bob, begun.id, "000000", ADDRESS)
        with pytest.raises(NotFound):
            await factors.remove(bob, begun.id)
        asked = await factors.begin_passkey(by)
        answer = Authenticator().create(asked.options)
        with pytest.raises(Unauthenticated):
            await factors.add_passkey(bob, "mine", asked.ticket, answer)

    run(test)


def test_recovery_codes_go_with_the_last_factor(run: Run) -> None:
    async def test(stand: Stand) -> None:
        by = await ada(stand)
        await with_codes(stand, by)
        factors = stand.services.factors
        for one in await factors.all(by.organisation, by.user):
            if one.kind is FactorKind.TOTP:
                assert b"secret" not in one.secret
                await factors.remove(by, one.id)
        assert not await factors.all(by.organisation, by.user)
        assert isinstance(
            await stand.services.signing_in.begin(ADA.email, PASSWORD, ADDRESS), Tokens
        )

    run(test)
