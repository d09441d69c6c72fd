"""What hooks saved, and that nothing of it is counted twice."""

import json
from dataclasses import replace

from aicontext.domain.events import HookEvent, Moment
from aicontext.domain.requests import Caller, Outcome
from aicontext.services.analytics.births import births

PLAIN = HookEvent(
    "0", 1e9, Caller("claude-code", "a"), Moment.AFTER_TOOL, Outcome.UNCHANGED, "Bash", "", 100, 100
)
SMALLER = replace(PLAIN, outcome=Outcome.OPTIMIZED, original_tokens=1000, optimized_tokens=200)


def test_outputs_are_summed_in_all_and_by_tool() -> None:
    elsewhere = replace(PLAIN, caller=Caller("codex-cli", "b"))
    start = replace(PLAIN, moment=Moment.SESSION_START)
    found = births([PLAIN, SMALLER, elsewhere, start], ())
    assert (found.events, found.outputs, found.shortened) == (4, 3, 1)
    assert (found.original_tokens, found.optimized_tokens) == (1200, 400)
    assert found.tools["claude-code"].optimized_tokens == 300
    assert found.tools["codex-cli"].outputs == 1
    json.dumps(found.as_dict())


def test_sessions_that_came_through_the_proxy_are_left_to_its_figures() -> None:
    found = births([SMALLER, replace(SMALLER, caller=Caller("claude-code", "b"))], {SMALLER_KEY})
    assert (found.left_out, found.outputs, found.original_tokens) == (1, 1, 1000)
    nameless = replace(SMALLER, caller=Caller("claude-code", ""))
    assert births([nameless], {("claude-code", "")}).left_out == 0


def test_what_failed_saved_nothing() -> None:
    found = births([replace(SMALLER, outcome=Outcome.PASSED)], ())
    assert (found.failed, found.outputs, found.original_tokens) == (1, 0, 0)


SMALLER_KEY = ("claude-code", "a")
