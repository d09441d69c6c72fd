from decimal import Decimal

import pytest

from shop.money import CURRENCIES, CurrencyMismatch, Money


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("cents", [0, 1, 99, 100, 101, 12345])
def test_prints_whole_and_cents(cents, currency):
    assert str(Money(cents, currency)) == f"{cents // 100}.{cents % 100:02d} {currency}"


@pytest.mark.parametrize("a", range(0, 500, 45))
@pytest.mark.parametrize("b", range(0, 500, 90))
def test_sums_are_exact(a, b):
    assert Money(a) + Money(b) - Money(b) == Money(a)


@pytest.mark.parametrize("left", CURRENCIES)
@pytest.mark.parametrize("right", CURRENCIES)
def test_currencies_do_not_mix(left, right):
    if left == right:
        assert Money(1, left) + Money(1, right) == Money(2, left)
    else:
        with pytest.raises(CurrencyMismatch):
            Money(1, left) + Money(1, right)


@pytest.mark.parametrize(("cents", "percent", "share"), [(250, 1, 2), (350, 1, 4), (1000, 19, 190)])
def test_shares_round_half_to_even(cents, percent, share):
    assert Money(cents).share(Decimal(percent)) == Money(share)
