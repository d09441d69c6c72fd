"""unittest's report."""

from __future__ import annotations

from aicontext.engine.condense.testlog.reading import lines_of, read

RUN = """\
test_adds_tax (shop.tests.CartTests) ... FAIL
test_is_empty (shop.tests.CartTests)
A new cart holds nothing. ... ok
test_ships (shop.tests.CartTests) ... skipped 'no network'

======================================================================
FAIL: test_adds_tax (shop.tests.CartTests) (rate=19)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/src/shop/tests.py", line 31, in test_adds_tax
    self.assertEqual(gross(100), 119)
AssertionError: 100 != 119

======================================================================
FAIL: test_adds_tax (shop.tests.CartTests) (rate=7)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/src/shop/tests.py", line 31, in test_adds_tax
    self.assertEqual(gross(100), 107)
AssertionError: 100 != 107

----------------------------------------------------------------------
Ran 3 tests in 0.004s

FAILED (failures=2, skipped=1)
"""


def test_subtests_are_reports_of_one_test() -> None:
    lines = lines_of(RUN)
    (failure,) = read(lines).failures
    assert failure.name == "test_adds_tax (shop.tests.CartTests)"
    assert len(failure.bodies) == 2
    shown = "\n".join("\n".join(lines[a:b]) for a, b in failure.bodies)
    assert "100 != 119" in shown
    assert "100 != 107" in shown
    assert "Ran 3 tests" not in shown


def test_a_docstring_on_its_own_line_is_part_of_its_test() -> None:
    report = read(lines_of(RUN))
    assert sum(one.tests for one in report.passed.values()) == 2
    assert {one.file for one in report.passed.values()} == {"shop.tests.CartTests"}
    assert len(report.passed) == 3


def test_totals() -> None:
    lines = lines_of(RUN)
    shown = [lines[at] for at in read(lines).summary]
    assert shown == ["Ran 3 tests in 0.004s", "FAILED (failures=2, skipped=1)"]
