"""Cargo, nextest, TAP and VSTest."""

from __future__ import annotations

import pytest

from aicontext.engine.condense.testlog.reading import lines_of, read

CARGO = """\
   Compiling shop v0.1.0 (/src/shop)
     Running unittests src/lib.rs (target/debug/deps/shop-1f2e)

running 3 tests
test cart::tests::starts_empty ... ok
test cart::tests::is_slow ... ignored
test cart::tests::adds_tax ... FAILED

failures:

---- cart::tests::adds_tax stdout ----
thread 'cart::tests::adds_tax' panicked at src/cart.rs:31:9:
assertion `left == right` failed: tax is missing
  left: 100
 right: 119
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    cart::tests::adds_tax

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass `--lib`
"""

NEXTEST = """\
    Starting 2 tests across 1 binary
        PASS [   0.005s] shop cart::tests::starts_empty
        FAIL [   0.006s] shop cart::tests::adds_tax

--- STDERR:              shop cart::tests::adds_tax ---
thread 'cart::tests::adds_tax' panicked at src/cart.rs:31:9:
assertion `left == right` failed
  left: 100
 right: 119

------------
     Summary [   0.011s] 2 tests run: 1 passed, 1 failed, 0 skipped
"""

TAP = """\
TAP version 13
ok 1 - starts empty
not ok 2 - adds the tax
  ---
  operator: equal
  expected: 119
  actual: 100
  ...
ok 3 - is slow # SKIP
1..3
# tests 3
# pass 1
# fail 1
"""

VSTEST = """\
  Passed Shop.CartTests.StartsEmpty [3 ms]
  Failed Shop.CartTests.AddsTax [12 ms]
  Error Message:
   Assert.Equal() Failure: Values differ
Expected: 119
Actual:   100
  Stack Trace:
     at Shop.CartTests.AddsTax() in /src/CartTests.cs:line 31
Failed!  - Failed:     1, Passed:     1, Skipped:     0, Total:     2, Duration: 15 ms
"""

CASES = [
    (CARGO, "cart::tests::adds_tax", 2),
    (NEXTEST, "shop cart::tests::adds_tax", 1),
    (TAP, "adds the tax", 2),
    (VSTEST, "Shop.CartTests.AddsTax", 1),
]


@pytest.mark.parametrize(("text", "name", "others"), CASES)
def test_name_values_and_counts(text: str, name: str, others: int) -> None:
    lines = lines_of(text)
    report = read(lines)
    assert [one.name for one in report.failures] == [name]
    body = "\n".join(lines[at] for a, b in report.failures[0].bodies for at in range(a, b))
    assert "100" in body
    assert "119" in body
    assert sum(one.tests for one in report.passed.values()) == others
    assert report.summary
