"""Bun, Node, Deno, Playwright, and what passing runs of Jest and Vitest print."""

from __future__ import annotations

import pytest
from counts import pieces_of_six as count
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Kind, Level
from aicontext.engine.condense.testlog.condenser import TestLogCondenser
from aicontext.engine.condense.testlog.reading import lines_of, read
from aicontext.engine.detect.detector import detect
from aicontext.engine.plan import show

NAMES = [f"cart > keeps the price of item {number} for a while" for number in range(12)]
BUN = "bun test v1.3.1 (89fa0f34)\n\n"
BUN_FAILS = (
    BUN
    + """\
src/cart.test.ts:
(pass) cart > starts empty [0.52ms]
(skip) cart > syncs
12 | test("adds", () => {
13 |   expect(total([1, 2])).toBe(4);
                             ^
error: expect(received).toBe(expected)

Expected: 4
Received: 3

      at <anonymous> (/app/src/cart.test.ts:13:25)
(fail) cart > adds [1.20ms]
(pass) cart > empties [0.10ms]

 2 pass
 1 skip
 1 fail
 3 expect() calls
Ran 4 tests across 1 file. [23.00ms]
"""
)
BUN_OLD_FAILS = BUN_FAILS.replace("v1.3.1 (89fa0f34)", "v0.8.1").replace("(pass)", "✓")
BUN_OLD_FAILS = BUN_OLD_FAILS.replace("(fail)", "✗").replace("(skip)", "»")
NODE_FAILS = """\
▶ cart
  ✔ starts empty (0.61ms)
  ﹣ syncs (0.10ms) # SKIP
  ✖ adds (1.33ms)
▶ cart (2.91ms)

ℹ tests 3
ℹ suites 1
ℹ pass 1
ℹ fail 1
ℹ duration_ms 81.2

✖ failing tests:

test at cart.test.js:12:3
✖ adds (1.33ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

  3 !== 4

      at TestContext.<anonymous> (file:///app/cart.test.js:13:10)
"""
DENO_FAILS = """\
running 2 tests from ./cart_test.ts
starts empty ... ok (1ms)
adds ... FAILED (3ms)

 ERRORS

adds => ./cart_test.ts:12:6
error: AssertionError: Values are not equal.

-   3
+   4

  at assertEquals (file:///app/cart_test.ts:13:3)

 FAILURES

adds => ./cart_test.ts:12:6

FAILED | 1 passed | 1 failed (11ms)
"""
PLAYWRIGHT_FAILS = """\
Running 2 tests using 1 worker

  ✓  1 [chromium] › shop.spec.ts:3:1 › starts empty (1.2s)
  ✘  2 [chromium] › shop.spec.ts:9:1 › adds (5.3s)


  1) [chromium] › shop.spec.ts:9:1 › adds ──────────────────────

    Error: expect(locator).toHaveText(expected)

    Expected string: "4"
    Received string: "3"

        at /app/shop.spec.ts:13:25

  1 failed
    [chromium] › shop.spec.ts:9:1 › adds
  1 passed (8.1s)
"""
FAILING = [
    (BUN_FAILS, "cart > adds", ("Expected: 4", "Received: 3"), 3),
    (BUN_OLD_FAILS, "cart > adds", ("Expected: 4", "Received: 3"), 3),
    (NODE_FAILS, "adds", ("  3 !== 4",), 2),
    (DENO_FAILS, "adds", ("+   4",), 1),
    (PLAYWRIGHT_FAILS, "shop.spec.ts:9:1 › adds", ('    Received string: "3"',), 1),
]


def passing(heading: str, line: str, totals: str) -> str:
    return heading + "".join(f"{line.format(name=name)}\n" for name in NAMES) + totals


BUN_TOTALS = "\n 12 pass\n 0 fail\n 30 expect() calls\nRan 12 tests across 1 file. [9.00ms]\n"
PASSING = [
    passing(BUN + "src/cart.test.ts:\n", "(pass) {name} [0.52ms]", BUN_TOTALS),
    passing(BUN + "src/cart.test.ts:\n", "✓ {name} [0.52ms]", BUN_TOTALS),
    passing("", "✔ {name} (0.6123ms)", "ℹ tests 12\nℹ pass 12\nℹ fail 0\n"),
    passing("", "{name} ... ok (4ms)", "\nok | 12 passed | 0 failed (51ms)\n"),
    passing(
        "Running 12 tests using 4 workers\n\n",
        "  ✓  3 [firefox] › cart.spec.ts:3:1 › {name} (1.2s)",
        "\n  12 passed (9.1s)\n",
    ),
    passing(
        "Running 12 tests using 4 workers\n\n",
        "  ok 3 [firefox] › cart.spec.ts:3:1 › {name} (1.2s)",
        "\n  12 passed (9.1s)\n",
    ),
]


def condensed(text: str) -> str:
    found = TestLogCondenser().condense(text, Ask(), count)
    assert found is not None
    assert found.level is Level.CONDENSED
    return found.text


@pytest.mark.parametrize(("text", "name", "values", "others"), FAILING)
def test_a_failure_has_its_name_and_report(
    text: str, name: str, values: tuple[str, ...], others: int
) -> None:
    lines = lines_of(text)
    report = read(lines)
    (failure,) = (one for one in report.failures if one.bodies)
    assert name in failure.name
    body = [lines[at] for first, last in failure.bodies for at in range(first, last)]
    assert set(values) <= set(body)
    assert sum(one.tests for one in report.passed.values()) == others
    assert detect(text).kind is Kind.TEST


@pytest.mark.parametrize("text", PASSING)
def test_a_passing_run_becomes_its_totals(text: str) -> None:
    shown = condensed(text)
    assert "12 passed" in shown
    assert NAMES[5] not in shown
    assert count(shown) < count(text) / 3
    assert detect(text).kind is Kind.TEST


@pytest.mark.parametrize("text", [text for text, *_ in FAILING] + PASSING)
def test_totals_stay(text: str) -> None:
    lines = lines_of(text)
    shown = show(text * 3, Ask(), count).rendition.text
    assert all(lines[at] in shown for at in read(lines).summary)


def bun_printing(*printed: str, verdict: str = "(pass)") -> str:
    run = "".join(f"{line}\n" for line in printed)
    tests = "".join(f"(pass) {name} [1.00ms]\n" for name in NAMES)
    return f"{BUN}src/cart.test.ts:\n{run}{verdict} cart > speaks [1.00ms]\n{tests}{BUN_TOTALS}"


def test_what_passed_tests_print_is_counted_but_for_trouble() -> None:
    shown = condensed(
        bun_printing("loading the cart", "Warning: no cache", "error: no such cart", "done")
    )
    assert "loading the cart" not in shown
    assert "Warning: no cache\nerror: no such cart\n[… " in shown
    assert "output of passed tests" in shown


def test_what_a_failed_test_prints_stays() -> None:
    shown = condensed(bun_printing("loading the cart", "error: three", verdict="(fail)"))
    assert "src/cart.test.ts:\nloading the cart\nerror: three\n(fail) cart > speaks" in shown


def test_coverage_stays() -> None:
    table = "-----|---|----\nFile | % | Lines\n src/cart.ts | 80.00 | 12-14\n-----|---|----\n"
    shown = condensed(bun_printing().replace("\n 12 pass", f"{table}\n 12 pass"))
    assert " src/cart.ts | 80.00 | 12-14" in shown


def test_a_file_that_could_not_be_loaded_is_a_failure() -> None:
    text = bun_printing().replace(
        "src/cart.test.ts:\n",
        "src/till.test.ts:\n\n# Unhandled error between tests\n"
        "-------------------------------\nerror: Cannot find module 'x' from '/app/till.ts'\n"
        "-------------------------------\n\nsrc/cart.test.ts:\n",
    )
    shown = condensed(text)
    assert "src/till.test.ts:" in shown
    assert "error: Cannot find module 'x' from '/app/till.ts'" in shown


def test_jest_counts_files_whose_tests_it_does_not_list() -> None:
    files = "".join(f"PASS src/shop/part_{i}.test.ts (5.{i} s)\n" for i in range(9))
    printed = "  console.log\n    loading the cart\n\n      at log (src/cart.ts:3:1)\n\n"
    totals = "Test Suites: 9 passed, 9 total\nTests:       40 passed, 40 total\nTime:   4 s\n"
    shown = condensed(files + printed + files + totals)
    assert "18 files passed; output of passed tests" in shown
    assert "loading the cart" not in shown


def test_vitest_counts_the_tests_of_files_and_keeps_what_a_failing_run_prints() -> None:
    files = "".join(f" ✓ src/shop/part_{i}.test.ts (3 tests) 5ms\n" for i in range(9))
    printed = "stdout | src/cart.test.ts > cart > speaks\nloading the cart\n\n"
    totals = "\n Test Files  9 passed (9)\n      Tests  27 passed (27)\n"
    shown = condensed(printed + files + totals)
    assert "27 passed: src/shop/part_0.test.ts 3, part_1.test.ts 3" in shown
    assert "loading the cart" not in shown
    failing = " FAIL  src/till.test.ts > till > opens\nAssertionError: expected 1 to be 2\n\n"
    assert "loading the cart" in condensed(printed + files + failing + totals)


def test_runs_of_several_tasks_are_read_apart() -> None:
    first, second = (BUN_FAILS.split("\n"), PASSING[0].split("\n"))
    turns = [
        f"{task} test: {line}".rstrip(" ")
        for pair in zip(first, second[: len(first)], strict=False)
        for task, line in zip(("@shop/cart", "till"), pair, strict=True)
    ]
    shown = condensed("\n".join(turns))
    assert shown.startswith("@shop/cart test:\n")
    assert "Expected: 4\nReceived: 3" in shown
    assert "(fail) cart > adds [1.20ms]" in shown
    assert detect("\n".join(turns)).kind is Kind.TEST


@given(
    st.lists(
        st.sampled_from(
            [*(f"(pass) {name} [1.00ms]" for name in NAMES), "chatter", "error: odd", "Warning: w"]
        ),
        max_size=60,
    ),
    st.booleans(),
)
def test_every_line_is_shown_or_counted(lines: list[str], fails: bool) -> None:
    printed = [*lines, "(fail) cart > adds" if fails else "(pass) cart > adds"]
    text = f"{BUN}src/cart.test.ts:\n" + "\n".join(printed) + BUN_TOTALS
    report = read(text.split("\n"))
    assert not report.told & report.passed.keys()
    assert bool(report.failures) is fails
    passed = sum(one.tests for one in report.passed.values())
    assert passed == sum(line.startswith("(pass)") for line in printed)
    found = TestLogCondenser().condense(text, Ask(), count)
    shown = found.text if found else text
    assert ("error: odd" in shown) is ("error: odd" in lines)
    assert ("Warning: w" in shown) is ("Warning: w" in lines)


def test_much_trouble_that_is_alike_is_told_once() -> None:
    text = bun_printing(*(f"error: no till {number}" for number in range(400)))
    shown = show(text, Ask(), count)
    assert shown.rendition.level is Level.CONDENSED
    assert shown.tokens < shown.original_tokens / 10
