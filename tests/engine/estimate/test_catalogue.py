from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.estimate.catalogue import catalogue, model


@pytest.mark.parametrize(
    ("name", "found", "family"),
    [
        ("gpt-4o", "gpt-4o", "o200k"),
        ("gpt-4o-2024-08-06", "gpt-4o", "o200k"),
        ("azure/gpt-4o", "gpt-4o", "o200k"),
        ("gpt-4-turbo", "gpt-4-turbo", "cl100k"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "claude-3"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5", "claude-3"),
        ("anthropic/claude-opus-4.6", "claude-opus-4-6", "claude-3"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0",
         "regional.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-3"),
        ("bedrock/us.anthropic.claude-opus-4-7", "regional.anthropic.claude-opus-4-7-v1:0",
         "claude-4.7"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku-latest", "claude-3"),
        ("claude-sonnet-5", "claude-sonnet-5", "claude-4.7"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash", "gemini"),
        ("openrouter/qwen/qwen3-coder:free", "qwen/qwen3-coder", "qwen"),
    ],
)  # fmt: skip
def test_names_in_use_are_found(name: str, found: str, family: str) -> None:
    known = model(name)
    assert (known.id, known.family, known.known) == (found, family, True)
    assert known.prices is not None
    assert known.prices.cache_read <= known.prices.input <= known.prices.output
    assert 0 < known.max_output <= known.window


def test_long_inputs_have_their_own_prices() -> None:
    known = model("claude-sonnet-4-5")
    assert known.prices is not None
    assert known.prices_at(200_000) == known.prices
    longer = known.prices_at(200_001)
    assert longer is not None
    assert longer.input > known.prices.input


def test_an_unknown_name_gets_defaults_and_says_so() -> None:
    unknown = model("somebody/new-model-9000")
    assert not unknown.known
    assert unknown.prices is None
    assert unknown.window > unknown.max_output > 0


def test_a_brand_alone_tells_the_family() -> None:
    assert model("claude").family == "claude-3"


@given(st.text())
def test_no_name_is_refused(name: str) -> None:
    assert model(name).window > 0


def test_every_row_can_be_read() -> None:
    known = catalogue()
    assert "genai-prices" in known.source
    for provider in known.providers:
        for at in {*provider["names"].values(), *(at for at, _ in provider["patterns"])}:
            assert 0 <= at < len(provider["models"])
        for name in provider["names"]:
            assert model(f"{provider['id']}/{name}").window > 0
