"""The line of a call."""

from dataclasses import replace

import pytest
from click import unstyle
from usage_events import CALL

from aicontext.domain.requests import Outcome
from aicontext.entrypoints.cli.traffic import figures


@pytest.mark.parametrize("outcome", [Outcome.OPTIMIZED, Outcome.UNCHANGED])
def test_an_answer_that_broke_off_is_told_whatever_was_saved(outcome: Outcome) -> None:
    broken = replace(CALL, outcome=outcome, why="the answer broke off: ClientPayloadError; small")
    assert "the answer broke off" in unstyle(figures.call(broken))
    assert "optimized" not in unstyle(figures.call(CALL))


@pytest.mark.parametrize(("failed", "said"), [(0, "(small)"), (1, "(the client went away; small)")])
def test_who_went_away_is_no_reason_that_nothing_was_saved(failed: int, said: str) -> None:
    total = {"calls": 1, "failed": failed, "direct_tokens": 9, "sent_tokens": 9}
    outcomes = [{"outcome": "unchanged", "why": "the client went away; small", "calls": 1}]
    assert figures.ended({"total": total, "outcomes": outcomes}).endswith(said)
