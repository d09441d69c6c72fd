import math

from aicontext.domain.analytics.measures import Answered, Family, Spread
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.usage import Billed
from aicontext.services.analytics.metering import BOUNDS, Metering


def event(upstream: str = "anthropic", status: int = 200, **given: object) -> UsageEvent:
    values = {"outcome": Outcome.OPTIMIZED, "total_ms": 30.0, **given}
    return UsageEvent(
        id="0" * 32,
        at=1.0,
        caller=Caller("claude-code", "session", "project"),
        protocol="anthropic-messages",
        upstream=upstream,
        model="claude",
        status=status,
        **values,  # type: ignore[arg-type]
    )


def families(metering: Metering) -> dict[str, Family]:
    return {one.name: one for one in metering.families()}


def test_calls_are_added_up_by_upstream() -> None:
    metering = Metering()
    billed = Billed(input=100, cache_read=50, output=7)
    metering.seen(event(direct_tokens=900, sent_tokens=400, billed=billed, cost=0.25))
    metering.seen(event(direct_tokens=10, sent_tokens=12, outcome=Outcome.PASSED, status=529))
    found = families(metering)
    assert dict(found["optimizations"].samples) == {
        ("anthropic", "optimized"): 1,
        ("anthropic", "passed"): 1,
    }
    assert dict(found["tokens_saved"].samples) == {("anthropic",): 500}
    assert dict(found["billed_tokens"].samples) == {
        ("anthropic", "input"): 100,
        ("anthropic", "cache_read"): 50,
        ("anthropic", "output"): 7,
    }
    assert dict(found["cost_dollars"].samples) == {("anthropic",): 0.25}


def test_times_are_counted_up_to_each_bound() -> None:
    metering = Metering()
    for seconds in (0.001, 0.05, 0.06, 1e9):
        answer = Answered(
            service="api", id="r", method="GET", route="/x", status=200, at=0.0, seconds=seconds
        )
        metering.answered(answer)
    metering.seen(event(status=0))
    spreads = dict(families(metering)["response_time_seconds"].samples)
    found = spreads["api", "GET /x", "2xx"]
    assert isinstance(found, Spread)
    by_bound = dict(zip(BOUNDS, found.counts, strict=True))
    assert (by_bound[0.005], by_bound[0.05], by_bound[0.1], by_bound[300.0]) == (1, 2, 3, 3)
    assert by_bound[math.inf] == 4
    assert found.total == 1e9 + 0.111
    assert ("proxy", "anthropic", "none") in spreads


def test_callers_cannot_make_numbers_without_end() -> None:
    metering = Metering()
    for number in range(1000):
        metering.seen(event(f"made-up-{number}"))
    samples = families(metering)["optimizations"].samples
    assert len(samples) == 65
    assert sum(count for _, count in samples) == 1000
