"""Orders: a cart that somebody has promised to pay for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from enum import Enum

from shop.cart import Cart, Line
from shop.money import Money
from shop.stock import OutOfStock, Stock


class Status(Enum):
    OPEN = "open"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


ALLOWED = {
    Status.OPEN: {Status.PAID, Status.CANCELLED},
    Status.PAID: {Status.SHIPPED, Status.CANCELLED},
    Status.SHIPPED: set(),
    Status.CANCELLED: set(),
}


class WrongStatus(Exception):
    """The order cannot go from where it is to where it was sent."""


@dataclass(frozen=True)
class Order:
    """A cart as it was when it was ordered."""

    order_id: str
    customer: str
    lines: tuple[Line, ...]
    total: Money
    status: Status = Status.OPEN

    def moved_to(self, status: Status) -> Order:
        """The order in a later status. Raises WrongStatus."""
        if status not in ALLOWED[self.status]:
            raise WrongStatus(f"{self.order_id}: {self.status.value} -> {status.value}")
        return replace(self, status=status)


class Orders:
    """All orders, and the stock that they hold."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._orders: dict[str, Order] = {}
        self._numbers = itertools.count(1001)

    def place(self, customer: str, cart: Cart) -> Order:
        """Order what is in the cart. Raises OutOfStock and then holds nothing."""
        if not cart.lines:
            raise ValueError("the cart is empty")
        order_id = f"o-{next(self._numbers)}"
        try:
            for line in cart.lines:
                self._stock.hold(line.product.sku, line.quantity, order_id)
        except OutOfStock:
            self._stock.release(order_id)
            raise
        order = Order(order_id, customer, tuple(cart.lines), cart.total())
        self._orders[order_id] = order
        return order

    def pay(self, order_id: str, paid: Money) -> Order:
        """Mark as paid. Raises ValueError when the amount is not the order's total."""
        order = self._orders[order_id]
        if paid != order.total:
            raise ValueError(f"{order_id}: {paid} paid, {order.total} due")
        return self._keep(order.moved_to(Status.PAID))

    def ship(self, order_id: str) -> Order:
        """Send it off."""
        order = self._orders[order_id].moved_to(Status.SHIPPED)
        self._stock.ship(order_id)
        return self._keep(order)

    def cancel(self, order_id: str) -> Order:
        """Call it off and give back its stock."""
        order = self._orders[order_id].moved_to(Status.CANCELLED)
        self._stock.release(order_id)
        return self._keep(order)

    def _keep(self, order: Order) -> Order:
        self._orders[order.order_id] = order
        return order
