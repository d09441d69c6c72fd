"""Invitations: bounded in number and time, seen, and withdrawn."""

from dataclasses import replace
from datetime import timedelta

import pytest
from identity_stand import AT, Run, Stand

from aicontext.domain.errors import InvalidInput, LimitReached, NotFound, Unauthenticated
from aicontext.domain.storage.records import Role, User
from aicontext.services.enterprise.identity.accounts import invitations as module

PASSWORD = "correct horse battery"


def test_the_newest_for_an_address_alone_is_good(run: Run) -> None:
    async def test(stand: Stand) -> None:
        accounts, invitations = stand.services.accounts, stand.services.invitations
        owner = await stand.person(Role.OWNER)
        first = await invitations.invite(owner, "Bob@example.org", Role.ADMIN)
        second = await invitations.invite(owner, "bob@EXAMPLE.org", Role.VIEWER)
        (one,) = await invitations.open(owner.organisation)
        assert (one.data["email"], one.data["by"]) == ("bob@example.org", owner.user)
        with pytest.raises(Unauthenticated):
            await accounts.accept(first, "Bob", PASSWORD)
        assert (await accounts.accept(second, "Bob", PASSWORD)).role is Role.VIEWER
        assert await invitations.open(owner.organisation) == []
        with pytest.raises(NotFound):
            await invitations.withdraw(owner.organisation, one.id)

    run(test)


def test_one_that_was_withdrawn_is_good_no_more(run: Run) -> None:
    async def test(stand: Stand) -> None:
        invitations = stand.services.invitations
        owner, stranger = await stand.person(Role.OWNER), await stand.person(Role.OWNER)
        link = await invitations.invite(owner, "bob@example.org", Role.MEMBER)
        (one,) = await invitations.open(owner.organisation)
        assert await invitations.open(stranger.organisation) == []
        with pytest.raises(NotFound):
            await invitations.withdraw(stranger.organisation, one.id)
        await invitations.withdraw(owner.organisation, one.id)
        with pytest.raises(Unauthenticated):
            await stand.services.accounts.accept(link, "Bob", PASSWORD)

    run(test)


def test_they_end_after_a_week_and_with_the_credential_that_gave_them(run: Run) -> None:
    async def test(stand: Stand) -> None:
        accounts, invitations = stand.services.accounts, stand.services.invitations
        owner = await stand.person(Role.OWNER)
        ending = replace(owner, ends_at=AT + timedelta(hours=1))
        week = await invitations.invite(owner, "a@example.org", Role.MEMBER)
        hour = await invitations.invite(ending, "b@example.org", Role.MEMBER)
        reset = await accounts.reset_link(ending, owner.user)
        stand.at += 3600
        for link, use in ((hour, accounts.accept), (reset, _reset(stand))):
            with pytest.raises(Unauthenticated):
                await use(link, "B", PASSWORD)
        stand.at += 7 * 86_400 - 3601
        assert len(await invitations.open(owner.organisation)) == 1
        stand.at += 1
        assert await invitations.open(owner.organisation) == []
        with pytest.raises(Unauthenticated):
            await accounts.accept(week, "A", PASSWORD)

    run(test)


def _reset(stand: Stand):
    return lambda link, name, password: stand.services.accounts.reset(link, password)


def test_no_organisation_gives_more_than_so_many_in_a_week(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 3)

    async def test(stand: Stand) -> None:
        invitations = stand.services.invitations
        owner, other = await stand.person(Role.OWNER), await stand.person(Role.OWNER)
        links = [
            await invitations.invite(owner, f"u{n}@example.org", Role.MEMBER) for n in range(3)
        ]
        await stand.services.accounts.accept(links[0], "U", PASSWORD)
        with pytest.raises(LimitReached) as refused:
            await invitations.invite(owner, "u9@example.org", Role.MEMBER)
        assert refused.value.wait == 7 * 86_400
        await invitations.invite(other, "u9@example.org", Role.MEMBER)
        (one, _) = await invitations.open(owner.organisation)
        await invitations.withdraw(owner.organisation, one.id)
        await invitations.invite(owner, "u8@example.org", Role.MEMBER)
        stand.at += 7 * 86_400
        await invitations.invite(owner, "u7@example.org", Role.MEMBER)

    run(test)


def test_whose_account_was_closed_invites_nobody(run: Run) -> None:
    async def test(stand: Stand) -> None:
        owner = await stand.person(Role.OWNER)
        admin = await stand.person(Role.ADMIN, of=owner.organisation)
        link = await stand.services.invitations.invite(admin, "bob@example.org", Role.ADMIN)
        closed = await stand.services.users.change(owner, admin.user, active=False)
        assert isinstance(closed, User)
        with pytest.raises(Unauthenticated):
            await stand.services.accounts.accept(link, "Bob", PASSWORD)
        with pytest.raises(InvalidInput):
            await stand.services.invitations.invite(owner, "no address", Role.MEMBER)

    run(test)
