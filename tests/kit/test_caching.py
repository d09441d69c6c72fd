import asyncio
import random
from dataclasses import dataclass

import pytest

from aicontext.adapters.cache.memory import MemoryCache
from aicontext.kit.caching import Cached, SingleFlight, Space


@dataclass
class Hands:
    time: float = 0.0

    def read(self) -> float:
        return self.time


class Slow(MemoryCache):
    """Each call takes a chance number of turns of the loop before and after it does its work."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(2**20, lambda: 0.0)
        self._chance = chance

    async def lease(self, key: str) -> str:
        await turns(self._chance)
        found = await super().lease(key)
        await turns(self._chance)
        return found

    async def put(
        self, key: str, value: bytes, seconds: float, *, lease: str | None = None
    ) -> bool:
        await turns(self._chance)
        done = await super().put(key, value, seconds, lease=lease)
        await turns(self._chance)
        return done

    async def remove(self, key: str) -> None:
        await turns(self._chance)
        await super().remove(key)
        await turns(self._chance)


async def turns(chance: random.Random, most: int = 6) -> None:
    for _ in range(chance.randrange(most)):
        await asyncio.sleep(0)


def texts(space: Space, hands: Hands | None = None) -> Cached[str]:
    hands = hands or Hands()
    store = MemoryCache(2**20, hands.read)
    return Cached(store, space, str.encode, bytes.decode, now=hands.read)


async def value(text: str) -> str:
    return text


async def never() -> str:
    raise AssertionError("it is kept")


async def nothing() -> None:
    pass


async def lost() -> str:
    raise OSError("full")


def test_a_value_is_loaded_once_and_then_kept() -> None:
    async def go() -> None:
        cached = texts(Space("s", 60))
        assert await cached.get("k", lambda: value("1")) == "1"
        assert await cached.get("k", never) == "1"
        await cached.drop("k", nothing)
        assert await cached.get("k", lambda: value("2")) == "2"
        assert (cached.hits, cached.misses) == (1, 2)

    asyncio.run(go())


@pytest.mark.parametrize("fixed", [False, True])
def test_a_thousand_misses_at_once_compute_once(fixed: bool) -> None:
    made: list[int] = []

    async def load() -> str:
        made.append(1)
        await asyncio.sleep(0.01)
        return "v"

    async def go() -> list[str]:
        cached = texts(Space("s", 60, fixed=fixed))
        return await asyncio.gather(*(cached.get("k", load) for _ in range(1000)))

    assert asyncio.run(go()) == ["v"] * 1000
    assert made == [1]


def test_a_space_of_no_seconds_keeps_nothing() -> None:
    made = iter("vw")

    async def load() -> str:
        return next(made)

    async def go() -> list[str]:
        cached = texts(Space("s", 0))
        return [await cached.get("k", load) for _ in range(2)]

    assert asyncio.run(go()) == ["v", "w"]


def test_a_caller_that_gives_up_leaves_the_others_their_value() -> None:
    async def go() -> str:
        flights: SingleFlight[str, str] = SingleFlight()

        async def make() -> str:
            await asyncio.sleep(0.01)
            return "v"

        first = asyncio.create_task(flights.once("k", make))
        second = asyncio.create_task(flights.once("k", make))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(go()) == "v"


def test_an_error_reaches_all_callers_and_is_not_kept() -> None:
    async def fails() -> str:
        await asyncio.sleep(0)
        raise OSError("gone")

    async def go() -> None:
        cached = texts(Space("s", 60))
        found = await asyncio.gather(
            *(cached.get("k", fails) for _ in range(3)), return_exceptions=True
        )
        assert [str(one) for one in found] == ["gone"] * 3
        assert await cached.get("k", lambda: value("1")) == "1"

    asyncio.run(go())


def test_an_ageing_value_is_refreshed_while_it_is_answered() -> None:
    async def go() -> None:
        hands = Hands()
        cached = texts(Space("s", 100, ahead=0.5), hands)
        await cached.get("k", lambda: value("1"))
        hands.time = 49
        assert await cached.get("k", never) == "1"
        hands.time = 51
        assert await cached.get("k", lambda: value("2")) == "1"
        for _ in range(20):
            await asyncio.sleep(0)
        assert await cached.get("k", never) == "2"

    asyncio.run(go())


def test_what_does_not_decode_is_loaded_anew() -> None:
    async def go() -> None:
        store = MemoryCache(2**20, lambda: 0.0)
        await store.put("s:k", b"12345678\xff", 60)
        await store.put("s:short", b"1", 60)
        cached = Cached(store, Space("s", 60), str.encode, bytes.decode, now=lambda: 0.0)
        assert await cached.get("k", lambda: value("1")) == "1"
        assert await cached.get("short", lambda: value("2")) == "2"

    asyncio.run(go())


def test_a_written_value_is_read_without_a_load() -> None:
    async def go() -> None:
        cached = texts(Space("s", 60))
        assert await cached.write("k", lambda: value("1")) == "1"
        assert await cached.get("k", never) == "1"

    asyncio.run(go())


def test_a_value_that_could_not_be_saved_is_not_kept() -> None:
    async def go() -> None:
        cached = texts(Space("s", 60))
        await cached.write("k", lambda: value("1"))
        with pytest.raises(OSError, match="full"):
            await cached.write("k", lost)
        assert await cached.get("k", lambda: value("loaded")) == "loaded"

    asyncio.run(go())


@pytest.mark.parametrize("seeds", [range(n, n + 50) for n in range(0, 300, 50)], ids=str)
def test_readers_and_writers_never_leave_an_old_value(seeds: range) -> None:
    async def go(seed: int) -> None:
        chance = random.Random(seed)
        store = Slow(chance)
        record = ["0"]
        views = [
            Cached(store, Space("s", 60), str.encode, bytes.decode, now=lambda: 0.0)
            for _ in range(2)
        ]

        async def load() -> str:
            await turns(chance)
            found = record[0]
            await turns(chance)
            return found

        async def save(text: str) -> str:
            await turns(chance)
            record[0] = text
            await turns(chance)
            return text

        async def work(number: int) -> None:
            await turns(chance, 60)
            view = chance.choice(views)
            if chance.random() < 0.3:
                await view.write("k", lambda: save(f"{number}"))
            else:
                await view.get("k", load)

        await asyncio.gather(*(work(number) for number in range(1, 60)))
        assert [await view.get("k", load) for view in views] == record * 2

    for seed in seeds:
        asyncio.run(go(seed))
