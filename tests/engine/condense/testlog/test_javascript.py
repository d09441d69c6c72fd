"""Jest, Vitest and Mocha."""

from __future__ import annotations

from aicontext.engine.condense.testlog.reading import lines_of, read

JEST = """\
PASS src/basket.test.ts
  basket
    ✓ adds an item (3 ms)
    ✓ removes an item (1 ms)
    ○ skipped empties itself
FAIL src/price.test.ts (5.123 s)
  price
    ✓ starts at zero (2 ms)
    ✕ adds the tax (4 ms)

  ● price › adds the tax

    expect(received).toBe(expected) // Object.is equality

    Expected: 119
    Received: 100

      12 |   it('adds the tax', () => {
    > 13 |     expect(gross(100)).toBe(119)
         |                        ^
      14 |   })

      at Object.<anonymous> (src/price.test.ts:13:24)
      at processTicksAndRejections (node:internal/process/task_queues:96:5)

Test Suites: 1 failed, 1 passed, 2 total
Tests:       1 failed, 1 skipped, 3 passed, 5 total
Snapshots:   0 total
Time:        6.01 s
"""

VITEST = """\
 ✓ src/basket.test.ts (3 tests) 5ms
 ❯ src/price.test.ts (2 tests | 1 failed) 9ms
   ✓ price > starts at zero 1ms
   × price > adds the tax 4ms
     → expected 100 to be 119 // Object.is equality

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  src/price.test.ts > price > adds the tax
AssertionError: expected 100 to be 119 // Object.is equality

- Expected
+ Received

- 119
+ 100

 ❯ src/price.test.ts:13:24
     12|   it('adds the tax', () => {
     13|     expect(gross(100)).toBe(119)

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯

 Test Files  1 failed | 1 passed (2)
      Tests  1 failed | 4 passed (5)
   Duration  512ms
"""

MOCHA = """\
  price
    ✓ starts at zero
    1) adds the tax
    ✓ rounds (12ms)


  2 passing (18ms)
  1 failing

  1) price
       adds the tax:

      AssertionError: expected 100 to equal 119
      + expected - actual

      -100
      +119

      at Context.<anonymous> (test/price.js:13:24)
      at processImmediate (node:internal/timers:476:21)
"""


def test_jest_names_the_failure_and_counts_the_rest() -> None:
    lines = lines_of(JEST)
    report = read(lines)
    (failure,) = report.failures
    assert failure.name in ("price › adds the tax", "adds the tax")
    names = {one.name for one in report.failures}
    assert "price › adds the tax" in names
    assert sum(one.tests for one in report.passed.values()) == 4
    assert [lines[at].split()[0] for at in report.summary][:2] == ["Test", "Tests:"]


def test_jest_report_ends_before_the_totals() -> None:
    lines = lines_of(JEST)
    body = [lines[at] for one in read(lines).failures for a, b in one.bodies for at in range(a, b)]
    assert "    Expected: 119" in body
    assert not any(line.startswith("Tests:") for line in body)


def test_vitest() -> None:
    lines = lines_of(VITEST)
    report = read(lines)
    assert [one.name for one in report.failures] == ["src/price.test.ts > price > adds the tax"]
    body = [lines[at] for a, b in report.failures[0].bodies for at in range(a, b)]
    assert "- 119" in body
    assert "+ 100" in body


def test_mocha_titles_are_joined() -> None:
    lines = lines_of(MOCHA)
    report = read(lines)
    assert [one.name for one in report.failures] == ["price adds the tax"]
    assert sum(one.tests for one in report.passed.values()) == 2
    assert len(report.summary) == 2
