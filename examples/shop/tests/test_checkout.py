from decimal import Decimal

import pytest

from shop.cart import Cart, Product
from shop.money import Money
from shop.orders import Orders, Status, WrongStatus
from shop.stock import OutOfStock, Stock
from shop.tax import RATES

MUG = Product("mug", "Mug", Money(1000), weight_grams=300)
BOOK = Product("book", "Field guide", Money(2500), "books", 450)


@pytest.mark.parametrize("quantity", range(1, 31))
def test_the_net_sum_grows_with_the_quantity(quantity):
    cart = Cart()
    cart.add(MUG, quantity)
    assert cart.net() == Money(1000 * quantity)


@pytest.mark.parametrize("country", RATES)
def test_books_and_mugs_are_taxed_apart(country):
    cart = Cart(country=country)
    cart.add(MUG)
    cart.add(BOOK)
    assert cart.tax().cents > 0


@pytest.mark.parametrize("discount", [0, 10, 25])
def test_the_discount_lowers_the_tax(discount):
    cart = Cart(discount_percent=Decimal(discount))
    cart.add(MUG, 2)
    net = 2000 * (100 - discount) // 100
    assert cart.total() == Money(net + net * 19 // 100), "tax must be on the discounted price"


def test_an_order_holds_stock_until_it_ships():
    stock = Stock()
    stock.receive("mug", 5)
    orders = Orders(stock)
    cart = Cart()
    cart.add(MUG, 5)
    order = orders.place("ada", cart)
    assert stock.free("mug") == 0
    orders.pay(order.order_id, order.total)
    assert orders.ship(order.order_id).status is Status.SHIPPED
    with pytest.raises(WrongStatus):
        orders.cancel(order.order_id)


def test_an_order_that_cannot_be_filled_holds_nothing():
    stock = Stock()
    stock.receive("mug", 5)
    cart = Cart()
    cart.add(MUG, 2)
    cart.add(BOOK)
    with pytest.raises(OutOfStock):
        Orders(stock).place("ada", cart)
    assert stock.free("mug") == 5
