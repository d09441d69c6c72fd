"""What a session's reads and edits tell of files, beside the files themselves."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.messages import Message, Role
from aicontext.domain.sessions.state import Span, spans, spelled
from aicontext.engine.compress.compact.session import pair
from aicontext.engine.state.files import Followed, followed, holds

BEFORE = "".join(f"line {n}\n" for n in range(1, 21))


def numbered(text: str, first: int = 1) -> str:
    return "\n".join(f"{n:6}\t{line}" for n, line in enumerate(text.splitlines(), first))


def session(*steps: tuple[str, dict[str, Any], str]) -> Followed:
    messages = []
    for number, (tool, given_, said) in enumerate(steps):
        failed = said.startswith("!")
        messages += [
            Message(Role.TOOL_CALL, json.dumps(given_), tool, str(number)),
            Message(Role.TOOL_RESULT, said, tool, str(number), failed),
        ]
    return followed(messages, pair(messages), "/made/up")


def agree(files: Followed, path: str, text: str) -> bool:
    found = files.spans(path)
    return bool(found) and all(holds(text, span) for span in found)


READ = ("Read", {"file_path": "/made/up/a.py"}, numbered(BEFORE))


def edit(old: str, new: str, said: str = "done", **more: Any) -> tuple[str, dict[str, Any], str]:
    return (
        "Edit",
        {"file_path": "/made/up/a.py", "old_string": old, "new_string": new, **more},
        said,
    )


def test_a_read_is_known_until_the_file_changes() -> None:
    files = session(READ)
    assert agree(files, "a.py", BEFORE)
    assert agree(files, "a.py", BEFORE.replace("\n", "\r\n"))
    assert not agree(files, "a.py", BEFORE.replace("line 7", "line x"))
    assert not agree(files, "a.py", BEFORE.replace("line 7\n", ""))


def test_of_a_part_that_was_read_the_rest_may_change() -> None:
    part = "\n".join(BEFORE.splitlines()[4:10])
    files = session(("Read", {"file_path": "a.py", "offset": 5, "limit": 6}, numbered(part, 5)))
    assert agree(files, "a.py", BEFORE.replace("line 20", "other"))
    assert not agree(files, "a.py", BEFORE.replace("line 6", "other"))


def test_an_edit_is_followed() -> None:
    files = session(READ, edit("line 7\nline 8\n", "one\ntwo\nthree\n"))
    after = BEFORE.replace("line 7\nline 8\n", "one\ntwo\nthree\n")
    assert agree(files, "a.py", after)
    assert not agree(files, "a.py", BEFORE)
    assert files.changed == {"a.py": 2}


def test_an_edit_that_failed_changed_nothing() -> None:
    files = session(READ, edit("line 7\n", "", "!not found"))
    assert agree(files, "a.py", BEFORE)
    assert files.changed == {}


def test_after_an_edit_elsewhere_nothing_is_claimed() -> None:
    assert session(READ, edit("not read", "x")).spans("a.py") == ()


def test_what_was_written_whole_ends_where_it_ends() -> None:
    files = session(("Write", {"file_path": "b.py", "content": "x = 1\n"}, "done"))
    assert agree(files, "b.py", "x = 1\n")
    assert not agree(files, "b.py", "x = 1\ny = 2\n")


def test_a_shell_prints_files() -> None:
    files = session(
        ("Bash", {"command": "cat a.py"}, BEFORE),
        ("Bash", {"command": "sed -n '2,3p' b.py"}, "two\nthree"),
        ("Bash", {"command": "cat c.py | head"}, "c"),
    )
    assert agree(files, "a.py", BEFORE)
    assert agree(files, "b.py", "one\ntwo\nthree\nfour\n")
    assert files.spans("c.py") == ()


PATCH = """*** Begin Patch
*** Add File: new.py
+x = 1
+y = 2
*** Update File: a.py
@@ def f
 line 6
-line 7
+seven
+and a half
 line 8
@@
-line 20
*** Delete File: old.py
*** End Patch"""


@pytest.mark.parametrize(
    "given_",
    [PATCH, json.dumps({"command": ["bash", "-lc", f"apply_patch <<'EOF'\n{PATCH}\nEOF"]})],
    ids=["alone", "in a shell"],
)
def test_a_patch_is_followed(given_: str) -> None:
    messages = [
        Message(Role.TOOL_CALL, json.dumps({"command": "cat a.py"}), "shell", "1"),
        Message(
            Role.TOOL_RESULT, f"Exit code: 0\nWall time: 0.1 s\nOutput:\n{BEFORE}", "shell", "1"
        ),
        Message(Role.TOOL_CALL, given_, "apply_patch", "2"),
        Message(Role.TOOL_RESULT, "Done!", "apply_patch", "2"),
    ]
    files = followed(messages, pair(messages), "/made/up")
    after = BEFORE.replace("line 7\n", "seven\nand a half\n").replace("line 20\n", "")
    assert agree(files, "a.py", after)
    assert not agree(files, "a.py", BEFORE)
    assert agree(files, "new.py", "x = 1\ny = 2\n")
    assert files.known["old.py"].gone


@given(
    st.lists(st.text("ab\n", min_size=1, max_size=30), min_size=1, max_size=4),
    st.lists(st.tuples(st.text("ab\n", min_size=1, max_size=4), st.text("abc\n", max_size=6))),
)
def test_edits_never_lead_to_a_wrong_claim(parts: list[str], edits: list[tuple[str, str]]) -> None:
    """Of what is claimed to stand there, all stands there."""
    text = "start\n" + "".join(parts).strip("\n") + "\nend\n"
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("Write", {"file_path": "a.py", "content": text}, "done")
    ]
    for old, new in edits:
        if text.count(old) == 1:
            text = text.replace(old, new)
            steps.append(edit(old, new))
    files = session(*steps)
    assert all(holds(text, span) for span in files.spans("a.py"))


@given(st.lists(st.builds(Span, st.integers(1, 9), st.integers(1, 9), st.just("0" * 12))))
def test_spans_are_read_as_they_are_spelled(some: list[Span]) -> None:
    assert spans(spelled(some)) == tuple(some)
