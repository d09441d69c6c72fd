"""Answers that are given again, in both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from servers.postgresql import Postgresql

from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sql import SqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.adapters.replies.sql import SqlReplies
from aicontext.domain.storage.records import Idempotency, Organisation
from aicontext.ports.stores.replies import Replies

AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
LEASE = timedelta(minutes=1)


@dataclass
class Desk:
    """Two processes' ways to what is kept of one tenant."""

    stores: tuple[SqlRecords, SqlRecords]
    organisation: str

    @property
    def replies(self) -> tuple[Replies, Replies]:
        return SqlReplies(self.stores[0]), SqlReplies(self.stores[1])

    def request(self, key: str = "once", at: datetime = AT, fingerprint: str = "f") -> Idempotency:
        return Idempotency(
            id=uuid4().hex,
            organisation=self.organisation,
            created_at=at,
            key=key,
            fingerprint=fingerprint,
            status=0,
            headers={},
            body=b"",
            expires_at=at + LEASE,
        )


def answered(request: Idempotency, body: bytes = b"done") -> Idempotency:
    until = request.created_at + timedelta(days=1)
    return replace(request, status=201, headers={"etag": "1"}, body=body, expires_at=until)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def at_desk(
    request: pytest.FixtureRequest,
    postgresql: Postgresql,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Callable[[Desk], Awaitable[None]]], None]:
    """Runs a test's work with a tenant of its own."""
    file = tmp_path_factory.mktemp("replies") / "records.db"
    address = postgresql.database() if request.param == "postgresql" else ""

    def store() -> SqlRecords:
        return PostgresqlRecords(address) if address else SqliteRecords(Path(file))

    async def go(work: Callable[[Desk], Awaitable[None]]) -> None:
        desk = Desk((store(), store()), uuid4().hex)
        own = desk.organisation
        try:
            await desk.stores[0].migrate()
            async with desk.stores[0].transaction(None) as transaction:
                await transaction.add(
                    Organisation(id=own, organisation=own, created_at=AT, name="D", slug=own)
                )
            await work(desk)
        finally:
            for one in desk.stores:
                await one.close()

    return lambda work: asyncio.run(go(work))


def test_the_first_takes_it_on_and_others_learn_what_is_known(at_desk) -> None:
    async def work(desk: Desk) -> None:
        one, other = desk.replies
        mine, theirs = desk.request(), desk.request(fingerprint="another")
        assert await one.claim(mine) is None
        assert await other.claim(theirs) == mine
        await one.keep(answered(mine))
        assert await other.claim(theirs) == answered(mine)

    at_desk(work)


def test_of_many_at_once_one_takes_it_on(at_desk) -> None:
    async def work(desk: Desk) -> None:
        asked = [desk.request() for _ in range(12)]
        found = await asyncio.gather(
            *(desk.replies[n % 2].claim(one) for n, one in enumerate(asked))
        )
        (mine,) = (one for one, there in zip(asked, found, strict=True) if there is None)
        assert [there for there in found if there is not None] == [mine] * 11

    at_desk(work)


def test_a_key_is_of_its_organisation(at_desk) -> None:
    async def work(desk: Desk) -> None:
        own = uuid4().hex
        async with desk.stores[0].transaction(None) as transaction:
            await transaction.add(
                Organisation(id=own, organisation=own, created_at=AT, name="E", slug=own)
            )
        assert await desk.replies[0].claim(desk.request()) is None
        assert await desk.replies[0].claim(replace(desk.request(), organisation=own)) is None

    at_desk(work)


def test_what_was_left_is_taken_on_anew_and_who_left_it_changes_nothing(at_desk) -> None:
    async def work(desk: Desk) -> None:
        one, other = desk.replies
        dead, late = desk.request(), desk.request(at=AT + LEASE + timedelta(seconds=1))
        assert await one.claim(dead) is None
        assert await other.claim(late) is None
        await one.keep(answered(dead))
        await one.release(dead)
        assert await one.claim(desk.request(at=late.created_at)) == late
        await other.release(late)
        assert await one.claim(desk.request(at=late.created_at)) is None

    at_desk(work)


def test_what_ended_is_forgotten_in_steps(at_desk) -> None:
    async def work(desk: Desk) -> None:
        (replies, _), long_ago = desk.replies, AT - timedelta(days=365)
        for number in range(3):
            assert await replies.claim(desk.request(f"old {number}", long_ago)) is None
        assert await replies.claim(desk.request("new")) is None
        assert not await replies.sweep(AT.timestamp())
        async with desk.stores[0].transaction(desk.organisation, reading=True) as transaction:
            (left,) = await transaction.find(Idempotency)
        assert left.key == "new"

    at_desk(work)
