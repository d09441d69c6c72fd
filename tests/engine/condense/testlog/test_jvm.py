"""Maven Surefire and Gradle."""

from __future__ import annotations

from aicontext.engine.condense.testlog.reading import lines_of, read

SUREFIRE = """\
[INFO] Running shop.MailTest
[INFO] Tests run: 7, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.101 s - in shop.MailTest
[INFO] Running shop.CartTest
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 1 s <<< FAILURE! - in Cart
[ERROR] addsTax(shop.CartTest)  Time elapsed: 0.011 s  <<< FAILURE!
java.lang.AssertionError:

Expected: <119>
     but: was <100>
\tat org.hamcrest.MatcherAssert.assertThat(MatcherAssert.java:20)
\tat shop.CartTest.addsTax(CartTest.java:31)

[INFO]
[INFO] Results:
[INFO]
[ERROR] Failures:
[ERROR]   CartTest.addsTax:31
Expected: <119>
     but: was <100>
[INFO]
[ERROR] Tests run: 10, Failures: 1, Errors: 0, Skipped: 0
[INFO]
[INFO] BUILD FAILURE
"""

GRADLE = """\
> Task :compileJava UP-TO-DATE
> Task :test

CartTest > startsEmpty() PASSED

CartTest > addsTax() FAILED
    org.opentest4j.AssertionFailedError: expected: <119> but was: <100>
        at app//shop.CartTest.addsTax(CartTest.java:31)

3 tests completed, 1 failed

> Task :test FAILED

FAILURE: Build failed with an exception.

* What went wrong:
Execution failed for task ':test'.
"""


def test_surefire_keeps_a_message_with_blank_lines_whole() -> None:
    lines = lines_of(SUREFIRE)
    report = read(lines)
    assert [one.name for one in report.failures] == ["addsTax(shop.CartTest)"]
    body = [lines[at] for a, b in report.failures[0].bodies for at in range(a, b)]
    assert "Expected: <119>" in body
    assert "\tat shop.CartTest.addsTax(CartTest.java:31)" in body


def test_surefire_counts_classes_without_failures() -> None:
    passed = [one for one in read(lines_of(SUREFIRE)).passed.values() if one.tests]
    assert [(one.file, one.tests) for one in passed] == [("shop.MailTest", 7)]


def test_surefire_totals_come_with_the_list_of_failures() -> None:
    lines = lines_of(SUREFIRE)
    shown = [lines[at] for at in read(lines).summary]
    assert "[ERROR]   CartTest.addsTax:31" in shown
    assert shown[-1] == "[ERROR] Tests run: 10, Failures: 1, Errors: 0, Skipped: 0"


def test_gradle() -> None:
    lines = lines_of(GRADLE)
    report = read(lines)
    assert [one.name for one in report.failures] == ["CartTest > addsTax()"]
    body = [lines[at] for a, b in report.failures[0].bodies for at in range(a, b)]
    assert any("expected: <119> but was: <100>" in line for line in body)
    assert not any("What went wrong" in line for line in body)
    assert sum(one.tests for one in report.passed.values()) == 1
