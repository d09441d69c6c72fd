from dataclasses import replace

import pytest

from aicontext.domain.usage import Billed, Prices
from aicontext.engine.compress.forms.conversation import Breakpoint
from aicontext.engine.ledger.billing import MARGIN, Rates, Sent, of_anthropic

PRICES = Prices(input=2, output=10, cache_read=1, cache_write=3, cache_write_1h=5)


def _sent(*totals: int, points: tuple[int, ...] = (), minimum: int = 1024) -> Sent:
    keys = [str(total).encode() for total in totals]
    return Sent(keys, totals, tuple(map(Breakpoint, points)), automatic=False, minimum=minimum)


def _thousands(messages: int, *points: int, hour: bool = False, automatic: bool = False) -> Sent:
    """Messages of 1,000 tokens each, with breakpoints at these."""
    keys = [str(n).encode() for n in range(messages)]
    totals = [1000 * (n + 1) for n in range(messages)]
    return Sent(keys, totals, tuple(Breakpoint(p, hour) for p in points), automatic)


def test_rates_are_a_models_own_where_they_are_known() -> None:
    assert Rates.of(PRICES) == Rates(read=0.5, write=1.5, write_hour=2.5)
    assert Rates.of(None) == Rates()
    free = Prices(input=0, output=0, cache_read=0, cache_write=0, cache_write_1h=0)
    assert Rates.of(free) == Rates()


def test_a_prefix_is_cached_from_the_least_on() -> None:
    assert [_sent(n, 9_000, points=(0,)).cacheable for n in (1023, 1024)] == [0, 1024]
    assert _sent(9_000).cacheable == 0, "nothing asks for it"
    assert _sent().tokens == 0


def test_what_may_be_too_short_by_our_count_is() -> None:
    sure = round(MARGIN * 1000)
    lengths = (1, 999, 1000, sure - 1, sure)
    told = [_sent(n, 9_000, points=(0,), minimum=1000).too_short for n in lengths]
    assert told == [True, True, True, True, False]
    assert not _sent(5).too_short, "nothing is asked for"


def test_units_are_what_the_provider_bills() -> None:
    sent = _thousands(10, 3, 8)
    assert sent.units(4000, Rates()) == pytest.approx(0.1 * 4000 + 1.25 * 5000 + 1000)
    assert sent.units(0, Rates()) == pytest.approx(1.25 * 9000 + 1000)
    assert _thousands(10, 3, hour=True).units(0, Rates()) == pytest.approx(2.0 * 4000 + 6000)
    hour = _thousands(10, 3, hour=True)
    assert hour.units(1000, Rates()) == pytest.approx(0.1 * 1000 + 2.0 * 3000 + 6000)
    assert replace(hour, minimum=4096).units(0, Rates()) == 10_000, "too short to be cached"
    assert _thousands(10).units(0, Rates()) == 10_000
    automatic = _thousands(10, automatic=True)
    assert automatic.units(9000, Rates()) == pytest.approx(0.1 * 9000 + 1.25 * 1000)


def test_rates_are_relative_to_the_input_price() -> None:
    prices = Prices(input=3, output=15, cache_read=0.3, cache_write=3.75, cache_write_1h=6)
    rates = Rates.of(prices)
    assert (rates.read, rates.write, rates.write_hour) == pytest.approx((0.1, 1.25, 2.0))
    billed = Billed(input=10, cache_read=100, cache_write=8, cache_write_1h=5, output=1)
    assert rates.units(billed) == pytest.approx(10 + 10 + 10 + 10)
    assert billed.cost(prices) == pytest.approx((3 * 40 + 15) / 1e6)


def test_a_request_that_ended_earlier_has_the_breakpoints_before() -> None:
    shorter = _sent(10, 20, 30, points=(0, 1, 2)).until(1)
    assert shorter == _sent(10, points=(0,))


def test_tokens_are_taken_from_every_prefix_that_has_them() -> None:
    assert _sent(10, 20, 30).without(10).totals == [0, 10, 20]
    assert _sent(10, 20, 30).without(15).totals == [0, 5, 15]


@pytest.mark.parametrize(
    ("usage", "billed"),
    [
        ({}, Billed()),
        ({"input_tokens": -1, "output_tokens": "7", "cache_creation": None}, Billed()),
        ({"cache_creation_input_tokens": 5}, Billed(cache_write=5)),
        (
            {
                "cache_creation_input_tokens": 5,
                "cache_creation": {"ephemeral_1h_input_tokens": 2},
                "cache_read_input_tokens": 3,
                "input_tokens": 1,
                "output_tokens": 1,
            },
            Billed(input=1, cache_read=3, cache_write=3, cache_write_1h=2, output=1),
        ),
        (
            {"cache_creation": {"ephemeral_1h_input_tokens": 2}},
            Billed(cache_write=0, cache_write_1h=2),
        ),
    ],
)
def test_anthropics_own_account_is_read(usage: dict[str, object], billed: Billed) -> None:
    assert of_anthropic(usage) == billed
