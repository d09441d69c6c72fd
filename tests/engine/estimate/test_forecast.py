from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.messages import Message, Role
from aicontext.domain.usage import Interval
from aicontext.engine.estimate.forecast import forecast

SESSION = (
    Message(Role.SYSTEM, "You mend code. " * 200),
    Message(Role.USER, "Why does the checkout test fail?"),
    Message(Role.ASSISTANT, "I read the test first."),
    Message(Role.TOOL_CALL, '{"path": "tests/test_checkout.py"}', "Read", "1"),
    Message(Role.TOOL_RESULT, "assert total == 3\n" * 400, "Read", "1"),
)
messages = st.lists(
    st.builds(
        Message,
        st.sampled_from(Role),
        st.text(max_size=40),
        media=st.sampled_from(["", "image/png"]),
    )
)


def ordered(interval: Interval | None) -> bool:
    return interval is None or 0 <= interval.low <= interval.expected <= interval.high


@pytest.mark.parametrize("name", ["claude-sonnet-4-5", "gpt-5", "no-such"])
@settings(max_examples=40, deadline=None)
@given(conversation=messages)
def test_intervals_are_ordered(name: str, conversation: list[Message]) -> None:
    told = forecast(conversation, name)
    parts = (told.input_tokens, told.output_tokens, told.first_cost, told.next_cost)
    assert all(map(ordered, (*parts, told.turns_left)))


def test_a_further_call_reads_the_cache() -> None:
    told = forecast(SESSION, "claude-sonnet-4-5")
    assert told.first_cost is not None
    assert told.next_cost is not None
    assert told.next_cost.low < told.first_cost.expected
    assert told.input_tokens.expected > 2000


def test_exact_vocabularies_leave_no_doubt_about_the_input() -> None:
    told = forecast(SESSION, "gpt-5")
    assert told.input_tokens.low == told.input_tokens.expected == told.input_tokens.high


def test_turns_run_out_as_the_window_fills() -> None:
    little, much = (forecast(SESSION * times, "gpt-4o") for times in (1, 20))
    assert little.turns_left is not None
    assert much.turns_left is not None
    assert much.turns_left.expected < little.turns_left.expected


def test_an_unknown_model_is_warned_about() -> None:
    told = forecast(SESSION, "no-such")
    assert told.first_cost is None
    assert "'no-such' is not in the catalogue" in told.warnings[0]


def test_a_full_window_is_warned_about() -> None:
    told = forecast(SESSION * 9, "gpt-4")
    assert any("longer than the window" in warning for warning in told.warnings)
    assert told.turns_left == Interval(0, 0, 0)
