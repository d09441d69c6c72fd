"""A credential for some scopes alone makes nobody stronger than it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from identity_stand import Run, Stand

from aicontext.domain.errors import Forbidden
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.services.enterprise.identity.powers import check_end, check_given, check_role

Step = Callable[[Stand, Principal, Role], Awaitable[object]]


async def _invite(stand: Stand, by: Principal, role: Role) -> object:
    return await stand.services.invitations.invite(by, "bob@example.org", role)


async def _let_in(stand: Stand, by: Principal, role: Role) -> object:
    other = await stand.person(role, of=by.organisation)
    return await stand.services.accounts.reset_link(by, other.user)


async def _take_factors(stand: Stand, by: Principal, role: Role) -> object:
    other = await stand.person(role, of=by.organisation)
    return await stand.services.factors.remove_all(by, other.user)


async def _raise(stand: Stand, by: Principal, role: Role) -> object:
    other = await stand.person(Role.VIEWER, of=by.organisation)
    return await stand.services.users.change(by, other.user, role=role)


@pytest.mark.parametrize(
    "step", [_invite, _let_in, _take_factors, _raise], ids=lambda s: s.__name__
)
def test_some_scopes_alone_let_no_administrator_in(run: Run, step: Step) -> None:
    async def test(stand: Stand) -> None:
        owner = await stand.person(Role.OWNER)
        narrow = replace(owner, scopes=frozenset({"users:write", "factors:write"}))
        for role in (Role.ADMIN, Role.OWNER):
            with pytest.raises(Forbidden, match="some scopes alone"):
                await step(stand, narrow, role)
        await step(stand, narrow, Role.MEMBER)
        await step(stand, owner, Role.ADMIN)

    run(test)


def test_owners_alone_make_owners(run: Run) -> None:
    async def test(stand: Stand) -> None:
        admin = await stand.person(Role.ADMIN)
        check_role(admin, Role.ADMIN)
        with pytest.raises(Forbidden, match="Owners alone"):
            check_role(admin, Role.OWNER)

    run(test)


def test_some_scopes_are_enough_to_shut_an_administrator_out(run: Run) -> None:
    async def test(stand: Stand) -> None:
        owner = await stand.person(Role.OWNER)
        admin = await stand.person(Role.ADMIN, of=owner.organisation)
        narrow = replace(owner, scopes=frozenset({"users:write"}))
        users = stand.services.users
        assert not (await users.change(narrow, admin.user, active=False)).active
        with pytest.raises(Forbidden):
            await users.change(narrow, admin.user, active=True)

    run(test)


NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SOON = NOON + timedelta(microseconds=1)


def _somebody(*scopes: str, ends_at: datetime | None = None) -> Principal:
    return Principal(
        organisation="acme",
        user="ada",
        role=Role.OWNER,
        credential=Credential.KEY,
        scopes=frozenset(scopes),
        ends_at=ends_at,
    )


@pytest.mark.parametrize(
    ("own", "made", "fine"),
    [
        (None, None, True),
        (None, NOON, True),
        (NOON, NOON, True),
        (SOON, NOON, True),
        (NOON, SOON, False),
        (NOON, None, False),
    ],
)
def test_nothing_outlives_who_made_it(
    own: datetime | None, made: datetime | None, fine: bool
) -> None:
    with nullcontext() if fine else pytest.raises(Forbidden, match="ends before it would"):
        check_end(_somebody("*", ends_at=own), made)


@pytest.mark.parametrize(
    ("own", "given", "fine"),
    [
        ("teams:*", "teams:read", True),
        ("teams:*", "context:read", False),
        ("*", "users:write", True),
        ("* keys:write", "teams:write", True),
        ("* keys:write", "users:write", False),
        ("* keys:write", "keys:write", True),
        ("* keys:write users:write", "users:write", True),
        ("* users:write", "organisation:write", True),
    ],
)
def test_nobody_gives_what_they_may_not_do_themselves(own: str, given: str, fine: bool) -> None:
    with nullcontext() if fine else pytest.raises(Forbidden, match=f"You may not give {given}"):
        check_given(_somebody(*own.split()), [given], "keys:write")
