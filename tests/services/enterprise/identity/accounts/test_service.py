"""Accounts: how they begin, and how people come in."""

import asyncio

import pytest
from identity_stand import ADDRESS, Run, Stand

from aicontext.adapters.identity.argon2 import Argon2Passwords
from aicontext.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LimitReached,
    Unauthenticated,
)
from aicontext.domain.storage.records import PLATFORM, Role, Ticket, User
from aicontext.domain.tenancy.access import Principal
from aicontext.services.enterprise.identity.accounts.service import Profile
from aicontext.services.enterprise.identity.local import LOCAL_USER

PASSWORD = "correct horse battery"
ADA = Profile(email="Ada@Example.org", name="Ada", password=PASSWORD)


async def claimed(stand: Stand) -> User:
    return await stand.services.accounts.claim(await stand.services.accounts.owner_link(), ADA)


async def signed_in(stand: Stand, user: User) -> Principal:
    tokens = await stand.services.sessions.start(user, strong=True)
    return await stand.services.authentication.authenticate(f"Bearer {tokens.access}", ADDRESS)


def test_the_first_owner_takes_over_what_was_made_without_an_account(run: Run) -> None:
    async def test(stand: Stand) -> None:
        before = await stand.services.authentication.authenticate("", "127.0.0.1")
        user = await claimed(stand)
        assert (user.id, user.organisation) == (before.user, before.organisation)
        assert (user.email, user.role) == ("ada@example.org", Role.OWNER)
        with pytest.raises(Unauthenticated):
            await stand.services.authentication.authenticate("", "127.0.0.1")
        assert await stand.services.accounts.owner_link() == ""
        found = await stand.services.accounts.known(" ADA@example.org", PASSWORD, ADDRESS)
        assert found == user

    run(test)


def test_a_link_is_good_once_for_a_day_and_kept_as_a_digest(run: Run) -> None:
    async def test(stand: Stand) -> None:
        accounts = stand.services.accounts
        expired, link = await accounts.owner_link(), ""
        stand.at += 86_400
        with pytest.raises(Unauthenticated):
            await accounts.claim(expired, ADA)
        link = await accounts.owner_link()
        async with stand.records.transaction(PLATFORM, reading=True) as transaction:
            kept = await transaction.find(Ticket)
        assert len(kept) == 1
        assert link not in repr(kept)
        claiming = (accounts.claim(link, ADA) for _ in range(3))
        done = await asyncio.gather(*claiming, return_exceptions=True)
        assert sum(isinstance(one, User) for one in done) == 1
        for again in (link, expired, "", "aict_", "\ud800"):
            with pytest.raises((Unauthenticated, Conflict)):
                await accounts.claim(again, ADA)

    run(test)


def test_a_wrong_address_and_a_wrong_password_are_told_alike(run: Run) -> None:
    async def test(stand: Stand) -> None:
        await claimed(stand)
        told = set()
        for email, password in (
            ("ada@example.org", "wrong horse battery"),
            ("ada@example.org", ""),
            ("ada@example.org", "x" * 100_000),
            ("ada@example.org", "\ud800"),
            ("nobody@example.org", PASSWORD),
            ("local@localhost", PASSWORD),
            ("\0", PASSWORD),
            ("\ud800@x", PASSWORD),
            ("", ""),
        ):
            with pytest.raises(Unauthenticated) as error:
                await stand.services.accounts.known(email, password, ADDRESS)
            told.add(str(error.value))
        assert len(told) == 1

    run(test)


class Recorded(Argon2Passwords):
    """Writes down what is checked against."""

    def __init__(self) -> None:
        super().__init__(memory=64)
        self.asked: list[bool] = []

    async def fits(self, password: str, verifier: str) -> bool:
        self.asked.append(bool(verifier))
        return await super().fits(password, verifier)


def test_whether_there_is_an_account_changes_nothing_that_is_done(run: Run) -> None:
    async def test(stand: Stand) -> None:
        await claimed(stand)
        passwords = Recorded()
        accounts = stand.other(passwords).accounts
        for email in ("ada@example.org", "nobody@example.org"):
            with pytest.raises(Unauthenticated):
                await accounts.known(email, "wrong horse battery", ADDRESS)
        assert passwords.asked == [True, False]

    run(test)


def test_guesses_are_few_from_one_address_and_do_not_lock_out_the_owner(run: Run) -> None:
    async def test(stand: Stand) -> None:
        await claimed(stand)
        known = stand.services.accounts.known
        for email in ("ada@example.org", "nobody@example.org"):
            for _ in range(10):
                with pytest.raises(Unauthenticated):
                    await known(email, "", "2001:db8::1")
            with pytest.raises(LimitReached) as error:
                await known(email, PASSWORD, "2001:db8::ffff")
            assert 0 < error.value.wait <= 960
        assert await known("ada@example.org", PASSWORD, ADDRESS)
        stand.at += 960
        assert await known("ada@example.org", PASSWORD, "2001:db8::1")

    run(test)


def test_teammates_come_by_invitation_into_the_same_organisation(run: Run) -> None:
    async def test(stand: Stand) -> None:
        accounts, invite = stand.services.accounts, stand.services.invitations.invite
        owner = await signed_in(stand, await claimed(stand))
        link = await invite(owner, "Bob@example.org", Role.VIEWER)
        bob = await accounts.accept(link, "Bob", PASSWORD)
        assert (bob.organisation, bob.role, bob.email) == (
            owner.organisation,
            Role.VIEWER,
            "bob@example.org",
        )
        with pytest.raises(Unauthenticated):
            await accounts.accept(link, "Bob", PASSWORD)
        with pytest.raises(Conflict):
            await invite(owner, "bob@example.org", Role.MEMBER)
        admin = await signed_in(
            stand,
            await accounts.accept(
                await invite(owner, "eve@example.org", Role.ADMIN),
                "Eve",
                PASSWORD,
            ),
        )
        with pytest.raises(Forbidden):
            await invite(admin, "mallory@example.org", Role.OWNER)
        with pytest.raises(InvalidInput):
            await invite(admin, "robot@example.org", Role.SERVICE)
        with pytest.raises(Forbidden):
            await accounts.reset_link(admin, owner.user)

    run(test)


def test_a_link_of_one_kind_opens_nothing_of_another(run: Run) -> None:
    async def test(stand: Stand) -> None:
        accounts, invite = stand.services.accounts, stand.services.invitations.invite
        owner = await signed_in(stand, await claimed(stand))
        invitation = await invite(owner, "bob@example.org", Role.MEMBER)
        reset = await accounts.reset_link(owner, owner.user)
        with pytest.raises(Unauthenticated):
            await accounts.accept(reset, "Bob", PASSWORD)
        with pytest.raises(Unauthenticated):
            await accounts.reset(invitation, PASSWORD)

    run(test)


def test_a_new_password_ends_what_the_old_one_began(run: Run) -> None:
    async def test(stand: Stand) -> None:
        accounts, sessions = stand.services.accounts, stand.services.sessions
        user = await claimed(stand)
        here, there = await signed_in(stand, user), await signed_in(stand, user)
        new = "another horse battery"
        with pytest.raises(Unauthenticated):
            await accounts.change_password(here, "wrong horse battery", new, ADDRESS)
        await accounts.change_password(here, PASSWORD, new, ADDRESS)
        assert [one.id for one in await sessions.all(user.organisation, user.id)] == [
            here.credential_id
        ]
        with pytest.raises(Unauthenticated):
            await accounts.known(ADA.email, PASSWORD, ADDRESS)
        await accounts.reset(await accounts.reset_link(there, user.id), PASSWORD)
        assert not await sessions.all(user.organisation, user.id)
        assert await accounts.known(ADA.email, PASSWORD, ADDRESS)

    run(test)


def test_what_makes_no_good_account_is_refused(run: Run) -> None:
    async def test(stand: Stand) -> None:
        link = await stand.services.accounts.owner_link()
        for email, name, password in (
            ("ada", "Ada", PASSWORD),
            ("a@b@c", "Ada", PASSWORD),
            ("ada @example.org", "Ada", PASSWORD),
            ("ada@example.org\n", "", PASSWORD),
            ("ada@example.org", "A\x1b[2Jda", PASSWORD),
            ("ada@example.org", "Ada", "short"),
            ("ada@example.org", "Ada", "x" * 257),
            ("ada@example.org", "Ada", "aaaaaaaaaaaaaa"),
            ("ada@example.org", "Ada", "my name is ada"),
            ("ada@example.org", "Ada", PASSWORD + "\ud800"),
        ):
            profile = Profile(email=email, name=name, password=password)
            with pytest.raises(InvalidInput):
                await stand.services.accounts.claim(link, profile)
        composed = Profile(email="ada@example.org", name="Ada", password="Köln " * 4)
        assert (await stand.services.accounts.claim(link, composed)).id == LOCAL_USER
        decomposed = "Ko\u0308ln " * 4
        assert await stand.services.accounts.known(composed.email, decomposed, ADDRESS)

    run(test)
