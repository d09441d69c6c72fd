"""pytest's report, and sympy's."""

from __future__ import annotations

from aicontext.engine.condense.testlog.reading import lines_of, read
from aicontext.engine.condense.testlog.report import Report

RUN = """\
============================= test session starts ==============================
platform linux -- Python 3.12.1, pytest-8.3.0, pluggy-1.5.0
collected 6 items

tests/test_mail.py ..s                                                   [ 50%]
tests/test_cart.py F.E                                                   [100%]

==================================== ERRORS ====================================
_________________________ ERROR at setup of test_ship __________________________
tests/conftest.py:9: in parcel
    return Parcel(weight=None)
E   ValueError: a parcel needs a weight
=================================== FAILURES ===================================
_________________________ TestCart.test_total[eur - 2] _________________________

self = <test_cart.TestCart object at 0x7f3a>

    def test_total(self):
>       assert total([10, 5]) == 14
E       AssertionError: the tax is missing
E       assert 15 == 14

tests/test_cart.py:12: AssertionError
----------------------------- Captured stdout call -----------------------------
rates from cache
=============================== warnings summary ===============================
tests/test_mail.py::test_send
  /src/mail.py:4: DeprecationWarning: use send_all
    warnings.warn("use send_all", DeprecationWarning)

-- Docs: https://docs.pytest.org/en/stable/how-to/capture-warnings.html
=========================== short test summary info ============================
FAILED tests/test_cart.py::TestCart::test_total[eur - 2] - AssertionError: the...
ERROR tests/test_cart.py::test_ship - ValueError: a parcel needs a weight
============== 1 failed, 3 passed, 1 skipped, 1 error in 0.12s =================
"""

VERBOSE = """\
tests/test_a.py::test_one PASSED                                         [ 25%]
tests/test_a.py::test_two[a b] PASSED                                    [ 50%]
tests/test_b.py::test_three SKIPPED (no network)                         [ 75%]
tests/test_b.py::test_four FAILED                                        [100%]
========================= 1 failed, 2 passed, 1 skipped in 0.02s =================
"""

INNER = """\
============================= test session starts ==============================
==================================== PASSES ====================================
_________________________________ test_outer ___________________________________
----------------------------- Captured stdout call -----------------------------
============================= test session starts ==============================
=================================== FAILURES ===================================
___________________________________ test_x _____________________________________
E       assert 1 == 2
=========================== short test summary info ============================
FAILED test_inner.py::test_x - assert 1 == 2
============================== 1 failed in 0.01s ===============================
_________________________________ test_other ___________________________________
----------------------------- Captured stdout call -----------------------------
hello
=========================== short test summary info ============================
PASSED tests/test_plugin.py::test_outer
PASSED tests/test_plugin.py::test_other
============================== 2 passed in 0.10s ===============================
"""

SYMPY = """\
pkg/tests/test_sets.py[3]
test_union ok
test_power numpy not installed. s
test_image F                                                              [FAIL]

________________________________________________________________________________
___________________ pkg/tests/test_sets.py:test_image ____________________
Traceback (most recent call last):
  File "/src/pkg/tests/test_sets.py", line 8, in test_image
    assert image(2) == 4
AssertionError
============= tests finished: 1 passed, 1 failed, 1 skipped, in 0.20 seconds =============
"""


def report_of(text: str) -> tuple[list[str], Report]:
    lines = lines_of(text)
    return lines, read(lines)


def bodies(lines: list[str], report: Report) -> dict[str, str]:
    return {
        one.name: "\n".join("\n".join(lines[a:b]) for a, b in one.bodies) for one in report.failures
    }


def test_names_come_from_the_summary_and_reports_from_their_headings() -> None:
    found = bodies(*report_of(RUN))
    assert list(found) == [
        "tests/test_cart.py::TestCart::test_total[eur - 2]",
        "tests/test_cart.py::test_ship",
    ]
    assert "assert 15 == 14" in found["tests/test_cart.py::TestCart::test_total[eur - 2]"]
    assert "a parcel needs a weight" in found["tests/test_cart.py::test_ship"]


def test_progress_lines_with_failures_are_not_counted_as_passes() -> None:
    lines, report = report_of(RUN)
    assert [lines[at].split()[0] for at in report.passed] == ["tests/test_mail.py"]


def test_verbose_lines() -> None:
    _, report = report_of(VERBOSE)
    assert [one.name for one in report.failures] == ["tests/test_b.py::test_four"]
    verdicts = [(one.file, one.verdict) for one in report.passed.values()]
    assert verdicts == [
        ("tests/test_a.py", "passed"),
        ("tests/test_a.py", "passed"),
        ("tests/test_b.py", "skipped"),
    ]


def test_a_run_inside_a_tests_output_is_told_apart() -> None:
    _, report = report_of(INNER)
    assert [(one.name, one.inner) for one in report.failures] == [("test_inner.py::test_x", True)]


def test_sympy() -> None:
    lines, report = report_of(SYMPY)
    (failure,) = report.failures
    assert failure.name == "pkg/tests/test_sets.py:test_image"
    assert "assert image(2) == 4" in bodies(lines, report)[failure.name]
    assert sum(one.tests for one in report.passed.values()) == 2
    assert report.summary
