import asyncio
import json
import random
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from usage_events import CALL

from aicontext.adapters.cache.counted import CountedCache
from aicontext.adapters.cache.memory import MemoryCache
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.analytics.usage import Dimension, UsageQuery
from aicontext.services.analytics.accounting.reports import Reports
from aicontext.services.analytics.accounting.usage import usage

Answer = TypeVar("Answer")

QUERY = UsageQuery(by=(Dimension.MODEL,))


class Stand:
    """Reports of one process over a record that others write to."""

    def __init__(self, path: Path, cache: CountedCache | None = None) -> None:
        self.time, self.works = 0.0, 0
        self.threads = cache is not None
        self.cache = cache or CountedCache(MemoryCache(2**20, lambda: self.time))
        self.events = SqliteEvents(path)
        self.reports = Reports(self.events, self.cache, now=lambda: self.time)

    async def apart(self, work: Callable[[], Answer], /) -> Answer:
        self.works += 1
        return await asyncio.to_thread(work) if self.threads else work()

    async def asked(self, query: UsageQuery = QUERY) -> Any:
        return json.loads(await self.reports.usage("ann", query, self.apart))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.db"


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


def test_a_report_is_made_once_until_something_is_taken_in(path: Path) -> None:
    async def test() -> None:
        stand, writer = Stand(path), SqliteEvents(path)
        assert (await stand.asked())["total"]["calls"] == 0  # There is no record yet.
        for number in range(1, 4):
            writer.append([replace(CALL, id=str(number))])
            first = await stand.asked()
            assert first["total"]["calls"] == number
            assert await stand.asked() == first
            assert stand.cache.hits == number
        assert (await stand.asked(UsageQuery()))["rows"] != first["rows"]
        stand.reports.close()

    run(test)


def test_those_that_ask_at_once_share_one_report(path: Path) -> None:
    async def test() -> None:
        stand = Stand(path)
        SqliteEvents(path).append([CALL])
        found = await asyncio.gather(*(stand.asked() for _ in range(200)))
        assert found == found[:1] * 200
        assert stand.works == 201
        stand.reports.close()

    run(test)


def test_a_report_is_made_anew_in_its_last_minute_by_who_looks_and_after_it(path: Path) -> None:
    async def test() -> None:
        stand = Stand(path)
        SqliteEvents(path).append([CALL])
        first = await stand.asked()
        for time, hits, works in ((239, 1, 3), (241, 2, 5), (500, 3, 7), (2000, 3, 9)):
            stand.time = time
            assert await stand.asked() == first
            for _ in range(10):
                await asyncio.sleep(0)  # What goes on in the background.
            # Works are to look for the version, and to make a report.
            assert (stand.cache.hits, stand.works) == (hits, works)
        stand.reports.close()

    run(test)


def test_a_record_put_in_place_of_another_is_another(path: Path) -> None:
    async def test() -> None:
        stand = Stand(path)
        SqliteEvents(path).append([CALL])
        SqliteEvents(path.with_name("other.db")).append([CALL, replace(CALL, id="2")])
        assert (await stand.asked())["total"]["calls"] == 1
        shutil.move(path.with_name("other.db"), path)
        assert (await stand.asked())["total"]["calls"] == 2
        stand.reports.close()

    run(test)


@pytest.mark.parametrize("seed", range(4))
def test_no_report_is_older_than_what_was_acknowledged(path: Path, seed: int) -> None:
    """Writers and readers of two processes that share a cache, at moments by chance."""
    chance, written = random.Random(seed), [0]
    shared = CountedCache(MemoryCache(2**20, lambda: 0.0))
    writer = SqliteEvents(path, kept=True)

    async def write() -> None:
        for number in range(30):
            await asyncio.to_thread(writer.append, [replace(CALL, id=str(number))])
            written[0] = number + 1
            await asyncio.sleep(chance.uniform(0, 0.004))

    async def read(stand: Stand) -> None:
        while written[0] < 30:
            least = written[0]
            assert (await stand.asked())["total"]["calls"] >= least
            await asyncio.sleep(chance.uniform(0, 0.002))
        assert (await stand.asked()) == json.loads(json.dumps(usage(stand.events, QUERY).as_dict()))

    async def test() -> None:
        stands = [Stand(path, shared) for _ in range(2)]
        await asyncio.gather(write(), *(read(stand) for stand in stands for _ in range(3)))
        assert shared.hits
        for stand in stands:
            stand.reports.close()
        writer.close()

    run(test)
