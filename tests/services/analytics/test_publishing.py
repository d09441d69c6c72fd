"""What a process that serves calls puts onto the bus, also while that is away."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from waiting import until

from aicontext.adapters.bus.sql import SQLITE, SqlBus, sqlite_bus
from aicontext.adapters.engines import sqlite_engine
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.storage.messages import Message
from aicontext.kit.clock import Clock
from aicontext.services.analytics import publishing
from aicontext.services.analytics.ingest import TOPIC
from aicontext.services.analytics.publishing import Publisher
from aicontext.services.analytics.recorder import Recorder


@dataclass
class Line:
    """What lies before the bus."""

    cut: bool = False


class Remote(SqlBus):
    """A bus behind a line that may be cut."""

    def __init__(self, path: Path, line: Line) -> None:
        super().__init__(sqlite_engine(path), SQLITE)
        self._line = line

    async def publish(self, messages: Sequence[Message]) -> None:
        if self._line.cut:
            raise Unavailable("The line is cut.")
        await super().publish(messages)


def event(number: int) -> UsageEvent:
    return UsageEvent(f"{number:04}", 1.0, Caller("codex"), "openai", "openai", "gpt-5", 200,
                      Outcome.UNCHANGED)  # fmt: skip


def published(path: Path) -> set[str]:
    """The ids of what is on the bus."""

    async def go() -> set[str]:
        bus = sqlite_bus(path)
        async with bus.consumer(TOPIC, "test") as consumer:
            batches = await consumer.take(10_000, 0)
        await bus.close()
        return {message.id for batch in batches for message in batch.messages}

    return asyncio.run(go())


def test_what_cannot_be_published_waits_on_the_disk_and_follows(tmp_path: Path) -> None:
    line = Line()
    hands = [0.0]
    bus = Remote(tmp_path / "bus.db", line)
    spool = partial(sqlite_bus, tmp_path / "spool.db")
    publisher = Publisher(bus, spool, clock=Clock(tick=lambda: hands[0]))
    publisher.append([event(1)])
    line.cut = True
    publisher.append([event(2)])
    publisher.append([event(3)])
    assert published(tmp_path / "bus.db") == {"0001"}
    assert {"0002", "0003"} <= published(tmp_path / "spool.db")
    line.cut = False
    hands[0] += 10
    publisher.append([event(4)])
    until(lambda: len(published(tmp_path / "bus.db")) == 4)
    publisher.close()
    assert published(tmp_path / "bus.db") == {"0001", "0002", "0003", "0004"}


def test_what_a_process_left_on_the_disk_the_next_one_publishes(tmp_path: Path) -> None:
    spool = partial(sqlite_bus, tmp_path / "spool.db")
    first = Publisher(Remote(tmp_path / "bus.db", Line(cut=True)), spool)
    first.append([event(1)])
    first.close()
    assert not published(tmp_path / "bus.db")
    second = Publisher(Remote(tmp_path / "bus.db", Line()), spool, left=True)
    until(lambda: published(tmp_path / "bus.db"))
    second.close()
    assert published(tmp_path / "bus.db") == {"0001"}


def test_what_a_process_left_follows_also_where_the_disk_could_not_be_used_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_PAUSES", (0.05,))
    spool = partial(sqlite_bus, tmp_path / "spool.db")
    first = Publisher(Remote(tmp_path / "bus.db", Line(cut=True)), spool)
    first.append([event(1)])
    first.close()
    tries = []

    def opened() -> SqlBus:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("It cannot be read just now.")
        return spool()

    second = Publisher(Remote(tmp_path / "bus.db", Line()), opened, left=True)
    until(lambda: published(tmp_path / "bus.db"))
    second.close()
    assert published(tmp_path / "bus.db") == {"0001"}


def test_nothing_is_said_to_be_kept_where_neither_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"this is no database" * 100)
    bus = Remote(tmp_path / "bus.db", Line(cut=True))
    publisher = Publisher(bus, partial(sqlite_bus, tmp_path / "spool.db"))
    with pytest.raises(Unavailable):
        publisher.append([event(1)])
    with pytest.raises(InvalidInput):
        publisher.append([event(1), UsageEvent("", 1.0, Caller(), "", "", "", 0, Outcome.PASSED)])
    publisher.close()


def test_a_home_that_cannot_be_used_matters_only_while_the_bus_is_away(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("This is no folder.")
    line = Line()
    spool = partial(sqlite_bus, tmp_path / "home" / "spool.db")
    publisher = Publisher(Remote(tmp_path / "bus.db", line), spool)
    publisher.append([event(1)])
    line.cut = True
    with pytest.raises(Unavailable, match="cannot be used"):
        publisher.append([event(2)])
    publisher.close()
    assert published(tmp_path / "bus.db") == {"0001"}


def test_a_recorder_counts_what_is_on_the_bus_as_committed(tmp_path: Path) -> None:
    spool = partial(sqlite_bus, tmp_path / "spool.db")
    publisher = Publisher(Remote(tmp_path / "bus.db", Line()), spool)
    recorder = Recorder(publisher)
    for number in range(2500):
        recorder.record(event(number))
    recorded = recorder.close()
    publisher.close()
    assert (recorded.committed, recorded.lost) == (2500, 0)
    assert len(published(tmp_path / "bus.db")) == 2500
