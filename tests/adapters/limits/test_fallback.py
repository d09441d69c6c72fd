import asyncio
from pathlib import Path

from servers.redis import Redis

from aicontext.adapters.limits.fallback import FallbackLimits
from aicontext.adapters.limits.memory import MemoryLimits
from aicontext.adapters.limits.redis import RedisLimits
from aicontext.domain.tenancy.limits import Claim, Quota

QUOTA = Quota("rule", "user:a", 9, 60)


async def passed(limits: FallbackLimits, calls: int) -> int:
    found = [await limits.take("t", [Claim(QUOTA)]) for _ in range(calls)]
    assert all(one.left[0].quota == QUOTA for one in found)
    return sum(one.allowed for one in found)


def test_alone_each_process_lets_its_share_through_and_all_again_once_redis_is_back(
    tmp_path: Path,
) -> None:
    hands = [0.0]
    server = Redis(tmp_path)

    async def test() -> None:
        near = MemoryLimits(lambda: hands[0])
        limits = FallbackLimits(RedisLimits(server.url, timeout=10), near, 3, lambda: hands[0])
        assert await passed(limits, 12) == 3
        assert limits.alone == 12
        server.start()
        hands[0] += 2
        assert await passed(limits, 12) == 9
        assert limits.alone == 12
        server.kill()
        hands[0] += 100
        assert await passed(limits, 12) == 3
        assert limits.alone == 24
        await limits.close()

    try:
        asyncio.run(test())
    finally:
        server.kill()


def test_large_claims_pass_alone_where_they_would_together() -> None:
    async def test() -> None:
        near = MemoryLimits(lambda: 0.0)
        limits = FallbackLimits(RedisLimits("redis://127.0.0.1:1"), near, 100, lambda: 0.0)
        assert (await limits.take("t", [Claim(QUOTA, 9)])).allowed
        assert not (await limits.take("t", [Claim(QUOTA, 1)])).allowed
        assert not (await limits.take("u", [Claim(QUOTA, 10)])).allowed
        await limits.close()

    asyncio.run(test())
