"""What the lines of a failure's report say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.condense.traces import Role, is_frame, is_library, roles

PYTHON = """\
Traceback (most recent call last):
  File "/usr/lib/python3.12/unittest/case.py", line 58, in run
    method()
  File "/src/shop/cart.py", line 9, in total
    return rates["eur"]
KeyError: 'eur'
"""

JAVA = """\
java.lang.IllegalStateException: cart is closed
\tat shop.Cart.add(Cart.java:31)
\tat java.base/java.lang.Thread.run(Thread.java:833)
Caused by: java.io.IOException: disk full
\tat shop.Disk.write(Disk.java:7)
\t... 12 more
"""

RUST = """\
thread 'main' panicked at src/cart.rs:31:9:
assertion `left == right` failed
  left: 100
 right: 119
"""

CSHARP = """\
System.InvalidOperationException: cart is closed
   at Shop.Cart.Add(Item item) in /src/Cart.cs:line 31
   at System.Linq.Enumerable.First[T](IEnumerable`1 source)
"""


def roles_of(text: str) -> list[Role]:
    return roles(text.rstrip("\n").split("\n"))


def test_python() -> None:
    library, place, source, error = Role.LIBRARY, Role.PLACE, Role.SOURCE, Role.ERROR
    assert roles_of(PYTHON) == [Role.NOISE, library, library, place, source, error]


def test_java() -> None:
    assert roles_of(JAVA) == [
        Role.ERROR,
        Role.PLACE,
        Role.LIBRARY,
        Role.ERROR,
        Role.PLACE,
        Role.LIBRARY,
    ]


def test_rust() -> None:
    found = roles_of(RUST)
    assert found[0] is Role.ERROR
    assert found[2:] == [Role.VALUE, Role.VALUE]


def test_csharp() -> None:
    assert roles_of(CSHARP) == [Role.ERROR, Role.PLACE, Role.LIBRARY]


def test_pytest_lines_after_the_first_are_values() -> None:
    lines = [">       assert a == b", "E       AssertionError: odd", "E       assert 1 == 2", ""]
    assert roles(lines) == [Role.SOURCE, Role.ERROR, Role.VALUE, Role.NOISE]


def test_the_first_line_is_the_message_where_none_looks_like_one() -> None:
    assert roles(["", "the cart is odd", "more"])[1] is Role.ERROR


def test_frames() -> None:
    assert is_frame("    at Object.<anonymous> (src/price.test.ts:13:24)")
    assert is_frame("\t/src/cart/pick.go:9 +0x1d")
    assert not is_frame("we meet at noon")
    assert is_library("    at f (/app/node_modules/express/lib/router.js:1:2)")


@given(st.lists(st.text(max_size=60), max_size=30))
def test_one_role_for_each_line(lines: list[str]) -> None:
    assert len(roles(lines)) == len(lines)
