"""Names as people write them, and what a repository leans on."""

from __future__ import annotations

import pytest
from corpora import corpus_of

from aicontext.engine.prioritize.repository.central import central
from aicontext.engine.prioritize.repository.symbols import find

FILES = {
    "shop/cart.py": "class Cart:\n    def total(self):\n        return tax_on(1)\n\n\n"
    "def total():\n    return Cart().total()\n",
    "shop/tax.py": "def tax_on(net):\n    return net\n\n\ndef never_used(net):\n    return net\n",
    "lib/tax.py": "class Rate:\n    def total(self):\n        return tax_on(2)\n",
}
CORPUS = corpus_of(FILES)


@pytest.mark.parametrize(
    ("symbol", "places"),
    [
        ("tax_on", ["shop/tax.py:tax_on"]),
        ("Cart.total", ["shop/cart.py:Cart.total"]),
        ("Cart::total", ["shop/cart.py:Cart.total"]),
        ("Cart#total", ["shop/cart.py:Cart.total"]),
        ("shop/cart.py::Cart::total", ["shop/cart.py:Cart.total"]),
        ("lib/tax.py:total", ["lib/tax.py:Rate.total"]),
        ("tax.py:2", ["lib/tax.py:Rate.total", "shop/tax.py:tax_on"]),
        ("total", ["shop/cart.py:total"]),
        ("art.py:total", []),
        ("nothing", []),
        ("", []),
        (":", []),
    ],
)
def test_a_symbol_stands_for_definitions(symbol: str, places: list[str]) -> None:
    assert [f"{one.path}:{one.symbol}" for one in find(symbol, CORPUS)] == places


def test_what_others_refer_to_comes_first() -> None:
    found = central(CORPUS)
    assert {one.path for one in found.files} == set(FILES)
    names = [one.place.symbol for one in found.definitions]
    assert names[0] == "tax_on"
    assert names.index("never_used") > names.index("Cart")
    assert found == central(corpus_of(dict(reversed(FILES.items()))))
    assert central(corpus_of({})).files == ()


def test_short_names_are_told_last_and_tests_where_there_is_nothing_else() -> None:
    corpus = corpus_of({"a.py": "def f(): 1\n", "tests/test_a.py": "def test_f(): f()\n"})
    assert [one.place.symbol for one in central(corpus).definitions] == ["f"]
    told = central(corpus, "tests/").definitions
    assert {one.place.symbol for one in told} == {"f", "test_f"}
