"""Usage events as bytes, and what is none."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.context import Kind, Level
from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import Correction, HookEvent, Moment, UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome, Rewriting
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed, Prices, Quote, Tier
from aicontext.services.analytics.encoding import decoded, encoded

NOW = 1_700_000_000.0

COUNTS = st.integers(0, 2**53)
NUMBERS = st.floats(0, 2.0**53)
TEXTS = st.text(max_size=50)
EVENTS = st.builds(
    UsageEvent,
    id=st.text(min_size=1, max_size=40),
    at=st.floats(0, NOW),
    caller=st.builds(Caller, TEXTS, TEXTS, TEXTS, st.booleans()),
    protocol=TEXTS,
    upstream=TEXTS,
    model=TEXTS,
    status=st.integers(0, 999),
    outcome=st.sampled_from(Outcome),
    why=TEXTS,
    direct_tokens=COUNTS,
    sent_tokens=COUNTS,
    billed=st.none() | st.builds(Billed, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    cost=st.none() | NUMBERS,
    direct_cost=st.none() | NUMBERS,
    total_ms=NUMBERS,
    changes=st.lists(
        st.builds(Change, COUNTS, TEXTS, st.sampled_from(Kind), st.sampled_from(Level), COUNTS,
                  COUNTS, TEXTS, TEXTS),
        max_size=3,
    ).map(tuple),
    owner=st.builds(Owner, TEXTS, TEXTS, TEXTS),
    quote=st.none()
    | st.builds(
        Quote, st.builds(Prices, *[NUMBERS] * 5), TEXTS, TEXTS, st.sampled_from(Tier), COUNTS
    ),
    rewriting=st.none()
    | st.builds(Rewriting, TEXTS, COUNTS, *[st.floats(-(2.0**53), 2.0**53)] * 3),
    correction=st.none() | st.builds(Correction, TEXTS, st.integers(-9, 9)),
)  # fmt: skip

HOOKS = st.builds(
    HookEvent,
    id=st.text(min_size=1, max_size=40),
    at=st.floats(0, NOW),
    caller=st.builds(Caller, TEXTS, TEXTS, TEXTS, st.booleans()),
    moment=st.sampled_from(Moment),
    outcome=st.sampled_from(Outcome),
    source=TEXTS,
    original_tokens=COUNTS,
    optimized_tokens=COUNTS,
    owner=st.builds(Owner, TEXTS, TEXTS, TEXTS),
)

EVENT = UsageEvent(
    id="1",
    at=NOW,
    caller=Caller("codex", "s"),
    protocol="openai",
    upstream="openai",
    model="gpt-5",
    status=200,
    outcome=Outcome.UNCHANGED,
    billed=Billed(1, 2),
)


def changed(**fields: Any) -> bytes:
    """The event's message with other fields."""
    found = json.loads(encoded(EVENT))
    found["usage"] |= fields
    return json.dumps(found).encode()


@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: UsageEvent) -> None:
    assert decoded(encoded(event), NOW) == event


def test_what_this_release_does_not_know_is_left_out() -> None:
    payload = changed(region="eu", billed={"input": 1, "cache_read": 2, "audio": 3})
    assert decoded(payload, NOW) == EVENT


def test_what_a_former_release_did_not_know_has_its_default() -> None:
    found = json.loads(encoded(replace(EVENT, predicted_read=7)))
    del found["usage"]["predicted_read"]
    assert decoded(json.dumps(found).encode(), NOW) == EVENT


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"null", "no version"),
        (b'{"version": "1"}', "no version"),
        (b'{"version": 2, "usage": {}}', "newer release"),
        (b'{"version": 1}', "usage is no object"),
        (b'{"version": 1, "usage": {}}', "usage.id is missing"),
        (changed(id=""), "usage.id is empty"),
        (changed(at=NOW + 1), "in the future"),
        (changed(at=-1), "below zero"),
        (changed(at=float("nan")), "too large a number"),
        (changed(at=float("inf")), "too large a number"),
        (changed(cost=1e300), "too large a number"),
        (changed(status=True), "no whole number"),
        (changed(direct_tokens=2**60), "too large a number"),
        (changed(direct_tokens=1.5), "no whole number"),
        (changed(sent_tokens=-3), "usage.sent_tokens is -3"),
        (changed(billed={"input": -1}), "usage.billed.input is -1"),
        (changed(billed=[]), "usage.billed is no object"),
        (changed(model="x" * 5000), "5,000 characters"),
        (changed(model=None), "usage.model is no text"),
        (changed(caller={"local": 1}), "neither true nor false"),
        (changed(outcome="lost"), "not known"),
        (changed(outcome=[]), "not known"),
        (changed(changes={}), "no list"),
        (changed(changes=[{}] * 1001), "1,001 parts"),
        (changed(changes=[{"block": 1}]), "usage.changes[0].source is missing"),
    ],
)
def test_what_is_no_event_is_refused_with_the_reason(payload: bytes, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decoded(payload, NOW)
    assert why in str(caught.value)


def test_a_number_that_is_none_cannot_be_written() -> None:
    with pytest.raises(InvalidInput):
        encoded(replace(EVENT, cost=float("nan")))


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["version", "usage", "id", "at", "caller", "billed", "x"]), inner
    ),
))  # fmt: skip
def test_no_json_raises_anything_else(value: Any) -> None:
    for payload in (value, {"version": 1, "usage": value}):
        with suppress(InvalidInput):
            decoded(json.dumps(payload).encode(), NOW)
