from __future__ import annotations

import pytest

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.failure import last_failure
from aicontext.engine.compress.compact.session import Session


def told(command: str, *lines: str) -> list[str]:
    session = Session.of(
        [
            Message(Role.TOOL_CALL, command, "Bash"),
            Message(Role.TOOL_RESULT, "\n".join(lines), "Bash"),
        ]
    )
    failure = last_failure(session)
    return [session.texts[line] for line in failure.lines] if failure else []


@pytest.mark.parametrize(
    "line",
    [
        "E   assert 1 == 2",
        "ValueError: bad",
        "FAILED tests/a.py::b",
        "src/a.ts(3,1): error TS2304: Cannot find name",
        "error[E0308]: mismatched types",
        "Process exited with code 2",
        "3 failed, 2 passed",
        "bash: foo: command not found",
    ],
)
def test_lines_that_tell_of_a_failure(line: str) -> None:
    around = [f"step {n}" for n in range(6)]
    found = told("make test", *around[:3], line, *around[3:])
    assert found == ["step 4", "step 3", line, "step 2", "step 1"]


def test_no_failure_is_told_by_success_or_by_shown_files() -> None:
    assert told("make test", "0 failed, 12 passed", "no errors", "exit code: 0") == []
    assert told("sed -n '1,9p' errors.py", "ValueError: bad") == []


def test_a_result_that_is_marked_as_failed_tells_from_its_last_line() -> None:
    messages = [
        Message(Role.TOOL_CALL, "{}", "Read"),
        Message(Role.TOOL_RESULT, "one\nno such page", "Read", failed=True),
    ]
    failure = last_failure(Session.of(messages))
    assert failure
    assert failure.lines == (2, 1)


RUN = """\
============================= test session starts ==============================
collected 3 items

tests/test_bill.py::test_rounds PASSED                                   [ 33%]
tests/test_bill.py::test_adds FAILED                                     [ 66%]
tests/test_bill.py::test_prints PASSED                                   [100%]

=================================== FAILURES ===================================
__________________________________ test_adds ___________________________________

    def test_adds():
        bill = Bill()
        bill.add(12)
>       assert bill.total == 12, "a bill adds what it is given"
E       AssertionError: a bill adds what it is given
E       assert 13 == 12
E        +  where 13 = Bill(13).total

tests/test_bill.py:9: AssertionError
=========================== short test summary info ============================
FAILED tests/test_bill.py::test_adds - AssertionError: a bill adds what it is given
========================= 1 failed, 2 passed in 0.02s =========================="""

TOTALS = "============================== 3 passed in 0.01s ==============================="


def run(text: str, command: str = "pytest -v") -> list[Message]:
    call = Message(Role.TOOL_CALL, f'{{"command": "{command}"}}', "Bash")
    return [call, Message(Role.TOOL_RESULT, text, "Bash")]


def test_a_failing_test_tells_its_name_its_message_what_it_compared_and_its_place_first() -> None:
    session = Session.of(run(RUN))
    failure = last_failure(session)
    assert failure
    first = [session.texts[line].split()[0:3] for line in failure.lines[:4]]
    assert first == [
        ["tests/test_bill.py::test_adds", "FAILED", "["],
        ["E", "AssertionError:", "a"],
        ["E", "assert", "13"],
        ["tests/test_bill.py:9:", "AssertionError"],
    ]


def test_passed_tests_are_no_part_of_an_error() -> None:
    session = Session.of(run(RUN))
    failure = last_failure(session)
    assert failure
    assert [session.texts[line].split()[0] for line in sorted(failure.passed)] == [
        "tests/test_bill.py::test_rounds",
        "tests/test_bill.py::test_prints",
    ]
    assert not failure.passed.intersection(failure.lines)


@pytest.mark.parametrize(
    ("later", "totals"),
    [
        (run(TOTALS), "3 passed in 0.01s"),
        (run("done"), ""),
        (run(""), ""),
        (run(TOTALS, "pytest -v tests/other"), None),
        ([Message(Role.TOOL_RESULT, TOTALS, "Bash")], None),
        ([], None),
    ],
)
def test_a_later_run_of_the_same_command_ends_an_error(
    later: list[Message], totals: str | None
) -> None:
    failure = last_failure(Session.of([*run(RUN), *later]))
    assert failure
    assert (failure.rerun.totals if failure.rerun else None) == totals
