"""One user needs no account, over loopback, until somebody has one."""

import asyncio

import pytest
from identity_stand import ADDRESS, AT, Run, Stand

from aicontext.domain.errors import Unauthenticated
from aicontext.domain.storage.records import Organisation, Password, Role, User
from aicontext.domain.tenancy.access import Credential
from aicontext.services.enterprise.identity.keys import Wanted


def test_the_user_of_this_machine_owns_it(run: Run) -> None:
    async def test(stand: Stand) -> None:
        authentication = stand.services.authentication
        found = await authentication.authenticate("", "127.0.0.1")
        assert (found.role, found.credential) == (Role.OWNER, Credential.LOCAL)
        for address in ("127.8.8.8", "::1", "::ffff:127.0.0.1"):
            assert await authentication.authenticate("", address) == found
        async with stand.records.transaction(found.organisation, reading=True) as transaction:
            assert (await transaction.get(User, found.user)).role is Role.OWNER
            assert await transaction.get(Organisation, found.organisation)
        issued = await stand.services.keys.create(found, Wanted(name="ci"))
        by_key = await authentication.authenticate(f"Bearer {issued.secret}", ADDRESS)
        assert by_key.user == found.user

    run(test)


def test_whoever_comes_from_elsewhere_needs_a_credential(run: Run) -> None:
    async def test(stand: Stand) -> None:
        for address in ("", ADDRESS, "localhost", "::ffff:203.0.113.7", "0", "0.0.0.0"):
            with pytest.raises(Unauthenticated):
                await stand.services.authentication.authenticate("", address)

    run(test)


def test_a_server_that_others_reach_lets_nobody_in_without(run: Run) -> None:
    async def test(stand: Stand) -> None:
        services = stand.other(host="0.0.0.0")
        with pytest.raises(Unauthenticated):
            await services.authentication.authenticate("", "127.0.0.1")

    run(test)


def test_the_first_account_ends_it(run: Run) -> None:
    async def test(stand: Stand) -> None:
        authentication = stand.services.authentication
        await authentication.authenticate("", "127.0.0.1")
        ada = await stand.person()
        of = {"organisation": ada.organisation, "created_at": AT}
        await stand.add(Password(id="1" * 32, user=ada.user, verifier="$argon2id$", **of))
        stand.at += 5
        with pytest.raises(Unauthenticated):
            await authentication.authenticate("", "127.0.0.1")

    run(test)


def test_processes_that_start_at_once_make_one_local_user(run: Run) -> None:
    async def test(stand: Stand) -> None:
        every = [stand.other().authentication for _ in range(5)]
        found = await asyncio.gather(*(one.authenticate("", "127.0.0.1") for one in every))
        assert len({one.user for one in found}) == 1

    run(test)
