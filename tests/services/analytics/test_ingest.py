"""From the bus into the store, once, with faults in between."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from aicontext.adapters.bus.sql import SqlBus, sqlite_bus
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.events import HookEvent, Moment, UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.storage.messages import Message
from aicontext.services.analytics.ingest import GROUP, TOPIC, Ingest, message
from aicontext.services.messaging.consuming import Rule, round_

NOW = 1_700_000_000.0
AT_ONCE = Rule(first_delay=0, longest_delay=0)


def event(number: int, **given: object) -> UsageEvent:
    made = UsageEvent(
        id=f"{number:06}",
        at=NOW + number,
        caller=Caller("codex", f"session-{number % 7}"),
        protocol="openai",
        upstream="openai",
        model="gpt-5",
        status=200,
        outcome=Outcome.UNCHANGED,
        direct_tokens=10,
    )
    return replace(made, **given)  # type: ignore[arg-type]


class Faulty(SqliteEvents):
    """A store that cannot be used now and then, also after it kept what it was given."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, kept=True)
        self.chance = random.Random(1)

    def append(self, events: Sequence[UsageEvent], marks: object = None) -> None:
        fate = self.chance.random()
        if fate < 0.2:
            raise Unavailable("It is away.")
        super().append(events)
        if fate < 0.4:
            raise Unavailable("It answered too late.")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[SqlBus]:
    bus = sqlite_bus(folder / "bus.db")
    yield bus
    await bus.close()


async def drained(
    bus: SqlBus, handle: Callable[[Sequence[Message]], Awaitable[dict[str, str]]]
) -> None:
    async with bus.consumer(TOPIC, GROUP) as consumer:
        while await bus.waiting(TOPIC, GROUP):
            await round_(consumer, handle, 0.1, AT_ONCE)


def test_each_event_is_kept_once_whatever_fails(tmp_path: Path) -> None:
    store = Faulty(tmp_path / "usage.db")
    sent = [event(number) for number in range(500)]

    async def go() -> None:
        async with opened(tmp_path) as bus:
            await bus.publish([message(one) for one in sent])
            await bus.publish([message(one) for one in sent[::3]])
            await drained(bus, Ingest(store).handle)
            assert not await bus.dead(TOPIC, GROUP)

    asyncio.run(go())
    assert list(store.since(0)) == sent
    store.close()


def test_hooks_come_to_their_own(tmp_path: Path) -> None:
    store = SqliteEvents(tmp_path / "usage.db", kept=True)
    hook = HookEvent("h", NOW, Caller("codex", "s"), Moment.STOP, Outcome.UNCHANGED)
    both = [message(event(1)), message(hook), message(hook)]
    assert asyncio.run(Ingest(store).handle(both)) == {}
    assert (list(store.since(0)), list(store.hooks_since(0))) == ([event(1)], [hook])
    store.close()


def test_poison_is_put_aside_with_the_reason_and_the_rest_is_kept(tmp_path: Path) -> None:
    store = SqliteEvents(tmp_path / "usage.db", kept=True)
    sound = [event(number) for number in range(50)]
    future = message(event(90, at=4e9))
    broken = Message("broken", TOPIC, "session-3", b"{")

    async def go() -> None:
        async with opened(tmp_path) as bus:
            messages = [message(one) for one in sound]
            await bus.publish([*messages[:20], future, *messages[20:40], broken, *messages[40:]])
            await drained(bus, Ingest(store).handle)
            letters = await bus.dead(TOPIC, GROUP)
            assert {letter.message.id for letter in letters} == {future.id, "broken"}
            why = {letter.message.id: letter.why for letter in letters}
            assert why["broken"] == "It is not JSON."
            assert "in the future" in why[future.id]

    asyncio.run(go())
    assert list(store.since(0)) == sound
    store.close()


def test_what_the_store_alone_refuses_is_found_among_many(tmp_path: Path) -> None:
    class Picky(SqliteEvents):
        def append(self, events: Sequence[UsageEvent], marks: object = None) -> None:
            if any(one.model == "bad" for one in events):
                raise InvalidInput("No.")
            super().append(events)

    store = Picky(tmp_path / "usage.db")
    sent = [event(number, model="bad" if number in (3, 17) else "good") for number in range(40)]
    dead = asyncio.run(Ingest(store).handle([message(one) for one in sent]))
    assert dead == {"000003": "No.", "000017": "No."}
    assert [one.id for one in store.since(0)] == [one.id for one in sent if one.model == "good"]


def test_any_session_s_name_makes_a_key() -> None:
    for session in ("", "\ud800", "\0", "ü" * 300, "x" * 1000):
        made = message(event(1, caller=Caller("t", session)))
        assert len(made.key) <= 255
        assert made.key.isprintable()
