"""Value-added tax by country and class of goods."""

from __future__ import annotations

from decimal import Decimal

from shop.money import Money

RATES: dict[str, dict[str, Decimal]] = {
    "AT": {"standard": Decimal(20), "reduced": Decimal(10), "books": Decimal(10)},
    "BE": {"standard": Decimal(21), "reduced": Decimal(6), "books": Decimal(6)},
    "DE": {"standard": Decimal(19), "reduced": Decimal(7), "books": Decimal(7)},
    "DK": {"standard": Decimal(25), "reduced": Decimal(25), "books": Decimal(25)},
    "ES": {"standard": Decimal(21), "reduced": Decimal(10), "books": Decimal(4)},
    "FI": {"standard": Decimal("25.5"), "reduced": Decimal(14), "books": Decimal(14)},
    "FR": {"standard": Decimal(20), "reduced": Decimal("5.5"), "books": Decimal("5.5")},
    "IE": {"standard": Decimal(23), "reduced": Decimal("13.5"), "books": Decimal(0)},
    "IT": {"standard": Decimal(22), "reduced": Decimal(10), "books": Decimal(4)},
    "NL": {"standard": Decimal(21), "reduced": Decimal(9), "books": Decimal(9)},
    "PL": {"standard": Decimal(23), "reduced": Decimal(8), "books": Decimal(5)},
    "SE": {"standard": Decimal(25), "reduced": Decimal(12), "books": Decimal(6)},
}


class UnknownTaxClass(LookupError):
    """A country or class of goods that has no rate."""


def rate(country: str, tax_class: str = "standard") -> Decimal:
    """The rate in percent. Raises UnknownTaxClass."""
    try:
        return RATES[country][tax_class]
    except KeyError:
        raise UnknownTaxClass(f"{country}/{tax_class}") from None


def tax_on(net: Money, country: str, tax_class: str = "standard") -> Money:
    """The tax due on a net amount."""
    return net.share(rate(country, tax_class))


def gross(net: Money, country: str, tax_class: str = "standard") -> Money:
    """The amount that the customer pays."""
    return net + tax_on(net, country, tax_class)
