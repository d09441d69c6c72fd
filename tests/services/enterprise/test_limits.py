import asyncio

import pytest

from aicontext import settings
from aicontext.adapters.limits.memory import MemoryLimits
from aicontext.domain.errors import InvalidInput, RateLimited
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.domain.tenancy.limits import Per, Rule, Taken, rule
from aicontext.services.enterprise.limits import RateLimits, headers


def principal(user: str, organisation: str = "org", key: str = "k") -> Principal:
    return Principal(
        organisation=organisation,
        user=user,
        role=Role.MEMBER,
        credential=Credential.KEY,
        scopes=frozenset(),
        credential_id=key,
    )


ADA, GRACE = principal("ada"), principal("grace", key="g")


def limits(*rules: str) -> RateLimits:
    return RateLimits(MemoryLimits(lambda: 1000.0), [rule(one) for one in rules])


async def allowed(limited: RateLimits, who: Principal, route: str = "", address: str = "") -> bool:
    try:
        return (await limited.take(who, route, address=address)).allowed
    except RateLimited:
        return False


def test_every_rule_counts_its_own_subjects_and_the_narrowest_decides() -> None:
    async def test() -> None:
        limited = limits("user=2/60", "organisation=3/60", "user:slow=1/60")
        assert await allowed(limited, ADA, "slow")
        assert not await allowed(limited, ADA, "slow")
        assert await allowed(limited, ADA, "fast")
        assert not await allowed(limited, ADA, "fast")
        assert await allowed(limited, GRACE, "slow")
        assert not await allowed(limited, GRACE, "fast")
        assert await allowed(limited, principal("ada", "other"))

    asyncio.run(test())


def test_rules_about_what_a_caller_has_not_do_not_concern_it() -> None:
    async def test() -> None:
        limited = limits("key=1/60", "address=1/60")
        nobody = principal("a", key="")
        for _ in range(3):
            taken = await limited.take(nobody)
            assert (taken, headers(taken)) == (Taken(True, ()), {})
        assert await allowed(limited, nobody, address="192.0.2.1")
        assert not await allowed(limited, nobody, address="192.0.2.1")
        assert await allowed(limited, nobody, address="192.0.2.2")

    asyncio.run(test())


def test_answers_tell_what_is_left_and_when_to_come_again() -> None:
    async def test() -> None:
        limited = limits("user=3/60", "key:optimize=2/1")
        assert headers(await limited.take(ADA, "optimize")) == {
            "RateLimit-Policy": '"user";q=3;w=60, "key:optimize";q=2;w=1',
            "RateLimit": '"user";r=2;t=62, "key:optimize";r=1;t=2',
        }
        await limited.take(ADA, "optimize")
        with pytest.raises(RateLimited, match="Retry-After") as refused:
            await limited.take(ADA, "optimize")
        assert refused.value.headers["Retry-After"] == "2"

    asyncio.run(test())


def test_rules_are_read_from_the_settings() -> None:
    found = settings.load({}, {"AICONTEXT_RATE_LIMITS": "user=600/60, key:optimize=5/1"})
    assert found.rate_limits == (Rule(Per.USER, 600, 60), Rule(Per.KEY, 5, 1, "optimize"))


@pytest.mark.parametrize(
    "text", ["user", "user=0/60", "user=1/0", "me=1/1", "user=1/9999999", "user=-1/1", 'user:"=1/1']
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no limit"):
        settings.load({}, {"AICONTEXT_RATE_LIMITS": text})
