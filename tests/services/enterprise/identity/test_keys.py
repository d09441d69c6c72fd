"""API keys, from their making to their end."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from identity_stand import ADDRESS, AT, Run, Stand

from aicontext.domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from aicontext.domain.storage.records import Project, Role, User
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.keys import Wanted
from aicontext.wiring.platform.identity import Identity


async def shown(services: Identity, key: str) -> Principal:
    return await services.authentication.authenticate(f"Bearer {key}", ADDRESS)


def test_a_key_says_who_asks_and_what_it_is_limited_to(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person()
        project = Project(
            id="1" * 32, organisation=ada.organisation, created_at=AT, name="Shop", slug="shop"
        )
        await stand.add(project)
        wanted = Wanted(
            name="ci",
            scopes=("usage:read", "context:*"),
            project=project.id,
            environment="production",
            networks=("203.0.113.0/24",),
        )
        issued = await stand.services.keys.create(ada, wanted)
        assert issued.secret.startswith("aic_")
        assert issued.secret not in repr(issued)
        assert await shown(stand.services, issued.secret) == replace(
            ada,
            credential=Credential.KEY,
            scopes=frozenset(wanted.scopes),
            credential_id=issued.key.id,
            project=project.id,
            environment="production",
            networks=wanted.networks,
        )
        kept = await stand.services.keys.get(ada.organisation, issued.key.id)
        assert issued.secret not in repr(kept)
        assert kept.digest == secret.digest(issued.secret)
        assert kept.used_at == stand.clock.utc()

    run(test)


def test_what_is_no_key_of_ours_is_refused_in_the_same_way(run: Run) -> None:
    sound = secret.made("aic_")

    async def test(stand: Stand) -> None:
        for header in (
            "Bearer",
            "Bearer ",
            "Bearer aic_",
            "Bearer aic_é",
            "Bearer \ud800",
            f"Bearer {sound}",
            f"Bearer {sound[:-1]}x",
            f"Bearer {sound}{'x' * 100_000}",
            f"Basic {sound}",
            sound,
        ):
            with pytest.raises(Unauthenticated):
                await stand.services.authentication.authenticate(header, "127.0.0.1")

    run(test)


def test_a_revoked_key_is_good_no_more_at_once_here_and_soon_elsewhere(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada, other = await stand.person(), stand.other()
        issued = await stand.services.keys.create(ada, Wanted(name="ci"))
        for one in (stand.services, other):
            await shown(one, issued.secret)
        await stand.services.keys.revoke(ada.organisation, issued.key.id)
        with pytest.raises(Unauthenticated):
            await shown(stand.services, issued.secret)
        stand.at += 5
        with pytest.raises(Unauthenticated):
            await shown(other, issued.secret)

    run(test)


def test_a_key_ends_at_its_time_though_it_is_remembered(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person()
        ends = AT + timedelta(seconds=2)
        issued = await stand.services.keys.create(ada, Wanted(name="ci", expires_at=ends))
        await shown(stand.services, issued.secret)
        stand.at += 2
        with pytest.raises(Unauthenticated):
            await shown(stand.services, issued.secret)
        with pytest.raises(InvalidInput, match="expired"):
            await stand.services.keys.create(ada, Wanted(name="ci", expires_at=ends))

    run(test)


def test_rotating_keeps_the_old_key_for_the_overlap(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada, keys = await stand.person(), stand.services.keys
        ends = AT + timedelta(days=90)
        old = await keys.create(ada, Wanted(name="ci", scopes=("context:read",), expires_at=ends))
        await shown(stand.services, old.secret)
        stand.at += 86400
        new = await keys.rotate(ada, old.key.id, overlap=timedelta(hours=1))
        assert new.key.scopes == old.key.scopes
        assert new.key.expires_at == stand.clock.utc() + timedelta(days=90)
        for one in (old, new):
            await shown(stand.services, one.secret)
        stand.at += 3600
        await shown(stand.services, new.secret)
        with pytest.raises(Unauthenticated):
            await shown(stand.services, old.secret)
        with pytest.raises(InvalidInput, match="no more"):
            await keys.rotate(ada, old.key.id)

    run(test)


def test_no_key_allows_more_than_who_makes_it_may(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.ADMIN, scopes=frozenset({"context:*", "*:read"}))
        keys = stand.services.keys
        for scope in ("*", "teams:write", "*:write", "teams:*"):
            with pytest.raises(Forbidden, match="do not have"):
                await keys.create(ada, Wanted(name="more", scopes=(scope,)))
        await keys.create(ada, Wanted(name="less", scopes=("context:write", "teams:read")))
        limited = replace(ada, project="2" * 32, networks=("10.0.0.0/8",))
        for wanted in (
            Wanted(name="p", scopes=("context:*",), project="3" * 32),
            Wanted(name="n", scopes=("context:*",), networks=("0.0.0.0/0",)),
        ):
            with pytest.raises(Forbidden, match="good for"):
                await keys.create(limited, wanted)

    run(test)


def test_a_key_that_makes_keys_gives_nothing_sensitive_that_it_does_not_name(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person(Role.OWNER)
        keys = stand.services.keys
        maker = await keys.create(ada, Wanted(name="maker", scopes=("*", "keys:write")))
        by = await shown(stand.services, maker.secret)
        strong = await keys.create(ada, Wanted(name="strong", scopes=("users:write",)))
        with pytest.raises(Forbidden, match="do not have"):
            await keys.create(by, Wanted(name="more", scopes=("*", "users:write")))
        with pytest.raises(Forbidden, match="do not have"):
            await keys.rotate(by, strong.key.id)
        await keys.create(by, Wanted(name="same", scopes=("*", "keys:write")))

    run(test)


def test_a_limited_key_rotates_none_that_is_good_for_more(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person()
        keys = stand.services.keys
        wide = await keys.create(ada, Wanted(name="wide"))
        for limits in (
            {"networks": ("10.0.0.0/8",)},
            {"project": "2" * 32},
            {"environment": "production"},
        ):
            with pytest.raises(Forbidden, match="good for"):
                await keys.rotate(replace(ada, **limits), wide.key.id)  # type: ignore[arg-type]

    run(test)


def test_nobody_makes_or_rotates_a_key_of_another_person(run: Run) -> None:
    async def test(stand: Stand) -> None:
        admin = await stand.person(Role.ADMIN)
        owner = await stand.person(Role.OWNER, of=admin.organisation)
        robot = await stand.person(Role.SERVICE, of=admin.organisation)
        stranger = await stand.person()
        keys = stand.services.keys
        theirs = await keys.create(owner, Wanted(name="theirs"))
        with pytest.raises(Forbidden, match="another person"):
            await keys.create(admin, Wanted(name="x", user=owner.user))
        with pytest.raises(Forbidden, match="another person"):
            await keys.rotate(admin, theirs.key.id)
        with pytest.raises(NotFound):
            await keys.create(admin, Wanted(name="x", user=stranger.user))
        with pytest.raises(NotFound):
            await keys.rotate(stranger, theirs.key.id)
        made = await keys.create(admin, Wanted(name="bot", user=robot.user))
        found = await shown(stand.services, made.secret)
        assert (found.user, found.role) == (robot.user, Role.SERVICE)

    run(test)


def test_what_cannot_be_a_key_is_refused(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person()
        for wanted, why in (
            (Wanted(name=""), "name"),
            (Wanted(name="a\x1b[2J"), "name"),
            (Wanted(name="x", scopes=()), "scopes"),
            (Wanted(name="x", scopes=("Teams:write",)), "no scope"),
            (Wanted(name="x", scopes=("teams",)), "no scope"),
            (Wanted(name="x", scopes=("a:b:c",)), "no scope"),
            (Wanted(name="x", networks=("10.0.0.1/8",)), "network"),
            (Wanted(name="x", networks=("everywhere",)), "network"),
        ):
            with pytest.raises(InvalidInput, match=why):
                await stand.services.keys.create(ada, wanted)

    run(test)


def test_a_changed_role_and_a_closed_account_count_soon(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada, other = await stand.person(), stand.other()
        issued = await stand.services.keys.create(ada, Wanted(name="ci"))
        await shown(other, issued.secret)

        async def change(**given: object) -> None:
            async with stand.records.transaction(ada.organisation) as transaction:
                user = await transaction.get(User, ada.user)
                changed = replace(user, version=user.version + 1, **given)  # type: ignore[arg-type]
                await transaction.replace(changed)
            stand.at += 5

        await change(role=Role.VIEWER)
        assert (await shown(other, issued.secret)).role is Role.VIEWER
        await change(active=False)
        with pytest.raises(Unauthenticated, match="closed"):
            await shown(other, issued.secret)

    run(test)


def test_use_is_noted_seldom(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada = await stand.person()
        issued = await stand.services.keys.create(ada, Wanted(name="ci"))

        async def version() -> int:
            await shown(stand.services, issued.secret)
            return (await stand.services.keys.get(ada.organisation, issued.key.id)).version

        assert await version() == 2
        stand.at += 599
        assert await version() == 2
        stand.at += 10
        assert await version() == 3

    run(test)


def test_of_many_that_rotate_at_once_none_makes_a_key_that_is_lost(run: Run) -> None:
    async def test(stand: Stand) -> None:
        ada, keys = await stand.person(), stand.services.keys
        issued = await keys.create(ada, Wanted(name="ci"))
        rotating = (keys.rotate(ada, issued.key.id) for _ in range(5))
        done = await asyncio.gather(*rotating, return_exceptions=True)
        made = [one for one in done if not isinstance(one, BaseException)]
        assert made
        assert len(await keys.all(ada.organisation, user=ada.user)) == 1 + len(made)

    run(test)
