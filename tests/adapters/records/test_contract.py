"""One suite over every store of records."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from servers.postgresql import Postgresql
from tenants import AT, new_id, one_of_each, organisation, user

from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.adapters.records.tables import TABLES
from aicontext.domain.errors import Conflict, InputTooLarge, InvalidInput, NotFound
from aicontext.domain.storage import records as kinds
from aicontext.domain.storage.messages import Message
from aicontext.domain.storage.records import (
    Organisation,
    Record,
    Team,
    User,
)
from aicontext.kit.ids import time_ordered
from aicontext.ports.stores.records import Records

Test = Callable[[Records], Awaitable[None]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def make(
    request: pytest.FixtureRequest,
    postgresql: Postgresql,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], Records]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("records") / "home" / "records.db"
        return lambda: SqliteRecords(path)
    url = postgresql.database()
    return lambda: PostgresqlRecords(url)


@pytest.fixture
def run(make: Callable[[], Records]) -> Callable[[Test], None]:
    async def go(test: Test) -> None:
        records = make()
        try:
            await records.migrate()
            await test(records)
        finally:
            await records.close()

    return lambda test: asyncio.run(go(test))


async def added(records: Records, *every: Record) -> None:
    async with records.transaction(None) as transaction:
        for record in every:
            await transaction.add(record)


def test_every_kind_comes_back_as_it_was(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        every = one_of_each(owner)
        assert {type(one) for one in every} == set(TABLES)
        await added(records, *every)
        async with records.transaction(owner.id, reading=True) as transaction:
            for record in every:
                assert await transaction.get(type(record), record.id) == record
        for record in every:
            kind = type(record)
            assert await records.get(owner.id, kind, record.id) == record
            assert await records.find(None, kind, id=record.id) == [record]

    run(test)


def test_what_is_read_alone_is_as_it_was_last_committed(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        await added(records, owner)
        for version in range(1, 6):
            async with records.transaction(owner.id) as transaction:
                now = replace(owner, version=version + 1, name=f"Version {version}")
                await transaction.replace(now)
                assert (await records.get(owner.id, Organisation, owner.id)).version == version
            assert await records.get(owner.id, Organisation, owner.id) == now

    run(test)


def test_what_is_read_alone_follows_by_id(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        users = sorted((user(owner) for _ in range(5)), key=lambda one: one.id)
        await added(records, owner, *users)
        assert await records.find(owner.id, User, limit=2) == users[:2]
        assert await records.find(owner.id, User, after=users[1].id, limit=2) == users[2:4]
        assert await records.find(owner.id, User, email=users[4].email) == users[4:]
        with pytest.raises(InvalidInput, match="32 hexadecimal"):
            await records.get(owner.id, User, "no id")

    run(test)


def test_a_tenant_sees_and_touches_its_own_records_alone(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        mine, theirs = organisation(), organisation()
        other = one_of_each(theirs)
        await added(records, mine, *other)
        for record in other:
            kind = type(record)
            async with records.transaction(mine.id) as transaction:
                assert record not in await transaction.find(kind)
                with pytest.raises(NotFound):
                    await transaction.get(kind, record.id)
            assert record not in await records.find(mine.id, kind)
            with pytest.raises(NotFound):
                await records.get(mine.id, kind, record.id)
            async with records.transaction(mine.id) as transaction:
                with pytest.raises(NotFound):
                    await transaction.replace(replace(record, version=2))
            async with records.transaction(mine.id) as transaction:
                with pytest.raises(NotFound):
                    await transaction.remove(kind, record.id)
            async with records.transaction(mine.id) as transaction:
                with pytest.raises(InvalidInput):
                    await transaction.add(record)
        async with records.transaction(theirs.id, reading=True) as transaction:
            assert await transaction.get(Organisation, theirs.id) == theirs

    run(test)


def test_a_record_cannot_belong_to_what_another_tenant_owns(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        mine, theirs = organisation(), organisation()
        stranger = user(theirs)
        await added(records, mine, theirs, stranger)
        key = kinds.Key(
            id=new_id(),
            organisation=mine.id,
            created_at=AT,
            user=stranger.id,
            name="",
            prefix="",
            digest=uuid4().hex,
        )
        with pytest.raises(InvalidInput, match="not there"):
            async with records.transaction(mine.id) as transaction:
                await transaction.add(key)

    run(test)


def test_what_must_be_unique_is_refused_twice(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner, other = organisation(), organisation()
        ada = user(owner)
        await added(records, owner, other, ada)
        for copy in (
            organisation(owner.slug),
            replace(user(other), email=ada.email),
            replace(ada, email="elsewhere@example.org"),
        ):
            with pytest.raises(Conflict, match="there already"):
                await added(records, copy)

    run(test)


def test_a_change_counts_only_on_the_version_that_was_read(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        ada = user(owner)
        await added(records, owner, ada)
        grace = replace(ada, name="Grace", version=2)
        async with records.transaction(owner.id) as transaction:
            await transaction.replace(grace)
        with pytest.raises(Conflict, match="meanwhile"):
            async with records.transaction(owner.id) as transaction:
                await transaction.replace(replace(ada, name="Lost", version=2))
        async with records.transaction(owner.id, reading=True) as transaction:
            assert await transaction.get(User, ada.id) == grace

    run(test)


def test_of_many_changes_at_once_none_is_lost(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        ada = user(owner, name="0")
        await added(records, owner, ada)

        async def count_up() -> None:
            while True:
                try:
                    async with records.transaction(owner.id) as transaction:
                        found = await transaction.get(User, ada.id)
                        changed = replace(
                            found, name=str(int(found.name) + 1), version=found.version + 1
                        )
                        await transaction.replace(changed)
                except Conflict:
                    continue
                return

        await asyncio.gather(*(count_up() for _ in range(12)))
        async with records.transaction(owner.id, reading=True) as transaction:
            found = await transaction.get(User, ada.id)
            assert (found.name, found.version) == ("12", 13)

    run(test)


def test_an_error_undoes_the_whole_transaction(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        message = Message(new_id(), "users", "k", b"never")

        async def fails() -> None:
            async with records.transaction(None) as transaction:
                await transaction.add(owner)
                await transaction.publish(message)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fails()
        async with records.transaction(None, reading=True) as transaction:
            with pytest.raises(NotFound):
                await transaction.get(Organisation, owner.id)
        assert message not in await records.waiting(1000)

    run(test)


def test_a_caller_that_is_cancelled_leaves_nothing(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        reached = asyncio.Event()

        async def work() -> None:
            async with records.transaction(None) as transaction:
                await transaction.add(owner)
                reached.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(work())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await added(records, owner)

    run(test)


def test_pages_follow_each_other_by_id(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        teams = [
            Team(
                id=time_ordered(AT.timestamp() + number),
                organisation=owner.id,
                created_at=AT,
                name="odd" if number % 2 else "even",
                slug=str(number),
            )
            for number in range(10)
        ]
        await added(records, owner, *reversed(teams))
        async with records.transaction(owner.id, reading=True) as transaction:
            first = await transaction.find(Team, limit=4)
            second = await transaction.find(Team, after=first[-1].id, limit=100)
            assert [*first, *second] == teams
            assert await transaction.find(Team, name="odd", after=teams[2].id) == teams[3::2]
            assert await transaction.find(Team, name="' OR 1=1 --") == []

    run(test)


def test_removing_takes_what_belongs_to_it(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner, other = organisation(), organisation()
        every, theirs = one_of_each(owner), one_of_each(other)
        await added(records, *every, *theirs)
        team = next(one for one in every if isinstance(one, Team))
        with pytest.raises(Conflict, match="belong"):
            async with records.transaction(owner.id) as transaction:
                await transaction.remove(Team, team.id)
        async with records.transaction(None) as transaction:
            await transaction.remove(Organisation, owner.id)
        async with records.transaction(None, reading=True) as transaction:
            for record in every:
                assert not await transaction.find(type(record), organisation=owner.id)
            for record in theirs:
                assert await transaction.get(type(record), record.id) == record

    run(test)


def test_messages_wait_in_order_until_they_are_sent(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        messages = [
            Message(time_ordered(AT.timestamp() + number), "users", "k", bytes([number]))
            for number in range(5)
        ]
        owner = organisation()
        await added(records, owner)
        for message in reversed(messages):
            async with records.transaction(owner.id) as transaction:
                await transaction.publish(message)
        assert [one for one in await records.waiting(1000) if one in messages] == messages
        await records.sent([one.id for one in messages[:3]])
        assert [one for one in await records.waiting(1000) if one in messages] == messages[3:]
        await records.sent([])

    run(test)


BAD: dict[str, Any] = {
    "a NUL": {"name": "a\0b"},
    "half a pair": {"name": "\ud800"},
    "too long": {"name": "x" * 201},
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD.keys())
def test_what_not_every_database_holds_is_refused(
    run: Callable[[Test], None], given: dict[str, Any]
) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        await added(records, owner)
        with pytest.raises(InvalidInput):
            await added(records, user(owner, **given))

    run(test)


VALUES: dict[str, Any] = {
    "no number": float("nan"),
    "a NUL": "a\0b",
    "a NUL in a key": {"k\0": 1},
    "bytes": b"bytes",
    "half a pair": "\ud800",
    "too large": [["x"] * 2**19],
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_values_are_json_of_a_bounded_size(run: Callable[[Test], None], value: Any) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        await added(records, owner)
        setting = kinds.Setting(
            id=new_id(), organisation=owner.id, created_at=AT, owner=owner.id, name="n", value=value
        )
        with pytest.raises(InvalidInput):
            await added(records, setting)

    run(test)


def test_a_number_that_is_too_large_is_refused(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        with pytest.raises(InputTooLarge):
            await added(records, replace(organisation(), version=2**31))

    run(test)


def test_migrating_twice_does_nothing_the_second_time(make: Callable[[], Records]) -> None:
    async def go() -> None:
        records, other = make(), make()
        try:
            await asyncio.gather(records.migrate(), other.migrate())
            assert await records.migrate() == []
            await records.check()
        finally:
            await records.close()
            await other.close()

    asyncio.run(go())


def test_a_time_beyond_the_calendar_is_refused(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        late = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-14)))
        with pytest.raises(InvalidInput, match="beyond the calendar"):
            await added(records, replace(organisation(), created_at=late))

    run(test)


def test_copies_take_the_place_of_whatever_version_is_there(run: Callable[[Test], None]) -> None:
    async def test(records: Records) -> None:
        owner = organisation()
        every = one_of_each(owner)
        async with records.transaction(None) as transaction:
            for record in every:
                await transaction.keep(record)
        later = [replace(record, version=7) for record in every]
        async with records.transaction(None) as transaction:
            for record in later:
                await transaction.keep(record)
        async with records.transaction(owner.id) as transaction:
            for record in later:
                assert await transaction.get(type(record), record.id) == record
            with pytest.raises(InvalidInput):
                await transaction.keep(organisation())

    run(test)


def test_every_kind_has_a_table() -> None:
    tables = [TABLES[kind] for kind in kinds.KINDS]
    assert set(tables) == set(TABLES.values())
    for at, table in enumerate(tables):
        assert {key.column.table for key in table.foreign_keys} <= set(tables[: at + 1])
    assert {type(record) for record in one_of_each(organisation())} == set(kinds.KINDS)
