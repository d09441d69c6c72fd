"""go test: plain, -v and -json."""

from __future__ import annotations

import json

from aicontext.engine.condense.testlog.reading import lines_of, read

PLAIN = """\
=== RUN   TestOpen
--- PASS: TestOpen (0.00s)
=== RUN   TestTotal
=== RUN   TestTotal/with_tax
    cart_test.go:21: total = 100, want 119
=== RUN   TestTotal/without_tax
--- FAIL: TestTotal (0.00s)
    --- FAIL: TestTotal/with_tax (0.00s)
    --- PASS: TestTotal/without_tax (0.00s)
FAIL
FAIL\texample.com/shop/cart\t0.012s
ok  \texample.com/shop/mail\t0.004s
?   \texample.com/shop/cmd\t[no test files]
"""

PANIC = """\
--- FAIL: TestIndex (0.00s)
panic: runtime error: index out of range [3] with length 3 [recovered]

goroutine 7 [running]:
example.com/shop/cart.pick(...)
\t/src/cart/pick.go:9
testing.tRunner(0xc0001, 0x5)
\t/usr/local/go/src/testing/testing.go:1595 +0xff
FAIL\texample.com/shop/cart\t0.010s
"""

BUILD = """\
# example.com/shop/cart [example.com/shop/cart.test]
./pick.go:9:2: undefined: helper
FAIL\texample.com/shop/cart [build failed]
"""


def names(text: str) -> list[str]:
    return [one.name for one in read(lines_of(text)).failures]


def body(text: str, name: str) -> list[str]:
    lines = lines_of(text)
    (failure,) = [one for one in read(lines).failures if one.name == name]
    return [lines[at] for a, b in failure.bodies for at in range(a, b)]


def test_subtests_and_their_output() -> None:
    assert names(PLAIN) == ["TestTotal", "TestTotal/with_tax"]
    assert "    cart_test.go:21: total = 100, want 119" in body(PLAIN, "TestTotal/with_tax")


def test_packages_without_failures_are_counted() -> None:
    counted = [one.verdict for one in read(lines_of(PLAIN)).passed.values() if one.tests]
    assert counted.count("packages without failures") == 2
    assert counted.count("passed") == 2


def test_a_panic_belongs_to_the_test_before_it() -> None:
    assert names(PANIC) == ["TestIndex"]
    assert any("index out of range" in line for line in body(PANIC, "TestIndex"))


def test_a_package_that_does_not_build_is_a_failure() -> None:
    assert names(BUILD) == ["example.com/shop/cart"]
    assert "./pick.go:9:2: undefined: helper" in body(BUILD, "example.com/shop/cart")


def test_events_are_read_as_their_output() -> None:
    events = [
        {"Action": "run", "Package": "p", "Test": "TestA"},
        {"Action": "output", "Package": "p", "Test": "TestA", "Output": "=== RUN   TestA\n"},
        {"Action": "output", "Package": "p", "Test": "TestB", "Output": "=== RUN   TestB\n"},
        {"Action": "output", "Package": "p", "Test": "TestA", "Output": "    a_test.go:3: odd\n"},
        {"Action": "output", "Package": "p", "Test": "TestA", "Output": "--- FAIL: TestA (0.0s)\n"},
        {"Action": "output", "Package": "p", "Test": "TestB", "Output": "--- PASS: TestB (0.0s)\n"},
    ]
    text = "\n".join(json.dumps(event) for event in events)
    assert names(text) == ["TestA"]
    assert "    a_test.go:3: odd" in body(text, "TestA")
