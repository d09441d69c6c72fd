"""One suite over every count of limits, against an exact log."""

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.redis import Redis

from aicontext.adapters.limits import redis as in_redis
from aicontext.adapters.limits.memory import MemoryLimits
from aicontext.adapters.limits.redis import RedisLimits
from aicontext.domain.errors import InvalidInput
from aicontext.domain.tenancy.limits import PARTS, Claim, Quota
from aicontext.ports.access.limits import Limits

START = 1_700_000_000.0


@dataclass
class Timed:
    """Limits by a clock that the test moves."""

    limits: Limits
    move: Callable[[float], Awaitable[None]]
    now: float = START

    async def after(self, seconds: float) -> None:
        self.now += seconds
        await self.move(self.now)


Test = Callable[[Timed], Awaitable[None]]


@pytest.fixture(scope="module", params=["memory", "redis"])
def run(request: pytest.FixtureRequest, redis: Redis) -> Callable[[Test], None]:
    async def in_memory(test: Test) -> None:
        hands = [START]

        async def move(now: float) -> None:
            hands[0] = now

        await test(Timed(MemoryLimits(lambda: hands[0]), move))

    async def in_a_server(test: Test) -> None:
        redis.clear()
        limits = RedisLimits(redis.url, timeout=10)
        # The script as it is but for the clock.
        script = in_redis._TAKE.replace("redis.call('TIME')", "redis.call('LRANGE', 'T', 0, 1)")
        assert script != in_redis._TAKE
        limits._take = limits._redis.register_script(script)

        async def move(now: float) -> None:
            pipe = limits._redis.pipeline()
            pipe.delete("T")
            pipe.rpush("T", int(now), round(now % 1 * 1e6))
            await pipe.execute()

        await move(START)
        await test(Timed(limits, move))
        await limits.close()

    made = in_memory if request.param == "memory" else in_a_server
    return lambda test: asyncio.run(made(test))


def quota(limit: int, window: int = 60, name: str = "rule", subject: str = "user:a") -> Quota:
    return Quota(name, subject, limit, window)


@dataclass
class Exact:
    """Every call let through, with its time."""

    log: list[tuple[float, int]] = field(default_factory=list)

    def within(self, now: float, window: float) -> int:
        return sum(weight for at, weight in self.log if at > now - window)


steps = st.lists(
    st.tuples(st.integers(0, 3000).map(lambda n: n / 64), st.integers(1, 4)),
    min_size=5,
    max_size=60,
)


@settings(max_examples=60)
@given(steps=steps, limit=st.integers(1, 12), window=st.sampled_from([1, 7, 60]))
def test_in_no_window_is_more_let_through_and_what_is_refused_was_nearly_too_much(
    run: Callable[[Test], None], steps: list[tuple[float, int]], limit: int, window: int
) -> None:
    async def test(timed: Timed) -> None:
        exact, one = Exact(), quota(limit, window)
        late = (PARTS + 1) * one.part / 1000
        for pause, weight in steps:
            await timed.after(round(pause * window / 60, 3))
            taken = await timed.limits.take("t", [Claim(one, weight)])
            if taken.allowed:
                exact.log.append((timed.now, weight))
                assert exact.within(timed.now, window) <= limit
                assert taken.left[0].remaining >= 0
            else:
                assert exact.within(timed.now, late + 0.002) + weight > limit
                assert taken.wait > 0

    run(test)


@settings(max_examples=40)
@given(steps=steps, weight=st.integers(1, 5))
def test_after_the_wait_it_is_let_through_and_not_before(
    run: Callable[[Test], None], steps: list[tuple[float, int]], weight: int
) -> None:
    async def test(timed: Timed) -> None:
        claim = Claim(quota(5), weight)
        for pause, other in steps[:8]:
            await timed.after(round(pause / 4, 3))
            await timed.limits.take("t", [Claim(quota(5), other)])
        taken = await timed.limits.take("t", [claim])
        while not taken.allowed:
            await timed.after(taken.wait - 0.002)
            assert not (await timed.limits.take("t", [claim])).allowed
            await timed.after(0.004)
            taken = await timed.limits.take("t", [claim])
            assert taken.allowed

    run(test)


def test_all_are_taken_or_none(run: Callable[[Test], None]) -> None:
    async def test(timed: Timed) -> None:
        wide, narrow = quota(10, name="wide"), quota(1, name="narrow", subject="key:k")
        both = [Claim(wide, 3), Claim(narrow)]
        first = await timed.limits.take("t", both)
        assert first.allowed
        assert [one.remaining for one in first.left] == [7, 0]
        second = await timed.limits.take("t", both)
        assert not second.allowed
        assert [one.remaining for one in second.left] == [7, 0]
        assert [one.quota for one in second.left] == [wide, narrow]

    run(test)


def test_what_is_left_is_told_without_taking(run: Callable[[Test], None]) -> None:
    async def test(timed: Timed) -> None:
        one = quota(4, 16)
        fresh = await timed.limits.take("t", [Claim(one, 0)])
        assert (fresh.allowed, fresh.left[0].remaining, fresh.left[0].reset) == (True, 4, 0.0)
        await timed.limits.take("t", [Claim(one, 4)])
        full = await timed.limits.take("t", [Claim(one, 0)])
        assert full.allowed
        assert full.left[0].remaining == 0
        assert 16 <= full.left[0].reset <= 17
        await timed.after(full.left[0].reset)
        assert (await timed.limits.take("t", [Claim(one, 0)])).left[0].remaining == 4

    run(test)


def test_what_is_larger_than_its_quota_never_passes(run: Callable[[Test], None]) -> None:
    async def test(timed: Timed) -> None:
        taken = await timed.limits.take("t", [Claim(quota(3), 4), Claim(quota(9, name="o"))])
        assert (taken.allowed, taken.wait) == (False, math.inf)
        assert (await timed.limits.take("t", [Claim(quota(3), 3)])).allowed

    run(test)


def test_subjects_tenants_and_rules_are_counted_apart(run: Callable[[Test], None]) -> None:
    async def test(timed: Timed) -> None:
        for tenant, one in (
            ("t", quota(1)),
            ("u", quota(1)),
            ("t", quota(1, subject="user:b")),
            ("t", quota(1, name="other")),
            ("t", quota(1, window=61)),
        ):
            assert (await timed.limits.take(tenant, [Claim(one)])).allowed
            assert not (await timed.limits.take(tenant, [Claim(one)])).allowed

    run(test)


def test_the_counters_that_one_process_holds_are_bounded() -> None:
    async def test() -> None:
        limits = MemoryLimits(lambda: START, most=10)
        busy = quota(2, subject="busy")
        for number in range(100):
            await limits.take("t", [Claim(quota(1, subject=f"user:{number}"))])
            await limits.take("t", [Claim(busy, 0 if number > 1 else 1)])
        assert len(limits) == 10
        for number in range(95, 100):
            again = await limits.take("t", [Claim(quota(1, subject=f"user:{number}"))])
            assert not again.allowed

    asyncio.run(test())


def test_processes_that_share_a_server_let_through_no_more_together(redis: Redis) -> None:
    redis.clear()
    passed: list[int] = []

    async def calls() -> None:
        limits = RedisLimits(redis.url, timeout=10)
        claims = [Claim(quota(100, 600)), Claim(quota(90, 600, name="narrow", subject="key:k"))]
        found = await asyncio.gather(*(limits.take("t", claims) for _ in range(32)))
        passed.append(sum(one.allowed for one in found))
        await limits.close()

    threads = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 90


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="none"):
        RedisLimits("nothing")
