from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import LIKENESSES, counter, estimate

MODELS = ["gpt-4o", "gpt-4", "claude-sonnet-4-5", "claude-opus-4-7", "gemini-2.5-pro", "no-such"]
SOURCE = "def area(width: float) -> float:\n    return width * width\n\n" * 100


def test_a_public_vocabulary_is_exact() -> None:
    count = estimate("hello world", "gpt-4o")
    assert (count.tokens, count.low, count.high, count.exact) == (2, 2, 2, True)


@pytest.mark.parametrize("name", MODELS[2:])
def test_the_others_say_how_far_off_they_may_be(name: str) -> None:
    count = estimate(SOURCE, name)
    assert not count.exact
    assert count.low < count.tokens < count.high


def test_newer_claude_models_take_more_tokens() -> None:
    assert estimate(SOURCE, "claude-opus-4-7").tokens > estimate(SOURCE, "claude-opus-4-6").tokens


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters()))
def test_estimates_hold_together(name: str, text: str) -> None:
    count = estimate(text, name)
    assert 0 <= count.low <= count.tokens <= count.high
    assert count == estimate(text, name)
    assert counter(name)(text) <= count.high


@pytest.mark.parametrize("name", MODELS)
def test_more_of_the_same_is_never_less(name: str) -> None:
    counts = [estimate(SOURCE[:size], name).tokens for size in range(0, len(SOURCE), 331)]
    assert counts == sorted(counts)


def test_every_family_of_the_catalogue_can_be_counted() -> None:
    names = ["gpt-6-sol", "grok-4", "deepseek-chat", "mistral-large", "llama-4-scout", "llama-3.1"]
    for name in [*names, "qwen3.5-72b", "qwen3-coder", "command-r"]:
        assert counter(name)("hello world") > 0, model(name).family
    assert set(LIKENESSES) >= {"unknown", "openai"}
