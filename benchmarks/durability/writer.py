"""Writes into one store until it is killed, and says after each group what was acknowledged.

python writer.py STORE ADDRESS RUN: a line "FIRST LAST" for each group of numbers.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from aicontext.adapters.archive.sqlite import SqliteArchive
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.adapters.records.postgresql import PostgresqlRecords
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.storage.records import Organisation
from aicontext.domain.usage import Billed

GROUP = {"events": 500, "archive": 20, "records-sqlite": 1, "records-postgresql": 1}
"""What is committed at once: as the recorder does, as a request does, and one by one."""


def event(run: int, number: int) -> UsageEvent:
    """One such as the proxy writes."""
    return UsageEvent(
        id=name(run, number),
        at=1_700_000_000 + number,
        caller=Caller("claude-code", f"session-{number % 50}", "shop"),
        protocol="anthropic",
        upstream="anthropic",
        model="claude-sonnet-4-5",
        status=200,
        outcome=Outcome.OPTIMIZED,
        direct_tokens=50_000,
        sent_tokens=30_000,
        billed=Billed(100, 29_000, 900, 0, 700),
        cost=0.01,
        direct_cost=0.02,
    )


def name(run: int, number: int) -> str:
    return f"{run:016x}{number:016x}"


def text(run: int, number: int) -> str:
    return f"original {name(run, number)}\n" * 20


def groups(store: str) -> Iterator[range]:
    size, first = GROUP[store], 0
    while True:
        yield range(first, first + size)
        first += size


def say(group: range) -> None:
    print(group[0], group[-1], flush=True)


def main(store: str, address: str, run: int) -> None:
    if store == "events":
        events = SqliteEvents(Path(address))
        for group in groups(store):
            events.append([event(run, number) for number in group])
            say(group)
    elif store == "archive":
        archive = SqliteArchive(Path(address), 2**30)
        for group in groups(store):
            archive.put(*(text(run, number) for number in group))
            say(group)
    else:
        asyncio.run(_records(store, address, run))


async def _records(store: str, address: str, run: int) -> None:
    server = store == "records-postgresql"
    records = PostgresqlRecords(address) if server else SqliteRecords(Path(address))
    for group in groups(store):
        async with records.transaction(None) as transaction:
            for number in group:
                own = name(run, number)
                at = datetime.fromtimestamp(time.time(), UTC)
                await transaction.add(
                    Organisation(id=own, organisation=own, created_at=at, name="n", slug=own)
                )
        say(group)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
