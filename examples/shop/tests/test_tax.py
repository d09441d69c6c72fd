from decimal import Decimal

import pytest

from shop.money import Money
from shop.tax import RATES, UnknownTaxClass, gross, rate, tax_on

EVERY = [(country, goods) for country, classes in RATES.items() for goods in classes]


@pytest.mark.parametrize(("country", "goods"), EVERY)
def test_every_rate_is_a_percentage(country, goods):
    assert 0 <= rate(country, goods) < 30


@pytest.mark.parametrize(("country", "goods"), EVERY)
@pytest.mark.parametrize("cents", [0, 100, 1999, 100_000])
def test_gross_is_net_and_tax(country, goods, cents):
    net = Money(cents)
    assert gross(net, country, goods) == net + tax_on(net, country, goods)


@pytest.mark.parametrize("country", ["XX", "", "de"])
def test_unknown_countries_are_refused(country):
    with pytest.raises(UnknownTaxClass):
        rate(country)


def test_books_are_cheaper_in_germany():
    assert rate("DE", "books") == Decimal(7)
