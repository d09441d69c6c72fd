"""Usage as providers report it, priced: each sum is worked out by hand, in micro-cents."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.usage import MOST, Billed, Line, Prices, Tier, dollars, micro_cents
from aicontext.engine.estimate.catalogue import model
from aicontext.services.integrations.usage import Meter
from aicontext.services.integrations.wire import Wire

NOON = 1_795_003_200.0
"""2026-11-18, 12:00 UTC."""

CACHED = {
    "input_tokens": 2048,
    "cache_read_input_tokens": 1800,
    "cache_creation_input_tokens": 248,
    "cache_creation": {"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100},
    "output_tokens": 503,
}
LONG = {"input_tokens": 10_000, "cache_read_input_tokens": 190_001, "output_tokens": 10}
CHAT = {
    "usage": {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306}
    | {"prompt_tokens_details": {"cached_tokens": 1920}}
}
RESPONSES = {
    "usage": {"input_tokens": 36, "output_tokens": 87, "total_tokens": 123}
    | {"input_tokens_details": {"cached_tokens": 0}}
    | {"output_tokens_details": {"reasoning_tokens": 12}}
}
WRITTEN = {
    "usage": {"prompt_tokens": 3000, "completion_tokens": 10, "total_tokens": 3010}
    | {"prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 1500}}
}
GEMINI = {"promptTokenCount": 5000, "cachedContentTokenCount": 4000, "candidatesTokenCount": 20}
GEMINI |= {"thoughtsTokenCount": 30, "toolUsePromptTokenCount": 100, "totalTokenCount": 5150}
GEMINI_LONG = {"promptTokenCount": 200_001, "candidatesTokenCount": 10}
DEEPSEEK = {
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    | {"prompt_cache_hit_tokens": 600, "prompt_cache_miss_tokens": 400}
}
GROK = {
    "usage": {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135}
    | {"prompt_tokens_details": {"cached_tokens": 6}}
    | {"completion_tokens_details": {"reasoning_tokens": 94}}
}
BEDROCK, GLOBAL = (f"{at}.anthropic.claude-sonnet-4-5-20250929-v1:0" for at in ("us", "global"))
PEAK = NOON - 4 * 3600

CASES = [
    # 2048 x 300 + 1800 x 30 + 148 x 375 + 100 x 600 + 503 x 1500
    (Wire.ANTHROPIC, "claude-sonnet-4-5", {"usage": CACHED}, 1_538_400),
    # The same by half.
    (
        Wire.ANTHROPIC,
        "claude-sonnet-4-5",
        {"usage": CACHED | {"service_tier": "batch"}},
        769_200,
    ),
    # Over 200,000 tokens of input: 10,000 x 600 + 190,001 x 60 + 10 x 2250
    (Wire.ANTHROPIC, "claude-sonnet-4-5", {"usage": LONG}, 17_422_560),
    # At 200,000 not yet: 9,999 x 300 + 190,001 x 30 + 10 x 1500
    (
        Wire.ANTHROPIC,
        "claude-sonnet-4-5",
        {"usage": LONG | {"input_tokens": 9_999}},
        8_714_730,
    ),
    # Twice: 2 x (2048 x 500 + 1800 x 50 + 148 x 625 + 100 x 1000 + 503 x 2500)
    (Wire.ANTHROPIC, "claude-opus-5", {"usage": CACHED | {"speed": "fast"}}, 5_128_000),
    # A tenth more where it is held to a country, on each line and in each tier: half of
    # 2048 x 330 + 1800 x 33 + 148 x 412.5 + 100 x 660 + 503 x 1650
    (
        Wire.ANTHROPIC,
        "claude-sonnet-4-5",
        {"usage": CACHED | {"service_tier": "batch", "inference_geo": "us"}},
        846_120,
    ),
    (
        Wire.ANTHROPIC,
        "claude-sonnet-4-5",
        {"usage": CACHED | {"inference_geo": "global"}},
        1_538_400,
    ),
    (Wire.ANTHROPIC, "claude-sonnet-4-5", {"usage": CACHED | {"inference_geo": 7}}, 1_538_400),
    # Contracted capacity has no list price.
    (Wire.ANTHROPIC, "claude-sonnet-4-5", {"usage": CACHED | {"service_tier": "priority"}}, None),
    # A tenth more in a region: 2048 x 330 + 1800 x 33 + 148 x 412.5 + 100 x 660 + 503 x 1650
    (Wire.ANTHROPIC, BEDROCK, {"usage": CACHED}, 1_692_240),
    (Wire.ANTHROPIC, GLOBAL, {"usage": CACHED}, 1_538_400),
    (Wire.ANTHROPIC, "vertex_ai/claude-sonnet-4-5@20250929", {"usage": CACHED}, 1_538_400),
    # 86 x 250 + 1920 x 125 + 300 x 1000
    (Wire.CHAT, "gpt-4o-2024-08-06", CHAT, 561_500),
    (Wire.CHAT, "gpt-4o-2024-08-06", CHAT | {"service_tier": "default"}, 561_500),
    # 36 x 125 + 87 x 1000: what was thought is in the output already.
    (Wire.RESPONSES, "gpt-5", RESPONSES | {"service_tier": "default"}, 91_500),
    # 36 x 62.5 + 87 x 500
    (Wire.RESPONSES, "gpt-5", RESPONSES | {"service_tier": "flex"}, 45_750),
    # 36 x 250 + 87 x 2000
    (Wire.RESPONSES, "gpt-5", RESPONSES | {"service_tier": "priority"}, 183_000),
    # 500 x 400 + 1000 x 40 + 1500 x 500 + 10 x 2000
    (Wire.CHAT, "gpt-5.6-sol", WRITTEN, 1_010_000),
    # 1100 x 200 + 4000 x 20 + 50 x 1200
    (Wire.GEMINI, "gemini-3.1-pro-preview", {"usageMetadata": GEMINI}, 360_000),
    # 200,001 x 400 + 10 x 1800
    (Wire.GEMINI, "gemini-3.1-pro-preview", {"usageMetadata": GEMINI_LONG}, 80_018_400),
    # Its price at noon: 400 x 66 + 600 x 2.2 + 100 x 198
    (Wire.CHAT, "deepseek-v4-pro", DEEPSEEK, 47_520),
    # 26 x 125 + 6 x 20 + (9 + 94) x 250: what was thought comes on top.
    (Wire.CHAT, "grok-4.20", GROK, 29_120),
    (Wire.CHAT, "somebody/new-model-9000", CHAT, None),
]


def _micro_cents(wire: Wire, name: str, answer: object, at: float = NOON) -> int | None:
    meter = Meter(wire, "application/json")
    meter.feed(json.dumps(answer).encode())
    billed = meter.billed()
    assert billed is not None
    quote = model(name).quote(billed.all_input, at, meter.tier, meter.region)
    return micro_cents(billed.cost(quote.prices)) if quote else None


@pytest.mark.parametrize(("wire", "name", "answer", "due"), CASES)
def test_what_a_provider_reports_is_priced_to_the_micro_cent(wire, name, answer, due) -> None:
    assert _micro_cents(wire, name, answer) == due


def test_prices_are_those_of_the_hour_and_the_day() -> None:
    # 400 x 132 + 600 x 4.4 + 100 x 396
    assert _micro_cents(Wire.CHAT, "deepseek-v4-pro", DEEPSEEK, PEAK) == 95_040
    # Until 2026-08-20: 500 x 500 + 1000 x 50 + 1500 x 625 + 10 x 3000
    assert _micro_cents(Wire.CHAT, "gpt-5.6-sol", WRITTEN, NOON - 100 * 86_400) == 1_267_500
    # Before all that is known, the first that is.
    assert _micro_cents(Wire.CHAT, "gpt-5.6-sol", WRITTEN, -1.0) == 1_267_500
    assert _micro_cents(Wire.CHAT, "gpt-5.6-sol", WRITTEN, float("inf")) == 1_010_000


def test_a_quote_says_where_it_is_from() -> None:
    quote = model("claude-sonnet-4-5").quote(300_000, tier=Tier.BATCH)
    assert quote is not None
    said = str(quote)
    assert said.startswith("anthropic/claude-sonnet-4-5, batch, over 200,000 tokens (genai-prices ")
    assert said.endswith(", 2026-11-22)")


def test_who_serves_a_model_sets_its_price() -> None:
    direct = model("deepseek/deepseek-v4-pro", "deepseek").quote(1)
    routed = model("deepseek/deepseek-v4-pro", "openrouter").quote(1)
    assert direct
    assert routed
    assert (direct.provider, routed.provider) == ("deepseek", "openrouter")
    assert model("gpt-5", "our-gateway") == model("gpt-5")


def test_the_head_of_an_answer_may_tell_the_tier() -> None:
    meter = Meter(Wire.GEMINI, "application/json", tier="flex")
    meter.feed(json.dumps({"usageMetadata": GEMINI}).encode())
    assert meter.billed() == Billed(1100, 4000, output=50)
    assert meter.tier is Tier.FLEX


def test_a_tier_that_is_spoken_of_is_none() -> None:
    said = {"choices": [{"message": {"content": '"service_tier":"flex"'}}], "service_tier": "auto"}
    meter = Meter(Wire.CHAT, "text/event-stream")
    meter.feed(f"data: {json.dumps(said | CHAT)}\n\n".encode())
    assert meter.billed()
    assert meter.tier is Tier.STANDARD


@pytest.mark.parametrize("tokens", [-1, -(10**30), MOST + 1, 10**30, 1e300, float("inf")])
def test_impossible_counts_are_not_taken(tokens) -> None:
    for wire, answer in (
        (Wire.ANTHROPIC, {"usage": {"input_tokens": 5, "cache_read_input_tokens": tokens}}),
        (Wire.CHAT, {"usage": {"prompt_tokens": 5, "completion_tokens": tokens}}),
        (Wire.CHAT, {"usage": {"prompt_tokens": 5, "d": {"cached_tokens": tokens}}}),
        (Wire.GEMINI, {"usageMetadata": {"promptTokenCount": tokens}}),
    ):
        meter = Meter(wire, "application/json")
        meter.feed(json.dumps(answer).encode())
        assert meter.billed() is None
        assert "impossible" in meter.trouble


COUNTS = st.integers(0, MOST)
PRICES = st.integers(0, 10**10).map(dollars)


@given(st.builds(Billed, *[COUNTS] * 5), st.builds(Prices, *[PRICES] * 5))
def test_lines_add_up_and_are_right_to_half_a_micro_cent(billed: Billed, prices: Prices) -> None:
    amounts = billed.amounts(prices)
    assert dict(billed.lines()).keys() == amounts.keys() <= set(Line)
    assert micro_cents(billed.cost(prices)) == sum(amounts.values())
    for line, amount in amounts.items():
        exact = Fraction(micro_cents(getattr(prices, line)) * getattr(billed, line), 10**6)
        assert Fraction(-1, 2) <= exact - amount < Fraction(1, 2)
