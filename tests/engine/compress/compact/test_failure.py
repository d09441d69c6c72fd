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
    assert told("make test", "starting", line, "bye") == [line]


def test_no_failure_is_told_by_success_or_by_shown_files() -> None:
    assert told("make test", "0 failed, 12 passed", "no errors", "exit code: 0") == []
    assert told("sed -n '1,9p' errors.py", "ValueError: bad") == []


def test_a_result_that_is_marked_as_failed_tells_with_its_last_line() -> None:
    messages = [
        Message(Role.TOOL_CALL, "{}", "Read"),
        Message(Role.TOOL_RESULT, "one\nno such page", "Read", failed=True),
    ]
    failure = last_failure(Session.of(messages))
    assert failure
    assert failure.lines == (2,)
