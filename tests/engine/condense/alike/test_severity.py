"""How much a line looks like trouble."""

from __future__ import annotations

import pytest

from aicontext.engine.condense.alike.severity import severity

MARKED = [
    "[ERROR] Failed to execute goal",
    "2024-05-01 10:00:00,123 ERROR shop.cart - no rates",
    "##[error]Process completed with exit code 1.",
    "error[E0382]: borrow of moved value: `cart`",
    "npm ERR! missing script: build",
    "FATAL: connection to the database was lost",
]
LIKELY = [
    "src/cart.ts(12,5): error TS2322: Type 'string' is not assignable",
    "cart.c:12:5: error: 'rates' undeclared",
    "java.lang.IllegalStateException: cart is closed",
    "ModuleNotFoundError: No module named 'rates'",
    "make: *** [all] Error 2",
]
CALM = [
    "Tests run: 12, Failures: 0, Errors: 0, Skipped: 0",
    "0 errors, 0 warnings",
    "INFO started in 12 ms",
    "git fetch --progress # timeout=10",
    "",
]


@pytest.mark.parametrize("line", MARKED)
def test_marked_errors_count_most(line: str) -> None:
    assert severity(line) == 3.0


@pytest.mark.parametrize("line", LIKELY)
def test_errors_without_a_level(line: str) -> None:
    assert 1.5 <= severity(line) <= 3.0


@pytest.mark.parametrize("line", CALM)
def test_calm_lines(line: str) -> None:
    assert severity(line) == 0.0


def test_warnings_lie_between() -> None:
    assert severity("WARN  cache is cold") == 1.0
