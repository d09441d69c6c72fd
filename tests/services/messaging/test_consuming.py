"""Retries and giving up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from aicontext.adapters.bus.sql import SqlBus, sqlite_bus
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.messages import Message
from aicontext.services.messaging.consuming import Rule, round_

AT_ONCE = Rule(attempts=3, first_delay=0, longest_delay=0)
Handle = Callable[[Sequence[Message]], Awaitable[Mapping[str, str]]]


def handled(folder: Path, sent: Sequence[Message], handle: Handle) -> dict[str, tuple[int, str]]:
    """(attempts, why) of those given up, by their ids, when nothing is left."""

    async def go(bus: SqlBus) -> dict[str, tuple[int, str]]:
        await bus.publish(sent)
        async with bus.consumer("t", "g") as consumer:
            while await bus.waiting("t", "g"):
                await round_(consumer, handle, 0.1, AT_ONCE)
        letters = await bus.dead("t", "g")
        await bus.close()
        return {letter.message.id: (letter.attempts, letter.why) for letter in letters}

    return asyncio.run(go(sqlite_bus(folder / "bus.db")))


def messages(keys: str) -> list[Message]:
    return [Message(f"{number:02}", "t", key, b"") for number, key in enumerate(keys)]


def test_the_one_to_blame_is_given_up_alone_and_the_order_kept(tmp_path: Path) -> None:
    order: list[Message] = []

    async def handle(found: Sequence[Message]) -> Mapping[str, str]:
        if any(one.id == "03" for one in found):
            raise ValueError("broken")
        order.extend(found)
        return {}

    sent = messages("aabbaabb")
    assert handled(tmp_path, sent, handle) == {"03": (3, "broken")}
    for key in "ab":
        assert [one for one in order if one.key == key] == [
            one for one in sent if one.key == key and one.id != "03"
        ]


def test_what_is_not_there_is_waited_for_as_long_as_it_takes(tmp_path: Path) -> None:
    left = [9]
    done: list[str] = []

    async def handle(found: Sequence[Message]) -> Mapping[str, str]:
        left[0] -= 1
        if left[0] > 0:
            raise Unavailable("away")
        done.extend(one.id for one in found)
        return {}

    assert handled(tmp_path, messages("aaa"), handle) == {}
    assert done == ["00", "01", "02"]


def test_delays_grow_to_a_bound() -> None:
    rule = Rule(first_delay=1, longest_delay=30)
    assert [rule.delay(attempt) for attempt in (1, 2, 3, 6, 10_000)] == [1, 2, 4, 30, 30]
