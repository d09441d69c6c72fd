"""When somebody is told that calls are not optimized."""

from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.services.integrations.webhooks.watching import IN_A_ROW, Watch


def event(outcome: Outcome) -> UsageEvent:
    return UsageEvent("1", 0.0, Caller(), "openai-chat", "openai", "m", 200, outcome, "too slow")


def test_it_is_told_once_when_it_ceases_and_once_when_it_is_so_again() -> None:
    told: list[tuple[str, object]] = []
    watch = Watch(lambda kind, data: told.append((kind, dict(data))))
    for outcome in [Outcome.PASSED] * (IN_A_ROW - 1) + [Outcome.UNCHANGED]:
        watch.see(event(outcome))
    assert told == []
    for _ in range(IN_A_ROW + 3):
        watch.see(event(Outcome.PASSED))
    assert told == [("optimization.failing", {"calls": IN_A_ROW, "why": "too slow"})]
    for outcome in (Outcome.OPTIMIZED, Outcome.OPTIMIZED):
        watch.see(event(outcome))
    assert told[1:] == [("optimization.recovered", {"calls": IN_A_ROW + 3})]
