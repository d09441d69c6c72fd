"""Carts: what a customer wants, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from shop.money import Money
from shop.tax import tax_on

MAX_QUANTITY = 99


@dataclass(frozen=True)
class Product:
    """Something for sale. price is net, for one piece."""

    sku: str
    name: str
    price: Money
    tax_class: str = "standard"
    weight_grams: int = 0


@dataclass(frozen=True)
class Line:
    """A product and how many of it."""

    product: Product
    quantity: int

    def net(self) -> Money:
        return self.product.price.times(self.quantity)


@dataclass
class Cart:
    """The lines of one customer, in the order they were added."""

    country: str = "DE"
    currency: str = "EUR"
    discount_percent: Decimal = Decimal(0)
    lines: list[Line] = field(default_factory=list)

    def add(self, product: Product, quantity: int = 1) -> None:
        """Put a product into the cart; the same product again raises its quantity."""
        if quantity < 1:
            raise ValueError("quantity must be positive")
        for index, line in enumerate(self.lines):
            if line.product.sku == product.sku:
                quantity += line.quantity
                self.lines[index] = Line(product, self._checked(quantity))
                return
        self.lines.append(Line(product, self._checked(quantity)))

    def remove(self, sku: str) -> None:
        """Take a product out. Raises KeyError when it is not in the cart."""
        kept = [line for line in self.lines if line.product.sku != sku]
        if len(kept) == len(self.lines):
            raise KeyError(sku)
        self.lines = kept

    def net(self) -> Money:
        """The sum of the lines, without tax, after the discount."""
        total = Money(0, self.currency)
        for line in self.lines:
            total = total + self._discounted(line.net())
        return total

    def tax(self) -> Money:
        """The tax on all lines, each at the rate of its class."""
        total = Money(0, self.currency)
        for line in self.lines:
            total = total + tax_on(line.net(), self.country, line.product.tax_class)
        return total

    def total(self) -> Money:
        """What the customer pays."""
        return self.net() + self.tax()

    def weight_grams(self) -> int:
        """The weight of the whole cart."""
        return sum(line.product.weight_grams * line.quantity for line in self.lines)

    def _discounted(self, amount: Money) -> Money:
        return amount - amount.share(self.discount_percent)

    @staticmethod
    def _checked(quantity: int) -> int:
        if quantity > MAX_QUANTITY:
            raise ValueError(f"at most {MAX_QUANTITY} of one product")
        return quantity
