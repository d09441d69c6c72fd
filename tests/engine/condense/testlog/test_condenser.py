"""What the condenser of test logs promises, whatever the log."""

from __future__ import annotations

import pytest
from counts import pieces_of_six as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.testlog.condenser import TestLogCondenser

ASK = Ask()
CONDENSER = TestLogCondenser()


def run(passed: int, failed: int, width: int = 10) -> str:
    """A pytest -v log."""
    heads = [f"tests/test_{i % 7}.py::test_case_{i} PASSED  [ 50%]" for i in range(passed)]
    blocks: list[str] = []
    listed: list[str] = []
    for i in range(failed):
        blocks += [
            f"{'_' * 20} test_bad_{i} {'_' * 20}",
            "",
            f"    def test_bad_{i}():",
            f">       assert f({i}) == {i + 1000}",
            f"E       AssertionError: case {i} {'x' * width}",
            f"E       assert {i} == {i + 1000}",
            "",
            f"tests/test_bad.py:{i + 10}: AssertionError",
        ]
        listed.append(f"FAILED tests/test_bad.py::test_bad_{i} - AssertionError: case...")
    return "\n".join(
        [
            "=" * 20 + " test session starts " + "=" * 20,
            *heads,
            "=" * 20 + " FAILURES " + "=" * 20,
            *blocks,
            "=" * 20 + " short test summary info " + "=" * 20,
            *listed,
            f"{'=' * 20} {failed} failed, {passed} passed in 1.00s {'=' * 20}",
        ]
    )


def condensed(text: str) -> str:
    found = CONDENSER.condense(text, ASK, count)
    assert found is not None
    assert found.level is Level.CONDENSED
    return found.text


def excerpted(text: str, budget: int) -> str:
    found = CONDENSER.excerpt(text, ASK, budget, count)
    assert found is not None
    return found.text


def test_condensed_keeps_every_failure_and_little_else() -> None:
    text = run(2_000, 3)
    shown = condensed(text)
    for i in range(3):
        assert f"tests/test_bad.py::test_bad_{i}" in shown
        assert f"AssertionError: case {i}" in shown
        assert f"assert {i} == {i + 1000}" in shown
        assert f"tests/test_bad.py:{i + 10}" in shown
    assert "3 failed, 2000 passed" in shown
    assert "test_3.py 286" in shown
    assert count(shown) < count(text) / 25


def test_reports_alike_are_shown_once_with_their_errors() -> None:
    block = [
        *(f"  File '/src/a.py', step {i}" for i in range(12)),
        "E   KeyError: 'rates'",
    ]
    lines = ["=== FAILURES ==="]
    for name in ("test_a", "test_b"):
        lines += [f"______ {name} ______", *block]
    lines += ["=== 2 failed in 0.1s ==="]
    shown = condensed("\n".join(lines))
    assert shown.count("KeyError: 'rates'") == 2
    assert shown.count("step 5") == 1
    assert "as under test_a" in shown


def test_excerpt_has_all_names_and_errors_before_anything_else() -> None:
    text = run(300, 8)
    shown = excerpted(text, 400)
    for i in range(8):
        assert f"tests/test_bad.py::test_bad_{i}" in shown
        assert f"AssertionError: case {i}" in shown


def test_equal_errors_are_told_once() -> None:
    text = run(0, 0).replace(" 0 failed, 0 passed", " 9 failed, 0 passed")
    blocks = "\n".join(f"______ test_{i} ______\nE   OSError: disk full" for i in range(9))
    text = text.replace("= FAILURES " + "=" * 20, "= FAILURES " + "=" * 20 + "\n" + blocks)
    shown = excerpted(text, 200)
    assert shown.count("disk full") == 1
    assert all(f"test_{i}" in shown for i in range(9))


def test_a_name_in_a_class_is_not_repeated_with_its_class() -> None:
    lines: list[str] = []
    for name in ("test_a", "test_b", "test_c"):
        lines += ["=" * 70, f"ERROR: {name} (shop.tests.CartTests)", "-" * 70]
        lines += ["Traceback (most recent call last):", '  File "/a.py", line 1, in f', "    f()"]
        lines += ["OSError: disk full", ""]
    lines += ["-" * 70, "Ran 3 tests in 0.1s", "", "FAILED (errors=3)"]
    shown = excerpted("\n".join(lines), 120)
    assert "test_a, test_b, test_c (shop.tests.CartTests)" in shown


@pytest.mark.parametrize("text", ["", "hello", "a\nb\nc", "\x1b[31m", "\x00\ud800\n[… 3 lines]"])
def test_what_is_no_test_log_is_left_alone(text: str) -> None:
    assert CONDENSER.condense(text, ASK, count) is None
    assert CONDENSER.excerpt(text, ASK, 50, count) is None


def test_text_cannot_pose_as_a_mark() -> None:
    shown = condensed(run(500, 1).replace("case 0", "case [… 12 lines]"))
    marks = [line for line in shown.split("\n") if line.startswith("[…")]
    assert marks
    assert not any(line.startswith("[… ") for line in marks)


PIECES = st.sampled_from(
    [
        "=== FAILURES ===",
        "=== PASSES ===",
        "=== test session starts ===",
        "=== short test summary info ===",
        "=== warnings summary ===",
        "=== 1 failed, 2 passed in 0.1s ===",
        "____ test_a ____",
        "FAILED a.py::test_a - x",
        "PASSED a.py::test_b",
        "a.py::test_c PASSED [ 1%]",
        "E   ValueError: 1",
        "E   assert 1 == 2",
        "=" * 70,
        "FAIL: test_x (a.B)",
        "Ran 3 tests in 1s",
        "Traceback (most recent call last):",
        '  File "/a.py", line 3, in f',
        "    f()",
        "--- FAIL: TestA (0.0s)",
        "=== RUN   TestA",
        "FAIL\tpkg\t0.1s",
        "test a::b ... FAILED",
        "---- a::b stdout ----",
        "test result: FAILED. 1 failed",
        "not ok 1 - a",
        "[ERROR] a(b.C)  Time elapsed: 0.1 s  <<< FAILURE!",
        "Tests run: 1, Failures: 1, Errors: 0, Skipped: 0",
        "  ● a › b",
        "Test Suites: 1 failed",
        " FAIL  a.ts > b",
        "  1 failing",
        "  1) a",
        "\tat a.b(C.java:1)",
        "\x1b[31mx\x1b[0m\r",
        "",
    ]
)
LOGS = st.lists(PIECES | st.text(max_size=30), max_size=60).map("\n".join)


@settings(max_examples=250, deadline=None)
@given(LOGS, st.integers(0, 200))
def test_never_larger_never_over_budget_always_the_same(text: str, budget: int) -> None:
    full = CONDENSER.condense(text, ASK, count)
    assert full is None or count(full.text) < count(text)
    assert full == CONDENSER.condense(text, ASK, count)
    part = CONDENSER.excerpt(text, ASK, budget, count)
    assert part is None or count(part.text) <= budget
    assert part == CONDENSER.excerpt(text, ASK, budget, count)
